"""Management review (9.3): that one was held."""
