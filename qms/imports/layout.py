"""What an office does with a sheet beside filling it: hides rows, strikes them out, merges cells, signs at the foot."""

import re
from collections.abc import Iterator, Sequence

from qms.imports.cells import folded, is_blank, text_of
from qms.imports.grid import Fault, Grid, Rows, Shown, column_letters
from qms.imports.headers import Header
from qms.kernel.language import _, ngettext
from qms.sheets.problems import Note, Problem

_FOOT = re.compile(
    r"(tong( cong| so)?|cong|total|nguoi (lap|tong hop|ghi|ky|duyet)|thu truong|truong (phong|ban|tram)|(pho )?chu tich"
    r"|hieu truong|lanh dao|xac nhan|ky ten|noi nhan|tm\.|kt\.|q\.|tuq\.|\(ky|(.*, )?ngay \d* ?thang)\b.*"
)
"""How the lines below a table begin: totals, who made it, who signs, when and where."""
_SHOWN = 12


def spread_merged(header: Header, grid: Grid, body: Rows) -> Iterator[Note]:
    """Fills what stands over several rows into each of them, and says so; the only key column is left, as a key stands once."""
    key = header.sheet.key
    by_number = dict(body)
    for index, top, bottom in grid.merged:
        column = header.columns.get(index)
        shown = by_number.get(top, {}).get(index)
        if column is None or key == (column.name,) or shown is None or is_blank(shown):
            continue
        filled = [number for number in range(top + 1, bottom + 1) if number in by_number]
        for number in filled:
            by_number[number].setdefault(index, shown)
        if filled:
            letters = column_letters(index)
            area = f"{letters}{top}:{letters}{filled[-1]}"
            sentence = _("The cells %(area)s are merged: their value counts for each of these rows.", area=area)
            yield Note(header.sheet.name, top, column.name, str(sentence))


def without_foot(header: Header, body: Rows, problems: list[Problem]) -> Rows:
    """The rows above what only closes the sheet; that is one problem, however many cells of a record it lacks."""
    keys = [index for index, column in header.columns.items() if column.name in header.sheet.key]
    end = len(body)
    while end and any(is_blank(body[end - 1][1].get(index)) for index in keys):
        end -= 1
    start = next((place for place in range(end, len(body)) if closes(body[place][1])), None)
    if start is None or not keys:
        return body
    rows = [number for number, _cells in body[start:]]
    wrong = ngettext(
        "Row %(rows)s seems to be a line below the table (a total, a signature), and no record.",
        "Rows %(rows)s seem to be lines below the table (totals, signatures), and no records.",
        len(rows),
        rows=f"{rows[0]}–{rows[-1]}" if len(rows) > 1 else rows[0],
    )
    problems.append(Problem(header.sheet.name, rows[0], None, wrong, _("Delete them, and nothing but records stands there.")))
    return body[:start]


def notes_of(header: Header, grid: Grid, rows: Sequence[int]) -> Iterator[Note]:
    """What is taken over although somebody may have meant otherwise: hidden or struck out, the sheet or some of its rows."""
    name = header.sheet.name
    if grid.hidden and rows:
        yield Note(name, rows[0], None, str(_("The sheet is hidden in the workbook; its rows are taken over all the same.")))
    taken = set(rows)
    if hidden := [row for row in grid.hidden_rows if row in taken]:
        sentence = ngettext(
            "%(num)s row is hidden, by a filter or by hand, and is taken over all the same: %(rows)s.",
            "%(num)s rows are hidden, by a filter or by hand, and are taken over all the same: %(rows)s.",
            len(hidden),
            rows=_listed(hidden),
        )
        yield Note(name, hidden[0], None, sentence)
    if struck := [row for row in grid.struck_rows if row in taken]:
        sentence = ngettext(
            "%(num)s row is struck out and is taken over all the same: %(rows)s.",
            "%(num)s rows are struck out and are taken over all the same: %(rows)s.",
            len(struck),
            rows=_listed(struck),
        )
        yield Note(name, struck[0], None, sentence)


def closes(cells: dict[int, Shown]) -> bool:
    """Whether the row stands below a table: a total, a signature, a place and day."""
    shown = [one for one in cells.values() if not isinstance(one, Fault) and not is_blank(one)]
    return any(_FOOT.fullmatch(folded(text_of(one))) for one in shown)


def _listed(rows: Sequence[int]) -> str:
    more = len(rows) - _SHOWN
    return ", ".join(map(str, rows[:_SHOWN])) + (f" … (+{more})" if more > 0 else "")
