"""What one person holds goes to another, with a minute of it."""
