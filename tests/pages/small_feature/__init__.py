"""External providers of a unit (8.4): a whole feature with a table, a list, a form, a page and a line on the page of a unit."""
