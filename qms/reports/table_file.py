"""A list as a file in the form that was asked for."""

from collections.abc import Iterable, Sequence

from flask import Response

from qms.kernel.download import as_file
from qms.reports.comma_separated import Cell, table_csv
from qms.reports.xlsx import table_xlsx


def table_file(name: str, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The rows under their titles, as the ending of the name says: .csv or .xlsx, whose sheet bears the title."""
    content = table_csv(columns, rows) if name.endswith(".csv") else table_xlsx(title, columns, rows)
    return as_file(content, name)
