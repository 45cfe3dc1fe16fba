"""The register workbook written: what is exported and imported again changes nothing, and the same rows give the same bytes.

Rows are written as they come: however large the office, one of them is in memory.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
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

from qms.imports.cells import allowed
from qms.imports.filling import DAY_FORMAT, TEXT_FORMAT, TEXT_WIDTH, Filler
from qms.imports.first_sheet import write_first_sheet
from qms.imports.offered import LAST_ROW, Offered, code_and_name
from qms.kernel.language import _, force_locale
from qms.reports.paper import STILL
from qms.reports.still import write_still
from qms.sheets.columns import AS_TEXT, Column, Kind
from qms.sheets.contents import NotContained
from qms.sheets.sheet import Sheet

_A4 = 9
_POINTS_OF_A_LINE, _MOST_LINES = 15, 27  # Excel has no row above 409 points
_LETTERS_OF_A_PAGE = 220
_NARROWEST = 9
_LONGEST_HINT, _LONGEST_HINT_TITLE = 255, 32  # what Excel shows beside a cell
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
            fillers = [Filler(page, column) for column in sheet.columns]
            count = 0
            for row in rows:
                count += 1
                _append(page, fillers, count + 1, row)
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


def _append(page: Any, fillers: Sequence[Filler], number: int, row: Mapping[str, object]) -> None:
    """A row as high as its longest text; not every program looks for that itself."""
    cells = [filler.cell(row.get(filler.column.name)) for filler in fillers]
    lines = max(filler.lines(cell) for filler, cell in zip(fillers, cells, strict=True))
    if lines > 1:
        page.row_dimensions[number].height = _POINTS_OF_A_LINE * min(lines, _MOST_LINES)
    page.append(cells)
    page.row_dimensions.pop(number, None)  # it is written; nothing of a row stays in memory


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
    widths = [_width(column, header_rows) for column in sheet.columns]
    page.page_setup.fitToWidth = -(-sum(widths) // _LETTERS_OF_A_PAGE)  # beside each other, or nobody could read it
    page.page_setup.fitToHeight = 0  # as many below each other as it takes
    page.print_title_rows, page.print_title_cols = f"1:{header_rows}", "A:A"
    lines = max(-(-len(column.title_vi) // (width - 5)) for column, width in zip(sheet.columns, widths, strict=True))
    page.row_dimensions[header_rows].height = _POINTS_OF_A_LINE * min(lines, 4)
    for index, column in enumerate(sheet.columns, start=1):
        look = page.column_dimensions[get_column_letter(index)]
        look.width = widths[index - 1]
        if column.kind in AS_TEXT:
            look.number_format = TEXT_FORMAT  # what is typed there later stays as typed: 01, 4.1, 1-2
        elif column.kind is Kind.DAY:
            look.number_format = DAY_FORMAT
    return page


def _width(column: Column, header_rows: int) -> int:
    """Wide enough for a day, a code or a word; a text has room for a line, its title wraps."""
    if column.kind in (Kind.TEXT, Kind.ROLES):
        return TEXT_WIDTH
    words = [str(column.word(choice)) for choice in column.choices] if column.kind is Kind.CHOICE else []
    title = len(column.name) if header_rows > 1 else max(map(len, column.title_vi.split()))
    return min(max(title, _NARROWEST, *map(len, words)) + 4, TEXT_WIDTH)


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
