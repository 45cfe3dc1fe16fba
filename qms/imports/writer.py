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
from openpyxl.worksheet.properties import PageSetupProperties

from qms.imports.cells import SEPARATOR, allowed, clean, value_of, yes_and_no
from qms.imports.first_sheet import write_first_sheet
from qms.imports.offered import LAST_ROW, Offered, code_and_name
from qms.kernel.language import _, force_locale
from qms.reports.paper import STILL
from qms.reports.still import write_still
from qms.sheets.columns import AS_TEXT, LONGEST_TEXT, Column, Kind
from qms.sheets.contents import NotContained
from qms.sheets.sheet import Sheet

_DAY_FORMAT = "dd/mm/yyyy"
_TEXT_FORMAT = "@"
_A4 = 9
_POINTS_OF_A_LINE = 15
_NARROWEST, _TEXT_WIDTH = 9, 36
_LONGEST_HINT, _LONGEST_HINT_TITLE = 255, 32  # what Excel shows beside a cell
_LITERAL = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")  # an underscore that a reader would take for an escaped character
_BOLD, _SHADE, _REQUIRED = (
    Font("Calibri", bold=True),
    PatternFill("solid", fgColor="E8EDF3"),
    PatternFill("solid", fgColor="B9CBE0"),
)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


Rows = Iterable[Mapping[str, object]]


def write_registers(
    target: BinaryIO, registers: Iterable[tuple[Sheet, Rows]], language: str, missing: Iterable[NotContained] = ()
) -> None:
    """The sheets with their rows (values as ``read_workbook`` gives them, absent ones empty), each read when its turn comes.

    In the language, "vi" or "en": sheets, headers and words; in English headers are the names of the contract. Texts are
    written as text, whatever they begin with; days as days. ``missing`` is named on the first sheet. Raises ``ValueError`` for
    a text longer than a cell holds or a list item with a semicolon.
    """
    with _book(target, language) as book:
        offered, contents = Offered(first_row=2), []
        for sheet, rows in registers:
            page = _page(book, sheet, language, header_rows=1)
            page.append(_head(page, sheet, language))
            fillers = [_Filler(page, column) for column in sheet.columns]
            count = 0
            for row in rows:
                page.append([filler.cell(row.get(filler.column.name)) for filler in fillers])
                count += 1
            page.auto_filter.ref = f"A1:{get_column_letter(len(sheet.columns))}{count + 1}"
            offered.see(sheet, page)
            contents.append((sheet, page.title, count))
        offered.write(book, language)
        write_first_sheet(book, language, contents, missing)


def write_workbook(sheets: Sequence[Sheet], rows: Mapping[str, Rows], language: str = "en") -> bytes:
    """The same of rows by the names of their sheets."""
    content = BytesIO()
    write_registers(content, ((sheet, rows.get(sheet.name, ())) for sheet in sheets), language)
    return content.getvalue()


def write_template(
    sheets: Sequence[Sheet],
    language: str,
    missing: Iterable[NotContained] = (),
    known: Iterable[tuple[Sheet, Rows]] = (),
) -> bytes:
    """An empty workbook to fill, with hints and lists in the cells; ``*`` = required.

    In English names stand in row 1 and Vietnamese titles below them. The reader knows both rows, each alone too, so that an
    untouched template is an empty register. ``known`` are records that its cells may name.
    """
    content = BytesIO()
    header_rows = 1 if language == "vi" else 2
    with _book(content, language) as book:
        listed = {sheet.name: list(code_and_name(sheet, rows)) for sheet, rows in known if len(sheet.key) == 1}
        offered = Offered(header_rows + 1, listed)
        for sheet in sheets:
            page = _page(book, sheet, language, header_rows)
            page.append(_head(page, sheet, language))
            if header_rows > 1:
                page.append(_head(page, sheet, "vi"))
            offered.see(sheet, page)
        offered.write(book, language)
        for page, sheet in zip(book.worksheets, sheets, strict=False):
            _add_hints(page, sheet, header_rows + 1)
        write_first_sheet(book, language, [(sheet, tab_of(sheet, language), 0) for sheet in sheets], missing)
    return content.getvalue()


def tab_of(sheet: Sheet, language: str) -> str:
    """What the sheet is called in a workbook of the language."""
    return sheet.title_vi if language == "vi" else sheet.name


@contextmanager
def _book(target: BinaryIO, language: str) -> Iterator[Workbook]:
    """An empty workbook, written to ``target`` at the end without the clock: the same register gives the same file."""
    book = Workbook(write_only=True)
    book.properties.creator = "QMS"
    with TemporaryFile() as fresh, force_locale(language):
        try:
            yield book
        finally:  # saving also removes the files in which the rows have been gathered
            if book.worksheets:
                book.save(fresh)
        fresh.seek(0)
        write_still(fresh, target, STILL)


def _page(book: Workbook, sheet: Sheet, language: str, header_rows: int) -> Any:
    page: Any = book.create_sheet(tab_of(sheet, language))
    page.freeze_panes = f"A{header_rows + 1}"
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", _A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0  # as many pages below each other as it takes
    page.print_title_rows = f"1:{header_rows}"
    widths = [_width(column, header_rows) for column in sheet.columns]
    lines = max(-(-len(column.title_vi) // (width - 5)) for column, width in zip(sheet.columns, widths, strict=True))
    page.row_dimensions[header_rows].height = _POINTS_OF_A_LINE * min(lines, 4)
    for index, column in enumerate(sheet.columns, start=1):
        look = page.column_dimensions[get_column_letter(index)]
        look.width = widths[index - 1]
        if column.kind in AS_TEXT:
            look.number_format = _TEXT_FORMAT  # what is typed there later stays as typed: 01, 4.1, 1-2
        elif column.kind is Kind.DAY:
            look.number_format = _DAY_FORMAT
    return page


def _width(column: Column, header_rows: int) -> int:
    """Wide enough for a day, a code or a word; a text has room for a line, its title wraps."""
    if column.kind is Kind.TEXT:
        return _TEXT_WIDTH
    words = [str(column.word(choice)) for choice in column.choices] if column.kind is Kind.CHOICE else []
    title = len(column.name) if header_rows > 1 else max(map(len, column.title_vi.split()))
    return min(max(title, _NARROWEST, *map(len, words)) + 4, _TEXT_WIDTH)


def _head(page: Any, sheet: Sheet, language: str) -> list[Cell]:
    cells: list[Cell] = []
    for column in sheet.columns:
        star = " *" if column.required else ""
        cell: Cell = WriteOnlyCell(page, f"{column.title_vi}{star}" if language == "vi" else column.name)
        cell.font, cell.fill, cell.alignment = _BOLD, _REQUIRED if column.required else _SHADE, _WRAPPED
        cells.append(cell)
    return cells


def _add_hints(page: Any, sheet: Sheet, first_row: int) -> None:
    """What each column takes, shown where somebody fills it: beside the list, where its cells offer one."""
    rules = {str(rule.sqref): rule for rule in page.data_validations.dataValidation}
    for index, column in enumerate(sheet.columns, start=1):
        letter = get_column_letter(index)
        area = f"{letter}{first_row}:{letter}{LAST_ROW}"
        hint = rules.get(area)
        if hint is None:
            hint = DataValidation(allow_blank=True, sqref=area)
            page.data_validations.append(hint)
        hint.showInputMessage = True
        hint.promptTitle = column.title_vi[:_LONGEST_HINT_TITLE]
        hint.prompt = _shortened(f"{_('Required.')} {allowed(column)}" if column.required else allowed(column))


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_HINT else f"{text[: _LONGEST_HINT - 1]}…"


class _Filler:
    """Writes the cells of one column."""

    def __init__(self, page: Any, column: Column) -> None:
        self._page = page
        self.column = column
        self._words = {value_of(choice): str(column.word(choice)) for choice in column.choices}
        self._yes, self._no = yes_and_no()

    def cell(self, value: object) -> Cell | None:
        """The cell with this value; None for an empty one."""
        if value is None or value == ():
            return None
        cell: Cell = WriteOnlyCell(self._page)
        self._fill(cell, value)
        return cell

    def _fill(self, cell: Cell, value: object) -> None:
        column = self.column
        if isinstance(value, bool):
            _fill_text(cell, column, self._yes if value else self._no)
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
            _fill_text(cell, column, f"{SEPARATOR} ".join(self._item(str(item)) for item in value))
        else:
            _fill_text(cell, column, self._words.get(str(value), str(value)))

    def _item(self, item: str) -> str:
        if SEPARATOR in item:
            raise ValueError(f"a list in a cell cannot hold an item with a semicolon: {item!r}")
        if self.column.kind is not Kind.ROLES:
            return item
        role, at, unit_code = item.partition("@")
        return f"{self._words.get(role, role)}{at}{unit_code}"


def _fill_text(cell: Cell, column: Column, value: str) -> None:
    text = clean(value)
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"{column.name}: {len(text)} characters, a cell holds {LONGEST_TEXT}")
    if text:
        cell.value = _LITERAL.sub("_x005F_", text)
        cell.data_type = "s"  # or a text that begins with = would become a formula, and #REF! an error
        if column.kind in AS_TEXT:
            cell.number_format = _TEXT_FORMAT
        elif column.kind is Kind.TEXT and len(text) > _TEXT_WIDTH:
            cell.alignment = _WRAPPED
