"""A whole register workbook: every cell read, every row checked, all problems together."""

from collections.abc import Collection, Sequence

from qms.imports.cells import Unreadable, allowed, fold_header, is_blank, read_cell, text_of
from qms.imports.grid import Fault, Grid, Rows, Shown, column_letters, read_grids
from qms.imports.house import LATER, later_sheet
from qms.imports.row_checks import required, row_problems
from qms.kernel.language import _
from qms.sheets.columns import Column
from qms.sheets.problems import Problem, quote
from qms.sheets.sheet import Row, Sheet

Register = dict[str, list[Row]]
"""The rows of every sheet that the workbook has, by sheet name."""


def read_workbook(data: bytes, sheets: Sequence[Sheet], later: Collection[str] = LATER) -> tuple[Register, list[Problem]]:
    """Everything the workbook says, and everything that is wrong with it without asking the database.

    Raises ``WorkbookRefused`` if the bytes are no workbook. Rows with problems are in the register as far as they could be
    read, so that what is asked of the database can be added to the same list. A required column that the sheet does not have
    is a problem of new records only (``absent_problems``); a key column that it does not have is one here.
    """
    by_name = {sheet.name: sheet for sheet in sheets}
    register: Register = {}
    problems: list[Problem] = []
    for grid in read_grids(data, by_name.__contains__):
        sheet = by_name.get(grid.name)
        if sheet is None:
            problems.append(_unlisted_sheet(grid.name, by_name, later))
        else:
            register[sheet.name] = _read_sheet(sheet, grid, problems)
    return register, problems


def _unlisted_sheet(name: str, sheets: Collection[str], later: Collection[str]) -> Problem:
    if name in later:
        wrong = later_sheet(name)
    else:
        wrong = _('A register workbook has no sheet "%(name)s".', name=quote(name))
    return Problem(name, None, None, wrong, _("The sheets are: %(names)s.", names=", ".join(sheets)))


def _read_sheet(sheet: Sheet, grid: Grid, problems: list[Problem]) -> list[Row]:
    first = grid.rows[0] if grid.rows else None
    header, body = (first[1], grid.rows[1:]) if first is not None and first[0] == 1 else ({}, grid.rows)
    columns = _header(sheet, header, problems)
    if body and _repeats_titles(columns, body[0]):
        body = body[1:]  # the template prints the Vietnamese titles below the names
    _refuse_nameless_columns(sheet, header, body, problems)
    present = frozenset(column.name for column in columns.values())
    if body:
        for name in sheet.key:
            if name not in present:
                problems.append(Problem(sheet.name, 1, name, _("The column is missing."), required()))
    rows: list[Row] = []
    seen: dict[tuple[object, ...], int] = {}
    for number, cells in body:
        row = _read_row(sheet, columns, present, number, cells, problems)
        if row is None:
            continue
        rows.append(row)
        problems.extend(row_problems(sheet, number, row.values, present))
        key = row.key(sheet)
        if key is not None and seen.setdefault(key, number) != number:
            wrong = _("The row has the same %(key)s as row %(row)s.", key=", ".join(sheet.key), row=seen[key])
            problems.append(Problem(sheet.name, number, sheet.key[-1], wrong, _("Each key stands once in a sheet.")))
    return rows


def _header(sheet: Sheet, header: dict[int, Shown], problems: list[Problem]) -> dict[int, Column]:
    by_header = {fold_header(title): column for column in sheet.columns for title in (column.name, column.title_vi)}
    columns: dict[int, Column] = {}
    for index, shown in sorted(header.items()):
        title = shown.code if isinstance(shown, Fault) else text_of(shown)
        column = by_header.get(fold_header(title))
        if column is not None and column not in columns.values():
            columns[index] = column
        elif column is not None:
            wrong = _('The column "%(name)s" stands twice in the sheet.', name=column.name)
            problems.append(Problem(sheet.name, 1, column.name, wrong, _("Each column stands once in a sheet.")))
        elif title:
            problems.append(_unlisted_column(sheet, title))
    return columns


def _unlisted_column(sheet: Sheet, title: str) -> Problem:
    if title in sheet.later:
        wrong = _('This version cannot take over the column "%(name)s" yet.', name=title)
    else:
        wrong = _('The sheet has no column "%(name)s".', name=quote(title))
    names = ", ".join(column.name for column in sheet.columns)
    return Problem(sheet.name, 1, quote(title), wrong, _("The columns are: %(names)s.", names=names))


def _repeats_titles(columns: dict[int, Column], row: tuple[int, dict[int, Shown]]) -> bool:
    number, cells = row
    return number == 2 and all(
        index in columns and isinstance(shown, str) and fold_header(shown) == fold_header(columns[index].title_vi)
        for index, shown in cells.items()
    )


def _refuse_nameless_columns(sheet: Sheet, header: dict[int, Shown], body: Rows, problems: list[Problem]) -> None:
    named = {index for index, shown in header.items() if not is_blank(shown)}
    nameless: dict[int, int] = {}
    for number, cells in body:
        for index in cells.keys() - named:
            if not is_blank(cells[index]):
                nameless.setdefault(index, number)
    for index, number in sorted(nameless.items()):
        wrong = _("Column %(letters)s holds a value but has no name in row 1.", letters=column_letters(index))
        names = ", ".join(column.name for column in sheet.columns)
        problems.append(Problem(sheet.name, number, column_letters(index), wrong, _("The columns are: %(names)s.", names=names)))


def _read_row(
    sheet: Sheet,
    columns: dict[int, Column],
    present: frozenset[str],
    number: int,
    cells: dict[int, Shown],
    problems: list[Problem],
) -> Row | None:
    values: dict[str, object] = {}
    found: list[Problem] = []
    filled = False
    for index, column in columns.items():
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
    return Row(number, values, present)
