"""The first sheet of the workbook: one page that says what it is, how it is filled, what stands in it, and what does not."""

from collections.abc import Iterable, Sequence
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.properties import PageSetupProperties

from qms.imports.house import FIRST_SHEET
from qms.kernel.language import _
from qms.sheets.contents import NotContained
from qms.sheets.sheet import Sheet

_WIDTHS = {"A": 34, "B": 62, "C": 10, "D": 44}
_LETTERS_IN_A_LINE, _POINTS = 155, 15.5
_FACE = "Calibri"  # named, or each program takes another one
_TITLE, _HEAD, _BOLD = Font(_FACE, bold=True, size=16), Font(_FACE, bold=True, size=12), Font(_FACE, bold=True)
_LINK = Font(_FACE, color="1D4ED8", underline="single")
_WRAPPED, _HEADING = Alignment(wrap_text=True, vertical="top"), Alignment(vertical="bottom")
_COUNT = Alignment(horizontal="center", vertical="top")
_A4 = 9


def write_first_sheet(
    book: Workbook, language: str, contents: Sequence[tuple[Sheet, str, int]], missing: Iterable[NotContained]
) -> None:
    """``contents``: each sheet with its name in this workbook and the number of its rows; ``missing``: what no sheet holds."""
    page: Any = book.create_sheet(FIRST_SHEET[language], index=0)
    page.sheet_view.showGridLines = False
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", _A4
    page.page_setup.fitToWidth = page.page_setup.fitToHeight = 1
    for letter, width in _WIDTHS.items():
        page.column_dimensions[letter].width = width
    writing = _Page(page)
    writing.line(_("Registers of the quality management system"), _TITLE)
    writing.line(
        _(
            "This workbook holds the registers that QMS keeps. Exported, changed and taken over again, it changes in QMS exactly"
            " what was changed here; filled from the start, it takes a whole office over."
        )
    )
    writing.line(_("How to fill it"), _HEAD)
    for line in _how_to_fill():
        writing.line(f"•  {line}")
    writing.line(_("What stands in it"), _HEAD)
    writing.row([_("Sheet"), _("What one row is"), _("Rows"), _("Each row has its own")], _BOLD)
    for sheet, title, count in contents:
        key = ", ".join(sheet.by_name[name].title_vi if language == "vi" else name for name in sheet.key)
        writing.row([_link(page, title), str(sheet.purpose or sheet.title), count, key])
    writing.line(_("What does not stand in it"), _HEAD)
    writing.line(_("A copy of the whole is made by the backup. Not in this workbook: %(list)s.", list=_listed(missing)))


def _how_to_fill() -> Sequence[str]:
    return [
        _("One row is one record. Columns with a darker title are filled in every row; the titles in row 1 stay as they are."),
        _("A day is a day of Excel, or text such as 18/9/2026. A yes or no is the word, or an x for yes."),
        _("Several values in one cell are separated by semicolons: 1.000001; 1.000002."),
        _("Codes are text: 01 stays 01, 1.000080 stays 1.000080. Columns of codes are formatted as text already."),
        _("Cells with a list offer what may be chosen; a unit or a person is named by its code or user name."),
        _("An empty cell empties the value. A column or sheet that is deleted leaves its values as they are."),
        _("A deleted row deletes nothing in QMS: taking over adds records and changes them, and never removes one."),
        _("Everything is checked first and shown before it is written; one error, and nothing is written."),
    ]


def _listed(missing: Iterable[NotContained]) -> str:
    return "; ".join(dict.fromkeys(str(one.title) for one in missing))


def _link(page: Any, title: str) -> Any:
    cell = WriteOnlyCell(page, title)
    cell.hyperlink = Hyperlink(ref="", location=f"{quote_sheetname(title)}!A1")
    cell.font = _LINK
    return cell


class _Page:
    """Lines over the whole width, and rows of a table, with the heights that their texts need."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._row = 0

    def line(self, text: str, font: Font | None = None) -> None:
        self._row += 1
        lines = -(-len(text) // _LETTERS_IN_A_LINE)
        self._page.row_dimensions[self._row].height = _POINTS * lines * (1.5 if font else 1)
        self._page.merged_cells.add(f"A{self._row}:D{self._row}")
        self._page.append([self._cell(text, font)])

    def row(self, cells: Sequence[Any], font: Font | None = None) -> None:
        self._row += 1
        self._page.append([self._cell(cell, font) for cell in cells])

    def _cell(self, value: Any, font: Font | None) -> Any:
        cell = WriteOnlyCell(self._page, value) if isinstance(value, str | int) else value
        cell.alignment = _COUNT if isinstance(value, int) else _HEADING if font in (_TITLE, _HEAD) else _WRAPPED
        if font is not None:
            cell.font = font
        return cell
