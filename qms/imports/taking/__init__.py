"""The pages on which somebody says how a workbook of an office's own making becomes a register."""
