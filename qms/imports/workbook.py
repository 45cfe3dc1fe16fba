"""A whole register workbook: every cell read, every row checked, all problems together."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

from qms.imports.cells import Unreadable, allowed, folded, is_blank, read_cell
from qms.imports.files import open_workbook
from qms.imports.grid import Grid, Shown
from qms.imports.headers import Header, read_header, written
from qms.imports.house import BESIDE, LATER, later_sheet
from qms.imports.layout import notes_of, spread_merged, without_foot
from qms.imports.row_checks import required, row_problems
from qms.kernel.language import _
from qms.sheets.problems import Note, Problem, Seen, quote
from qms.sheets.sheet import Row, Sheet

Register = dict[str, list[Row]]
"""The rows of every sheet that the workbook has, by sheet name."""

Located = TypeVar("Located", Problem, Note)


@dataclass
class Reading:
    """What a workbook says, without asking the database."""

    register: Register = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    headers: dict[str, Header] = field(default_factory=dict)
    titles: dict[str, str] = field(default_factory=dict)
    """Sheet → its name in this workbook."""
    given: dict[str, tuple[str, set[str]]] = field(default_factory=dict)
    """Sheet → the column that was numbered because the workbook has no codes, and the numbers that were given."""

    def located(self, one: Located) -> Located:
        """The same with the cell and the names that the person sees in the workbook."""
        header = self.headers.get(one.sheet)
        place = None if header is None else header.place_of(one.column)
        letters, title = place or (None, None)
        cell = f"{letters}{one.row}" if letters is not None and one.row is not None else None
        return replace(one, cell=cell, seen=Seen(self.titles.get(one.sheet, one.sheet), title))


def read_workbook(data: bytes, sheets: Sequence[Sheet], later: Collection[str] = LATER) -> Reading:
    """Everything the workbook says, and everything that is wrong with it without asking the database.

    Raises ``WorkbookRefused`` if the bytes are no workbook. Rows with problems are in the register as far as they could be
    read, so that what is asked of the database can be added to the same list. A required column that the sheet does not have
    is a problem of new records only (``absent_problems``); a key column that it does not have is one here.
    """
    by_title = {folded(title): sheet for sheet in sheets for title in (sheet.name, sheet.title_vi)}
    reading = Reading()
    for grid in open_workbook(data, lambda name: folded(name) in by_title):
        if folded(grid.name) in BESIDE:
            continue
        sheet = by_title.get(folded(grid.name))
        if sheet is None:
            reading.problems.append(_unlisted_sheet(grid.name, sheets, later))
        elif sheet.name in reading.register:
            wrong = _('The sheet "%(name)s" stands twice in the workbook.', name=quote(grid.name))
            reading.problems.append(Problem(sheet.name, None, None, wrong, _("Each sheet stands once, in either language.")))
        else:
            reading.titles[sheet.name] = grid.name
            reading.register[sheet.name] = _read_sheet(sheet, grid, reading)
    return reading


def _unlisted_sheet(name: str, sheets: Sequence[Sheet], later: Collection[str]) -> Problem:
    if name in later:
        wrong = later_sheet(name)
    else:
        wrong = _('A register workbook has no sheet "%(name)s".', name=quote(name))
    names = ", ".join(map(written, sheets))
    return Problem(name, None, None, wrong, _("The sheets are: %(names)s.", names=names))


def _read_sheet(sheet: Sheet, grid: Grid, reading: Reading) -> list[Row]:
    problems = reading.problems
    header, body = read_header(sheet, grid, problems)
    reading.headers[sheet.name] = header
    body = without_foot(header, body, problems)
    reading.notes.extend(spread_merged(header, grid, body))
    if body:
        for name in sheet.key:
            if name not in header.present:
                problems.append(Problem(sheet.name, 1, name, _("The column is missing."), required()))
    rows: list[Row] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, cells in body:
        row = _read_row(header, number, cells, problems)
        if row is None:
            continue
        rows.append(row)
        problems.extend(row_problems(sheet, number, row.values, row.present))
        key = row.key(sheet)
        if key is not None and seen.setdefault(key, number) != number:
            wrong = _(
                "The row has the same %(key)s as row %(row)s.",
                key=", ".join(written(sheet.by_name[name]) for name in sheet.key),
                row=seen[key],
            )
            problems.append(Problem(sheet.name, number, sheet.key[-1], wrong, _("Each key stands once in a sheet.")))
    reading.notes.extend(notes_of(header, grid, [row.number for row in rows]))
    return rows


def _read_row(header: Header, number: int, cells: dict[int, Shown], problems: list[Problem]) -> Row | None:
    sheet = header.sheet
    values: dict[str, object] = {}
    found: list[Problem] = []
    filled = False
    for index, column in header.columns.items():
        shown = cells.get(index)
        try:
            value = read_cell(column, shown)
        except Unreadable as unreadable:
            filled = True
            found.append(Problem(sheet.name, number, column.name, unreadable.wrong, unreadable.allowed or allowed(column)))
            continue
        filled = filled or not is_blank(shown)
        if column.required and (value is None or value == ()):
            found.append(Problem(sheet.name, number, column.name, _("The cell is empty."), required()))
            continue
        values[column.name] = value
    if not filled:
        return None  # a row that somebody only coloured, or whose cells hold spaces
    problems.extend(found)
    return Row(number, values, header.present)
