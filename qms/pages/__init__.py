"""What every list, form and record page of a feature is made of, written once."""
