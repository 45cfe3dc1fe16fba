"""One-time links: invitations, new passwords, letters that sign in."""
