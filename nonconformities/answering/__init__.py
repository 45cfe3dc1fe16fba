"""Answering in one form: for oneself, or filled in by somebody else for the head to confirm."""
