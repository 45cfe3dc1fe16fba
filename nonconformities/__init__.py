"""Nonconformities and corrective actions (10.2), from raising to a real closing."""
