"""What the cells of the workbook offer to choose from: words of enumerations, yes and no, units, people and other records.

Words stand on a hidden sheet, as a list within a cell's own rule holds 255 characters and no comma. Codes are offered out of the
sheet of their records, so that a unit typed there a minute ago is offered, too; where that sheet is still empty though the house
knows records, out of the hidden sheet.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation

from qms.imports.cells import yes_and_no
from qms.imports.house import LISTS_SHEET
from qms.kernel.language import _
from qms.sheets.columns import LISTS, Column, Kind
from qms.sheets.sheet import Sheet

LAST_ROW = 1_048_576
"""The last row of a sheet in Excel."""
_MESSAGE, _MESSAGE_TITLE = 225, 32  # characters of the message about a value that is not in the list
_YES_NO = "yes_no"
_WIDTH = 28


@dataclass
class Offered:
    """The lists of one workbook, gathered while its sheets are written.

    ``known`` are records (code, name) by sheet, for sheets of which the workbook has no rows itself.
    """

    first_row: int
    known: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    _pages: list[tuple[Sheet, str, Any]] = field(default_factory=list)

    def see(self, sheet: Sheet, page: Any) -> None:
        """Remembers a sheet of the workbook; which lists its cells offer is said at the end, when all sheets are known."""
        self._pages.append((sheet, str(page.title), page))

    def write(self, book: Workbook, language: str) -> None:
        """The hidden sheet, the names of the lists, and the cells that offer them."""
        hidden: dict[str, list[Sequence[str]]] = {}
        for sheet, _title, page in self._pages:
            for place, column in enumerate(sheet.columns, start=1):
                name = self._list_of(sheet, column)
                if name is None:
                    continue
                if column.kind in (Kind.YES_NO, Kind.CHOICE):
                    words = yes_and_no() if column.kind is Kind.YES_NO else [str(column.word(one)) for one in column.choices]
                    hidden.setdefault(name, [[word] for word in words])
                area = f"{get_column_letter(place)}{self.first_row}:{get_column_letter(place)}{LAST_ROW}"
                page.data_validations.append(_rule(column, _called(name), area))
        for sheet, title, _page in self._pages:
            if len(sheet.key) == 1:
                if self.known.get(sheet.name):
                    hidden[sheet.name] = list(self.known[sheet.name])
                else:
                    book.defined_names.add(DefinedName(_called(sheet.name), attr_text=_column_of(sheet, title, self.first_row)))
        _write_hidden(book, LISTS_SHEET[language], hidden)

    def _list_of(self, sheet: Sheet, column: Column) -> str | None:
        if column.kind is Kind.YES_NO:
            return _YES_NO
        if column.kind is Kind.CHOICE:
            return f"{sheet.name}.{column.name}"
        named = column.names or (column.refers_to.sheet if column.refers_to is not None else None)
        there = {other.name for other, _title, _page in self._pages if len(other.key) == 1}
        return named if named in there and column.kind not in LISTS else None


def code_and_name(sheet: Sheet, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    """The records of a sheet as a list offers them: by their code, with the first text that tells what they are."""
    name = next((column.name for column in sheet.columns if column.required and column.kind is Kind.TEXT), sheet.key[0])
    for values in rows:
        yield str(values[sheet.key[0]]), str(values.get(name) or "")


def _called(name: str) -> str:
    return f"list.{name}"


def _column_of(sheet: Sheet, title: str, first_row: int) -> str:
    letter = get_column_letter([column.name for column in sheet.columns].index(sheet.key[0]) + 1)
    tab, filled = quote_sheetname(title), f"${letter}${first_row}:${letter}${LAST_ROW}"
    return f"OFFSET({tab}!${letter}${first_row},0,0,MAX(1,COUNTA({tab}!{filled})),1)"


def _rule(column: Column, name: str, area: str) -> DataValidation:
    """Stops at a word that an enumeration does not have; asks only where the register knows more than the list shows."""
    rule = DataValidation(type="list", allow_blank=True, formula1=name, sqref=area, showErrorMessage=True)
    rule.errorTitle = column.title_vi[:_MESSAGE_TITLE]
    if column.kind is Kind.CHOICE:
        rule.errorStyle, rule.error = "stop", _("Choose one of the list.")[:_MESSAGE]
    else:
        rule.errorStyle, rule.error = "warning", _("The list does not have this value. Keep it all the same?")[:_MESSAGE]
    return rule


def _write_hidden(book: Workbook, title: str, lists: Mapping[str, Sequence[Sequence[str]]]) -> None:
    page: Any = book.create_sheet(title)
    page.sheet_state = "hidden"
    heads: list[str] = []
    columns: list[list[str]] = []
    for name, rows in lists.items():
        letter = get_column_letter(len(columns) + 1)
        area = f"{quote_sheetname(title)}!${letter}$2:${letter}${len(rows) + 1}"
        book.defined_names.add(DefinedName(_called(name), attr_text=area))
        for column in zip(*rows, strict=True):
            heads.append(name)
            columns.append(list(column))
    for place in range(1, len(columns) + 1):
        page.column_dimensions[get_column_letter(place)].width = _WIDTH
    page.append(heads)
    for row in range(max(map(len, columns), default=0)):
        page.append([_text(page, column[row]) if row < len(column) else None for column in columns])


def _text(page: Any, text: str) -> Any:
    cell = WriteOnlyCell(page, text)
    cell.data_type = "s"  # or a name that begins with = would become a formula
    return cell
