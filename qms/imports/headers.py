"""The first row of a sheet: which column stands where, and where somebody put the header too low.

Both languages are read everywhere, in any case and with or without marks; what the office calls a column is kept for whatever is
said about it afterwards.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from qms.imports.cells import folded, is_blank, text_of
from qms.imports.grid import Fault, Grid, Rows, Shown, column_letters
from qms.kernel.language import _, current_language
from qms.sheets.columns import Column
from qms.sheets.problems import Problem, quote
from qms.sheets.sheet import Sheet

Cells = Mapping[int, Shown]

_TITLE_ROWS = 30
"""How far down a header is looked for below titles."""


def written(thing: Sheet | Column) -> str:
    """How a sheet or a column is called in a workbook of the present language."""
    return thing.title_vi if current_language() == "vi" else thing.name


def called(thing: Sheet | Column) -> str:
    """How it is called for people: as our own workbook does in Vietnamese, in words instead of the names of the contract."""
    return thing.title_vi if current_language() == "vi" else str(thing.title)


@dataclass
class Header:
    """The columns that were recognised, by their place (from 0), with the titles that stand there."""

    sheet: Sheet
    columns: dict[int, Column] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)

    @property
    def present(self) -> frozenset[str]:
        """The English names of the columns that the sheet has."""
        return frozenset(column.name for column in self.columns.values())

    def place_of(self, name: str | None) -> tuple[str, str] | None:
        """Letters and title under which the sheet shows a column; None where it does not have it."""
        for index, column in self.columns.items():
            if column.name == name:
                return column_letters(index), self.titles[index]
        return None


def read_header(sheet: Sheet, grid: Grid, problems: list[Problem]) -> tuple[Header, Rows]:
    """The header of row 1 and the rows below it; where it stands lower there are no rows, and one problem that says so."""
    first = grid.rows[0] if grid.rows else None
    cells, body = (first[1], grid.rows[1:]) if first is not None and first[0] == 1 else ({}, grid.rows)
    lower = _lower_header(sheet, grid.rows)
    if lower is not None:
        wrong = _("The header seems to stand in row %(row)s; the rows above it are titles.", row=lower)
        problems.append(Problem(sheet.name, lower, None, wrong, _("Delete the rows above it, so that it stands in row 1.")))
        return Header(sheet), []
    header = _recognised(sheet, cells, problems)
    if body and _repeats_titles(header, body[0]):
        body = body[1:]  # the template prints the titles below the names
    _refuse_nameless_columns(sheet, cells, body, problems)
    return header, body


def _by_title(sheet: Sheet) -> dict[str, Column]:
    return {folded(title): column for column in sheet.columns for title in (column.name, column.title_vi)}


def _known(titles: Mapping[str, Column], cells: Cells) -> int:
    return len({titles[name].name for name in map(_title, cells.values()) if name in titles})


def _title(shown: Shown) -> str:
    return folded(shown.code if isinstance(shown, Fault) else text_of(shown))


def _lower_header(sheet: Sheet, rows: Rows) -> int | None:
    """The row below the first that names at least two columns and more than half of its cells, when the first names none."""
    titles = _by_title(sheet)
    if not rows or (rows[0][0] == 1 and _known(titles, rows[0][1])):
        return None
    for number, cells in rows[:_TITLE_ROWS]:
        if number > 1 and _known(titles, cells) >= max(2, len(cells) / 2):
            return number
    return None


def _recognised(sheet: Sheet, cells: Cells, problems: list[Problem]) -> Header:
    header, by_title = Header(sheet), _by_title(sheet)
    for index, shown in sorted(cells.items()):
        title = shown.code if isinstance(shown, Fault) else text_of(shown)
        column = by_title.get(folded(title))
        if column is not None and column.name not in header.present:
            header.columns[index], header.titles[index] = column, title.removesuffix("*").rstrip()
        elif column is not None:
            wrong = _('The column "%(name)s" stands twice in the sheet.', name=quote(title))
            problems.append(Problem(sheet.name, 1, column.name, wrong, _("Each column stands once in a sheet.")))
        elif title:
            problems.append(_unlisted_column(sheet, title))
    return header


def _unlisted_column(sheet: Sheet, title: str) -> Problem:
    if title in sheet.later:
        wrong = _('This version cannot take over the column "%(name)s" yet.', name=title)
    else:
        wrong = _('The sheet has no column "%(name)s".', name=quote(title))
    return Problem(sheet.name, 1, quote(title), wrong, _the_columns(sheet))


def _the_columns(sheet: Sheet) -> str:
    return str(_("The columns are: %(names)s.", names=", ".join(map(written, sheet.columns))))


def _repeats_titles(header: Header, row: tuple[int, dict[int, Shown]]) -> bool:
    number, cells = row
    return number == 2 and all(
        index in header.columns and isinstance(shown, str) and folded(shown) == folded(header.columns[index].title_vi)
        for index, shown in cells.items()
    )


def _refuse_nameless_columns(sheet: Sheet, header: Cells, body: Rows, problems: list[Problem]) -> None:
    named = {index for index, shown in header.items() if not is_blank(shown)}
    nameless: dict[int, int] = {}
    for number, cells in body:
        for index in cells.keys() - named:
            if not is_blank(cells[index]):
                nameless.setdefault(index, number)
    for index, number in sorted(nameless.items()):
        wrong = _("Column %(letters)s holds a value but has no name in row 1.", letters=column_letters(index))
        problems.append(Problem(sheet.name, number, column_letters(index), wrong, _the_columns(sheet)))
