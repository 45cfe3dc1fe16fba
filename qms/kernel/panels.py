"""What a feature adds to the page of a record that another feature shows, without either of them knowing the other.

The page names its record; every feature that has something to say of such a record brings a ``Panel``. Panels with one heading
stand in one card, so that the registers of a unit, each brought by its own feature, are one list.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import LazyString
from sqlalchemy import Select, select

from qms.kernel.db import db
from qms.kernel.moment import Moment


@dataclass(frozen=True)
class Shown:
    """The record whose page is drawn: its kind, number and code, and the unit it belongs to."""

    kind: str
    id: int
    code: str
    unit_id: int
    unit_code: str


@dataclass(frozen=True)
class Line:
    """One line of a panel: where it leads and what stands below or beside it.

    ``state`` has title and tone and becomes a chip. ``count`` is a scalar select; those of all lines of a page are asked in one
    statement, and ``tell`` makes the note of the number.
    """

    title: str
    url: str
    icon: str = ""
    note: str = ""
    state: Any = None
    count: Select[Any] | None = None
    tell: Callable[[int], str] = str


@dataclass(frozen=True)
class Panel:
    """Lines for the pages of one kind of record; ``lines`` stays within what the person may see. No lines: no panel."""

    kind: str
    heading: LazyString
    lines: Callable[[Shown, Moment], Sequence[Line]]


@dataclass(frozen=True)
class Card:
    """What stands under one heading: each line with its note."""

    heading: str
    lines: Sequence[tuple[Line, str]]


def cards(panels: Iterable[Panel], shown: Shown, moment: Moment) -> list[Card]:
    """The cards beside a record, in the order of the features; all counts are one statement."""
    found = [(str(panel.heading), line) for panel in panels if panel.kind == shown.kind for line in panel.lines(shown, moment)]
    asked = [line.count.scalar_subquery() for _heading, line in found if line.count is not None]
    numbers = iter(db.session.execute(select(*asked)).one() if asked else ())
    gathered: dict[str, list[tuple[Line, str]]] = {}
    for heading, line in found:
        note = line.note if line.count is None else line.tell(next(numbers))
        gathered.setdefault(heading, []).append((line, note))
    return [Card(heading, lines) for heading, lines in gathered.items()]
