"""Internal audits (9.2): checklist, evidence, findings, report."""
