"""The tables of a workbook of any making: where each begins below its titles, what its columns are called, where it ends."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from qms.imports.cells import folded, is_blank, text_of
from qms.imports.grid import Fault, Grid, Rows, Shown, column_letters
from qms.imports.layout import closes

BETWEEN = " / "
"""Stands between the lines of a title that has two."""
_FIRST = 5
_LOOKED_AT = 30
"""How far down a header is looked for."""
_NUMBERED = re.compile(r"\(?\d{1,2}\)?")
_TOTAL = re.compile(r"(tong cong|tong so|tong|cong|total)( (thang|quy|nam|ky|ca)\b.*)?[: \d]*")
_COUNTED = re.compile(r"\d+(?:[.,]\d+)*(?: .*)?%?")
"""What stands in a line of totals behind its word: "12", "12 hồ sơ", "98,5%"."""
_LONGEST_TITLE = 120


@dataclass(frozen=True)
class Table:
    """One sheet that holds a table. ``titles`` go by column from A on, "" where a column has neither a title nor cells.

    ``first`` are rows as they show, in the same order; ``foot`` the rows below the table that are totals and signatures,
    ``count`` the rows of the table.
    """

    sheet: str
    header: int
    depth: int
    titles: tuple[str, ...]
    first: tuple[tuple[str, ...], ...]
    count: int
    hidden: bool
    foot: tuple[int, ...] = ()


def tables(grids: Sequence[Grid]) -> list[Table]:
    """Every sheet that holds a table of two columns or more, with the header row as it was recognised."""
    found = []
    for grid in grids:
        header = _header(grid.rows)
        if header is not None:
            one = table(grid, header, _depth(grid, header))
            if len([title for title in one.titles if title]) > 1:
                found.append(one)
    return found


def table(grid: Grid, header: int, depth: int) -> Table:
    """The table of a sheet whose header stands in that row and over so many rows (0: there is none, columns are counted)."""
    titles = _titles(grid, header, depth)
    body = body_of(grid, header + depth - 1 if header else 0)
    foot = _foot(body)
    for column in sorted({column for _number, cells in body for column in cells} - set(titles)):
        titles[column] = f"[{column_letters(column)}]"  # cells without a title are seen too
    places = range(max(titles, default=-1) + 1)
    first = tuple(
        tuple(shown_text(cells.get(column)) for column in places) for _number, cells in body[: len(body) - len(foot)][:_FIRST]
    )
    return Table(
        grid.name,
        header,
        depth,
        tuple(titles.get(column, "") for column in places),
        first,
        len(body) - len(foot),
        grid.hidden,
        tuple(number for number, _cells in foot),
    )


def body_of(grid: Grid, last_of_header: int) -> Rows:
    """The rows below the header with the cells of merged areas filled, without a row that only counts the columns."""
    rows = [(number, dict(cells)) for number, cells in grid.rows if number > last_of_header]
    by_number = dict(rows)
    for column, top, bottom in grid.merged:
        shown = by_number.get(top, {}).get(column)
        if shown is not None:
            for number in range(top + 1, bottom + 1):
                if number in by_number:
                    by_number[number].setdefault(column, shown)
    filled = [(number, cells) for number, cells in rows if any(not is_blank(shown) for shown in cells.values())]
    if filled and len(filled[0][1]) > 1 and all(_NUMBERED.fullmatch(shown_text(shown)) for shown in filled[0][1].values()):
        return filled[1:]
    return filled


def shown_text(shown: Shown | None) -> str:
    """A cell as it shows, for people."""
    if shown is None:
        return ""
    return shown.code if isinstance(shown, Fault) else text_of(shown)


def _header(rows: Rows) -> int | None:
    """The first row that is filled nearly as widely as the rows below it, and with words."""
    looked = rows[:_LOOKED_AT]
    if not looked:
        return None
    width = max(len(_filled(cells)) for _number, cells in looked)
    for number, cells in looked:
        filled = _filled(cells)
        words = [shown for shown in filled if isinstance(shown, str) and len(shown) <= _LONGEST_TITLE]
        if len(filled) >= max(2, width * 0.6) and len(words) >= len(filled) * 0.8:
            return number
    return None


def _depth(grid: Grid, header: int) -> int:
    """Two where cells of the header are merged with those below, or where the row below only names what has no name yet."""
    if any(top == header and bottom == header + 1 for _column, top, bottom in grid.merged):
        return 2
    by_number = dict(grid.rows)
    upper, lower = by_number[header], by_number.get(header + 1, {})
    named = {column for column, shown in upper.items() if not is_blank(shown)}
    below = {column: shown for column, shown in lower.items() if not is_blank(shown)}
    words = all(isinstance(shown, str) and len(shown) <= _LONGEST_TITLE for shown in below.values())
    nameless = [column for column in below if column not in named and min(named) < column]
    return 2 if nameless and words and len(below) < len(named) else 1


def _titles(grid: Grid, header: int, depth: int) -> dict[int, str]:
    by_number = dict(grid.rows)
    if not header:
        return {}
    upper = {column: shown_text(shown) for column, shown in by_number.get(header, {}).items()}
    lower = {column: shown_text(shown) for column, shown in by_number.get(header + 1, {}).items()} if depth > 1 else {}
    over, titles = "", dict[int, str]()
    for column in range(max([*upper, *lower], default=-1) + 1):
        over = upper.get(column) or over
        own = upper.get(column) or (over if lower.get(column) else "")
        parts = [part for part in (own, lower.get(column, "")) if part]
        if parts:
            titles[column] = " ".join(BETWEEN.join(dict.fromkeys(parts)).split())
    seen: dict[str, int] = {}
    for column, title in titles.items():
        alike = folded(title)  # as titles are compared: "Mã" and "MÃ" are two columns, and neither may hide the other
        seen[alike] = seen.get(alike, 0) + 1
        if seen[alike] > 1:
            titles[column] = f"{title} ({seen[alike]})"
    return titles


def _foot(body: Rows) -> Rows:
    """What stands below the last record, from the first line on that closes the table; and totals of a part between records.

    A line as wide as a record is one, whatever it is called: "Xác nhận tình trạng hôn nhân" is a procedure and no signature.
    """
    widths = Counter(len(_filled(cells)) for _number, cells in body)
    usual = max(widths, key=lambda width: (widths[width], width), default=0)
    narrow = max(1, usual / 2)
    recorded = (place for place, (_number, cells) in enumerate(body) if len(_filled(cells)) > narrow and not _sums(cells))
    last = max(recorded, default=-1)
    below = next((place for place in range(last + 1, len(body)) if closes(body[place][1])), len(body))
    return [*(row for row in body[:below] if _sums(row[1])), *body[below:]]


def _sums(cells: dict[int, Shown]) -> bool:
    """Whether the row is a total ("Cộng quý I", 12: the word first, then numbers alone) or nothing but signatures."""
    shown = [one for _column, one in sorted(cells.items()) if not is_blank(one)]
    if len(shown) < 2:
        return False
    total = _TOTAL.fullmatch(folded(shown_text(shown[0]))) and all(_COUNTED.fullmatch(shown_text(one)) for one in shown[1:])
    return bool(total) or all(closes({0: one}) for one in shown)


def _filled(cells: dict[int, Shown]) -> list[Shown]:
    return [shown for shown in cells.values() if not is_blank(shown)]
