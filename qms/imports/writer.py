"""The register workbook written: what is exported and imported again changes nothing, and the same rows give the same bytes."""

import datetime
import io
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import cast

from openpyxl import Workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from qms.imports.cells import SEPARATOR, allowed, clean
from qms.sheets.columns import AS_TEXT, LONGEST_TEXT, Column, Kind
from qms.sheets.sheet import Sheet

_DAY_FORMAT = "dd/mm/yyyy"
_TEXT_FORMAT = "@"
_LAST_ROW = 1_048_576
_LONGEST_HINT, _LONGEST_HINT_TITLE = 255, 32  # what Excel shows beside a cell
_LITERAL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # an underscore that a reader would take for an escaped character
_STAMP = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_BOLD, _SHADE = Font(bold=True), PatternFill("solid", fgColor="E8EDF3")
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def write_workbook(
    sheets: Sequence[Sheet], rows: Mapping[str, Iterable[Mapping[str, object]]], language: str | None = None
) -> bytes:
    """The sheets with their rows (by sheet name; values as ``read_workbook`` gives them, absent ones empty).

    Headers are the English names, with ``language="vi"`` the Vietnamese titles. Texts are written as text, whatever they begin
    with; days as days. Raises ``ValueError`` for a text longer than a cell holds or a list item with a semicolon.
    """
    book = _book()
    for sheet in sheets:
        page = _page(book, sheet, header_rows=1)
        _head(page, 1, [column.title_vi if language == "vi" else column.name for column in sheet.columns])
        for number, row in enumerate(rows.get(sheet.name, ()), start=2):
            for index, column in enumerate(sheet.columns, start=1):
                value = row.get(column.name)
                if value is not None and value != ():
                    _fill(cast("Cell", page.cell(number, index)), column, value)
    return _bytes(book)


def write_template(sheets: Sequence[Sheet]) -> bytes:
    """An empty workbook to fill: names in row 1, Vietnamese titles (``*`` = required) in row 2, hints and lists in the cells.

    The reader knows both rows, each alone too, so that an untouched template is an empty register.
    """
    book = _book()
    for sheet in sheets:
        page = _page(book, sheet, header_rows=2)
        _head(page, 1, [column.name for column in sheet.columns])
        _head(page, 2, [f"{column.title_vi} *" if column.required else column.title_vi for column in sheet.columns])
        for index, column in enumerate(sheet.columns, start=1):
            page.add_data_validation(_hint(column, get_column_letter(index)))
    return _bytes(book)


def _book() -> Workbook:
    book = Workbook()
    for page in book.worksheets:
        book.remove(page)  # the empty sheet that every new workbook has
    return book


def _page(book: Workbook, sheet: Sheet, header_rows: int) -> Worksheet:
    page: Worksheet = book.create_sheet(sheet.name)
    page.freeze_panes = f"A{header_rows + 1}"
    for index, column in enumerate(sheet.columns, start=1):
        look = page.column_dimensions[get_column_letter(index)]
        look.width = min(max(len(column.name), len(column.title_vi)) + 4, 40)
        if column.kind in AS_TEXT:
            look.number_format = _TEXT_FORMAT  # what is typed there later stays as typed: 01, 4.1, 1-2
        elif column.kind is Kind.DAY:
            look.number_format = _DAY_FORMAT
    return page


def _head(page: Worksheet, row: int, titles: Iterable[str]) -> None:
    for index, title in enumerate(titles, start=1):
        cell = page.cell(row, index, title)
        cell.font, cell.fill, cell.alignment = _BOLD, _SHADE, _WRAPPED


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


def _bytes(book: Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    # packed again without the clock: the same register gives the same file
    packed = io.BytesIO()
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            part = source.read(name)
            if name == "docProps/core.xml":
                part = _STAMP.sub(b"2000-01-01T00:00:00Z", part).replace(b">openpyxl<", b">QMS<")
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(entry, part)
    return packed.getvalue()
