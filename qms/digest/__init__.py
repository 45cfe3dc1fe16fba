"""The daily digest: reminders, what waits as one text, one sheet, one letter."""
