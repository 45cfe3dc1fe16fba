"""Tables and letterheads become PDF, DOCX, XLSX and CSV here; no other package imports reportlab or python-docx."""
