"""How wide the columns of a table become: as wished, but no head and no ordinary word is broken inside."""

from collections.abc import Iterable, Sequence

from qms.reports import fonts
from qms.reports.paper import Group, Table

_LARGEST_CLAIM = 0.2
"""No column may claim more of the room for one word: a longer code is broken instead."""
_SMALLEST = 10.0
"""Type of a table is not set smaller, in points."""


def column_widths(table: Table, room: float, size: float, padding: float) -> tuple[float, list[float]]:
    """Type size and widths in points that fill ``room``, with ``padding`` points lost in every cell.

    The size is ``size``, or up to two points less where the words of many columns would not fit otherwise. A column gets the
    share it asks for, but at least the width of its longest word; the others give what that takes, each by what it has to spare.
    """
    while True:
        needed = [min(claim, room * _LARGEST_CLAIM) for claim in _claims(table, size, padding)]
        if sum(needed) <= room or size <= _SMALLEST:
            return size, _shared([column.width for column in table.columns], needed, room)
        size -= 0.5


def _shared(wishes: Sequence[float], needed: Sequence[float], room: float) -> list[float]:
    if sum(needed) >= room:
        return [claim * room / sum(needed) for claim in needed]
    widths = [max(wish * room / sum(wishes), claim) for wish, claim in zip(wishes, needed, strict=True)]
    spare = [width - claim for width, claim in zip(widths, needed, strict=True)]
    excess = sum(widths) - room
    if excess <= 0:
        return widths
    return [width - excess * more / sum(spare) for width, more in zip(widths, spare, strict=True)]


def _claims(table: Table, size: float, padding: float) -> list[float]:
    claims = [_longest(column.title, fonts.BOLD, size) for column in table.columns]
    rows = [(row, fonts.REGULAR) for row in table.rows if not isinstance(row, Group)]
    for row, font in [*rows, *([(table.total, fonts.BOLD)] if table.total else [])]:
        claims = [max(claim, _longest(cell, font, size)) for claim, cell in zip(claims, row, strict=True)]
    # half a point against rounding: a word of exactly the width would still be broken
    return [claim + padding + 0.5 for claim in claims]


def _longest(text: str, font: str, size: float) -> float:
    words: Iterable[str] = text.split()
    return max((fonts.width(word, font, size) for word in words), default=0.0)
