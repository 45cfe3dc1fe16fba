"""The clock: what is owed, done once, caught up."""
