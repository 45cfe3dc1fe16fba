"""The rows of a workbook that a mapping takes, each by the titles of its columns."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from qms.imports.cells import folded, is_blank
from qms.imports.grid import Grid, Shown
from qms.imports.mapping.tables import BETWEEN, Table, body_of, shown_text, table
from qms.imports.mapping.value import Condition
from qms.imports.mapping.value import Mapping as Taken
from qms.sheets.sheet import Sheet


@dataclass(frozen=True)
class Line:
    """One row: the table it stands in, its number as Excel shows it, and its cells by title."""

    table: Table
    number: int
    cells: Mapping[str, Shown]

    def text(self, title: str) -> str:
        """A cell as it shows; "" where it is empty."""
        return shown_text(self.cells.get(title))


def taken_tables(grids: Sequence[Grid], mapping: Taken) -> list[tuple[Grid, Table]]:
    """The sheets that are taken, in the order of the mapping; one that the file does not have is passed over."""
    by_name = {grid.name: grid for grid in grids}
    parts = [part for part in mapping.parts if part.sheet in by_name]
    return [(by_name[part.sheet], table(by_name[part.sheet], part.header, part.depth)) for part in parts]


def lines(grids: Sequence[Grid], mapping: Taken) -> Iterator[Line]:
    """Every row that is taken: above the foot of its table, and with what the conditions ask for."""
    for grid, one in taken_tables(grids, mapping):
        titles, foot = {place: title for place, title in enumerate(one.titles) if title}, set(one.foot)
        for number, cells in body_of(grid, one.header + one.depth - 1 if one.header else 0):
            line = Line(one, number, {titles[column]: shown for column, shown in cells.items() if column in titles})
            if number not in foot and all(_holds(line, condition) for condition in mapping.only):
                yield line


def records(grids: Sequence[Grid], mapping: Taken, sheet: Sheet) -> Iterator[Line]:
    """The rows that are taken and hold a record of the register."""
    return (line for line in lines(grids, mapping) if not repeats_header(line) and not divides(line, mapping, sheet))


def repeats_header(line: Line) -> bool:
    """The header again, as it stands on every printed page."""
    shown = [(title, line.text(title)) for title in line.cells if line.text(title)]
    return len(shown) > 1 and all(
        folded(text) in (folded(title), *(folded(part) for part in title.split(BETWEEN))) for title, text in shown
    )


def divides(line: Line, mapping: Taken, sheet: Sheet) -> bool:
    """A line with one cell, and none of the record's key, only divides the table ("I. Lĩnh vực hộ tịch")."""
    filled = [title for title, shown in line.cells.items() if not is_blank(shown)]
    if len(filled) != 1 or len(mapping.fills) < 2:
        return False
    return folded(filled[0]) not in {folded(fill.title) for name, fill in mapping.fills.items() if name in sheet.key}


def _holds(line: Line, condition: Condition) -> bool:
    return folded(condition.holds) in folded(line.text(condition.title))
