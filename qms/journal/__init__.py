"""The audit trail for people: histories, filters, export, seals and heads."""
