"""A workbook of an office's own making, written as its Excel would: titles above, merged cells, formats, hidden rows."""

import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openpyxl
from openpyxl.worksheet.worksheet import Worksheet

Line = Sequence[Any]
Finish = Callable[[Worksheet], None]


def workbook(sheets: Mapping[str, Sequence[Line]], finish: Finish | None = None) -> bytes:
    """The sheets with their rows, empty ones included; ``finish`` does to each sheet what people do to it."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, lines in sheets.items():
        page = book.create_sheet(name)
        for number, line in enumerate(lines, start=1):
            for place, value in enumerate(line, start=1):
                if value is not None:
                    page.cell(number, place, value)
        if finish is not None:
            finish(page)
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
