"""Forms filled in on behalf of the person who answers for them."""
