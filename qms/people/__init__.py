"""Managing people: invitations, grants, deputies, handover, personal data."""
