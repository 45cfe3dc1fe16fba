"""The papers of an audit: its plan, its checklist with every answer, its report (9.2.2; 7.5.3)."""
