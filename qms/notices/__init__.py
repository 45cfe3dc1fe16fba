"""Notices and letters: the outbox, mail, the inbox of a person."""
