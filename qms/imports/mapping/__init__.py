"""Any workbook taken over: which of its columns is what, said once on a page and kept for the next year's file."""
