"""Attachments: stored by hash, checked, served through the gate."""
