"""What is kept about a person, shown and forgotten (Law 91/2025)."""
