"""Passkeys: registering one, signing in by one, the second step by one."""
