"""What a workbook would do to the records, line by line: for the preview, and whole as a file.

A number says that nineteen services would change; only the lines say that their first day would. Values stand as people write
them: days as 18/09/2026, words of an enumeration, several values with semicolons.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, BinaryIO

from qms.imports.cells import SEPARATOR
from qms.imports.headers import called
from qms.kernel.language import _
from qms.kernel.later import later
from qms.reports.comma_separated import Cell
from qms.sheets.columns import Column, Kind
from qms.sheets.sheet import Key, Page, Sheet, Values

if TYPE_CHECKING:
    from qms.imports.takeover import Plan
    from qms.reports import list_xlsx
else:
    list_xlsx = later("qms.reports.list_xlsx")


@dataclass(frozen=True)
class Line:
    """One value that would be different: of which record, in which row of the workbook, what it was and what it becomes.

    Of a new record there is one line without a column, whose ``after`` says what it is.
    """

    sheet: Sheet
    row: int
    key: str
    column: Column | None
    before: str
    after: str

    @property
    def place(self) -> tuple[str, str]:
        """The sheet, and the column or that the record is new."""
        return called(self.sheet), str(_("new record")) if self.column is None else called(self.column)


def lines(plan: "Plan") -> Iterator[Line]:
    """Changed records first, as they are what somebody may not have meant; then the new ones; each in the order of its sheet."""
    pages = [plan.office[name] for name in plan.office.brought]
    for page in pages:
        numbers = _numbers(page)
        for key in page.changed:
            before, after = page.before[key], page.after[key]
            for column in page.sheet.columns:
                if before[column.name] != after[column.name]:
                    shown = said(column, before[column.name]), said(column, after[column.name])
                    yield Line(page.sheet, numbers[key], key_of(key), column, *shown)
    for page in pages:
        numbers = _numbers(page)
        for key in page.new:
            yield Line(page.sheet, numbers[key], key_of(key), None, "", _what(page.sheet, page.after[key]))


def write_lines(target: BinaryIO, plan: "Plan") -> None:
    """All of them as a workbook to read beside the register."""
    titles = [_("Sheet"), _("Row"), _("Record"), _("Column"), _("Before"), _("After")]
    list_xlsx.write_xlsx(target, _("What would change"), [str(title) for title in titles], map(_cells, lines(plan)))


def said(column: Column, value: object) -> str:
    """A value as people write it."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, date):
        return f"{value:%d/%m/%Y}"
    if isinstance(value, tuple):
        return f"{SEPARATOR} ".join(_item(column, str(item)) for item in value)
    if column.kind is Kind.CHOICE:
        member = next((choice for choice in column.choices if choice == value), str(value))
        return str(column.word(member))
    return str(value)


def _item(column: Column, item: str) -> str:
    if column.kind is not Kind.ROLES:
        return item
    role, at, unit_code = item.partition("@")
    return f"{column.word(next((choice for choice in column.choices if choice == role), role))}{at}{unit_code}"


def key_of(key: Key) -> str:
    """How a record is named in a line: by the values of its key."""
    return ", ".join(f"{part:%d/%m/%Y}" if isinstance(part, date) else str(part) for part in key)


def _what(sheet: Sheet, values: Values) -> str:
    """What a new record is, by the first texts that it has to have beside its key, and the unit it belongs to."""
    told: Sequence[str] = [
        said(column, values[column.name])
        for column in sheet.columns
        if column.required and column.name not in sheet.key and column.kind in (Kind.TEXT, Kind.CHOICE, Kind.CODE, Kind.DAY)
    ]
    return ", ".join(text for text in told[:4] if text)


def _numbers(page: Page) -> dict[Key, int]:
    return {key: row.number for row, key, _values in page.rows if key is not None}


def _cells(line: Line) -> Sequence[Cell]:
    sheet, column = line.place
    return [sheet, line.row, line.key, column, line.before, line.after]
