"""The second factor: authenticator app and recovery codes, and its step at the door."""
