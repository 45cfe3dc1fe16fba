"""Guests: a person of another agency takes part only by an invitation that both agencies see."""
