"""Which role a person has where, and the matrix of what a role may do."""
