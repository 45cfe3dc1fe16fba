"""What a sheet of the register workbook is: the value that a feature brings for each of its registers."""
