"""Documented procedures (7.5), the services they serve, and what they prove."""
