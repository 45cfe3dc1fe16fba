"""Lists as workbooks, written row by row: however long the list, a few hundred rows of it are in memory."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from itertools import chain, islice
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter

from qms.reports.characters import clean
from qms.reports.comma_separated import Cell
from qms.reports.paper import STILL
from qms.reports.still import write_still
from qms.reports.xlsx import name_of_sheet

_LOOKED_AT = 500
"""How many rows say how wide the columns become: widths stand before the rows in a sheet."""
_NARROWEST, _WIDEST = 11, 60


def write_xlsx(target: BinaryIO, title: str, columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    """One list as a workbook: titles in row 1, kept in view; text as text, numbers and days as such; deterministic."""
    coming = iter(rows)
    first = list(islice(coming, _LOOKED_AT))
    workbook = Workbook(write_only=True)
    workbook.properties.title = clean(title)
    workbook.properties.creator = "QMS"
    sheet = workbook.create_sheet(name_of_sheet(title) or None)
    for index, width in enumerate(_widths(columns, first), 1):
        sheet.column_dimensions[get_column_letter(index)].width = width
    sheet.freeze_panes = "A2"
    count = 1
    with TemporaryFile() as fresh:
        try:
            sheet.append([_title(sheet, column) for column in columns])
            for row in chain(first, coming):
                sheet.append(_cells(sheet, row))
                count += 1
        finally:  # saving also removes the file in which the rows have been gathered
            sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count}"
            workbook.save(fresh)
        fresh.seek(0)
        write_still(fresh, target, STILL)


def _widths(columns: Sequence[str], rows: Iterable[Sequence[Cell]]) -> list[int]:
    longest = [len(column) for column in columns]
    for row in rows:
        for index, value in enumerate(row):
            if isinstance(value, str):
                longest[index] = max(longest[index], *map(len, value.split("\n")))
    return [min(max(letters + 2, _NARROWEST), _WIDEST) for letters in longest]


def _title(sheet: Any, text: str) -> Any:
    cell = _text(sheet, text)
    cell.font = Font(bold=True)
    return cell


def _cells(sheet: Any, row: Sequence[Cell]) -> Iterator[Any]:
    for value in row:
        if isinstance(value, str):
            yield _text(sheet, value)
        elif isinstance(value, date):
            cell = WriteOnlyCell(sheet, datetime.combine(value, time()))
            cell.number_format = "dd/mm/yyyy"
            yield cell
        else:
            yield value


def _text(sheet: Any, text: str) -> Any:
    """Text gets its type said aloud, because openpyxl stores a leading ``=`` as a formula, and the text format, because Excel
    would make one of it when somebody edits the cell; no apostrophe is added to what people typed."""
    cell = WriteOnlyCell(sheet, clean(text))
    cell.data_type = "s"
    cell.number_format = "@"
    return cell
