"""The account of a person: made, invited, changed, closed, opened again."""
