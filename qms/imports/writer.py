"""The register workbook written: what is exported and imported again changes nothing, and the same rows give the same bytes.

Rows are written as they come: however large the office, one of them is in memory.
"""

import datetime
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from io import BytesIO
from tempfile import TemporaryFile
from typing import Any, BinaryIO

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from qms.imports.cells import SEPARATOR, allowed, clean
from qms.reports.paper import STILL
from qms.reports.still import write_still
from qms.sheets.columns import AS_TEXT, LONGEST_TEXT, Column, Kind
from qms.sheets.sheet import Sheet

_DAY_FORMAT = "dd/mm/yyyy"
_TEXT_FORMAT = "@"
_LAST_ROW = 1_048_576
_LONGEST_HINT, _LONGEST_HINT_TITLE = 255, 32  # what Excel shows beside a cell
_LITERAL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # an underscore that a reader would take for an escaped character
_BOLD, _SHADE = Font(bold=True), PatternFill("solid", fgColor="E8EDF3")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


Rows = Iterable[Mapping[str, object]]


def write_registers(target: BinaryIO, registers: Iterable[tuple[Sheet, Rows]], language: str | None = None) -> None:
    """The sheets with their rows (values as ``read_workbook`` gives them, absent ones empty), each read when its turn comes.

    Headers are the English names, with ``language="vi"`` the Vietnamese titles. Texts are written as text, whatever they begin
    with; days as days. Raises ``ValueError`` for a text longer than a cell holds or a list item with a semicolon.
    """
    with _book(target) as book:
        for sheet, rows in registers:
            page = _page(book, sheet, header_rows=1)
            page.append(_head(page, [column.title_vi if language == "vi" else column.name for column in sheet.columns]))
            for row in rows:
                page.append([_cell(page, column, row.get(column.name)) for column in sheet.columns])


def write_workbook(sheets: Sequence[Sheet], rows: Mapping[str, Rows], language: str | None = None) -> bytes:
    """The same of rows by the names of their sheets."""
    content = BytesIO()
    write_registers(content, ((sheet, rows.get(sheet.name, ())) for sheet in sheets), language)
    return content.getvalue()


def write_template(sheets: Sequence[Sheet]) -> bytes:
    """An empty workbook to fill: names in row 1, Vietnamese titles (``*`` = required) in row 2, hints and lists in the cells.

    The reader knows both rows, each alone too, so that an untouched template is an empty register.
    """
    content = BytesIO()
    with _book(content) as book:
        for sheet in sheets:
            page = _page(book, sheet, header_rows=2)
            page.append(_head(page, [column.name for column in sheet.columns]))
            page.append(_head(page, [f"{column.title_vi} *" if column.required else column.title_vi for column in sheet.columns]))
            for index, column in enumerate(sheet.columns, start=1):
                page.data_validations.append(_hint(column, get_column_letter(index)))
    return content.getvalue()


@contextmanager
def _book(target: BinaryIO) -> Iterator[Workbook]:
    """An empty workbook, written to ``target`` at the end without the clock: the same register gives the same file."""
    book = Workbook(write_only=True)
    book.properties.creator = "QMS"
    with TemporaryFile() as fresh:
        try:
            yield book
        finally:  # saving also removes the files in which the rows have been gathered
            if book.worksheets:
                book.save(fresh)
        fresh.seek(0)
        write_still(fresh, target, STILL)


def _page(book: Workbook, sheet: Sheet, header_rows: int) -> Any:
    page: Any = book.create_sheet(sheet.name)
    page.freeze_panes = f"A{header_rows + 1}"
    for index, column in enumerate(sheet.columns, start=1):
        look = page.column_dimensions[get_column_letter(index)]
        look.width = min(max(len(column.name), len(column.title_vi)) + 4, 40)
        if column.kind in AS_TEXT:
            look.number_format = _TEXT_FORMAT  # what is typed there later stays as typed: 01, 4.1, 1-2
        elif column.kind is Kind.DAY:
            look.number_format = _DAY_FORMAT
    return page


def _head(page: Any, titles: Iterable[str]) -> list[Cell]:
    cells: list[Cell] = [WriteOnlyCell(page, title) for title in titles]
    for cell in cells:
        cell.font, cell.fill, cell.alignment = _BOLD, _SHADE, _WRAPPED
    return cells


def _hint(column: Column, letter: str) -> DataValidation:
    hint = DataValidation(
        allow_blank=True,
        showInputMessage=True,
        promptTitle=column.title_vi[:_LONGEST_HINT_TITLE],
        prompt=_shortened(allowed(column)),
        sqref=f"{letter}3:{letter}{_LAST_ROW}",
    )
    listed = ("yes", "no") if column.kind is Kind.YES_NO else column.choices
    if column.kind in (Kind.CHOICE, Kind.YES_NO):
        hint.type = "list"
        hint.formula1 = f'"{",".join(listed)}"'
    return hint


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_HINT else f"{text[: _LONGEST_HINT - 1]}…"


def _cell(page: Any, column: Column, value: object) -> Cell | None:
    if value is None or value == ():
        return None
    cell: Cell = WriteOnlyCell(page)
    _fill(cell, column, value)
    return cell


def _fill(cell: Cell, column: Column, value: object) -> None:
    if isinstance(value, bool):
        _fill_text(cell, column, "yes" if value else "no")
    elif isinstance(value, datetime.date):
        cell.value = datetime.datetime.combine(value, datetime.time())
        cell.number_format = _DAY_FORMAT
    elif isinstance(value, int | Decimal):
        # a cell holds a binary number of 15 digits: what it cannot hold exactly goes as text
        if Decimal(f"{float(value):.15g}") == value:
            cell.value = float(value)
        else:
            _fill_text(cell, column, format(value, "f"))
    elif isinstance(value, tuple | list):
        _fill_text(cell, column, f"{SEPARATOR} ".join(_item(str(item)) for item in value))
    else:
        _fill_text(cell, column, str(value))


def _item(item: str) -> str:
    if SEPARATOR in item:
        raise ValueError(f"a list in a cell cannot hold an item with a semicolon: {item!r}")
    return item


def _fill_text(cell: Cell, column: Column, value: str) -> None:
    text = clean(value)
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{column.name}: {len(text)} characters, a cell holds {LONGEST_TEXT}")
    if text:
        cell.value = _LITERAL.sub("_x005F_", text)
        cell.data_type = "s"  # or a text that begins with = would become a formula, and #REF! an error
        if column.kind in AS_TEXT:
            cell.number_format = _TEXT_FORMAT
