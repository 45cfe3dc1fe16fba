"""The figures beside the places of the menu: all in one statement, and kept until something is recorded.

Every change of a record has its entry in the trail, so the number of the newest entry tells whether what was counted still
holds. A page on which nothing has happened since asks for that number alone instead of counting everybody's work again.
"""

import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from flask import Flask, current_app
from sqlalchemy import Select, select

from qms.kernel.db import db
from qms.kernel.feature import Figure, MenuEntry, Told
from qms.kernel.moment import Moment
from qms.trail.service import newest_number

Numbers = Mapping[str, Sequence[int]]
"""By endpoint, what the selects of its figure gave."""

KEPT_SECONDS = 30.0
"""What the trail is not told of (a letter that cannot be sent) is seen after this time; so is an entry that was numbered before
the newest one and committed after it, as happens on PostgreSQL."""
KEPT_AT_MOST = 2_000
"""Of how many people a process keeps the figures."""


@dataclass(frozen=True)
class _Counted:
    """Numbers, and the state of the house they hold for."""

    entry: int
    until: float
    numbers: Numbers


@dataclass
class Kept:
    """What one process has counted, by person, day and places; the longest unused goes first."""

    _counted: OrderedDict[tuple[Any, ...], _Counted] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def get(self, key: tuple[Any, ...], entry: int) -> Numbers | None:
        """The numbers counted at this entry of the trail, if they are not too old."""
        with self._lock:
            found = self._counted.get(key)
            if found is None or found.entry != entry or found.until < time.monotonic():
                return None
            self._counted.move_to_end(key)
            return found.numbers

    def put(self, key: tuple[Any, ...], entry: int, numbers: Numbers) -> None:
        """Keeps them."""
        with self._lock:
            self._counted[key] = _Counted(entry, time.monotonic() + KEPT_SECONDS, numbers)
            self._counted.move_to_end(key)
            while len(self._counted) > KEPT_AT_MOST:
                self._counted.popitem(last=False)


def init_figures(app: Flask) -> None:
    """The application has kept nothing yet."""
    app.extensions["qms.figures"] = Kept()


def told(entries: Sequence[MenuEntry], moment: Moment) -> dict[str, Told]:
    """What stands beside each place, by endpoint: one statement for the newest entry and what is fresh, one for the rest."""
    figures = {entry.endpoint: entry.figure for entry in entries if entry.figure is not None}
    if not figures:
        return {}
    kept: Kept = current_app.extensions["qms.figures"]
    fresh = {endpoint: figure for endpoint, figure in figures.items() if figure.fresh}
    lasting = {endpoint: figure for endpoint, figure in figures.items() if not figure.fresh}
    key = (moment.person.person_id, moment.today, *lasting)
    # asked before counting: an entry made meanwhile makes the next page count again
    newest, now_counted = _count(fresh, moment, newest_number())
    entry = newest[0] or 0
    numbers = kept.get(key, entry)
    if numbers is None:
        _nothing, numbers = _count(lasting, moment)
        kept.put(key, entry, numbers)
    every = {**numbers, **now_counted}
    return {endpoint: figure.tell(every[endpoint], moment) for endpoint, figure in figures.items()}


def _count(figures: Mapping[str, Figure], moment: Moment, *also: Select[Any]) -> tuple[Sequence[Any], Numbers]:
    """The numbers of these figures, and what ``also`` asks for, in one statement."""
    counts = {endpoint: figure.counts(moment) for endpoint, figure in figures.items()}
    asked = [*also, *(one for some in counts.values() for one in some)]
    if not asked:
        return (), {}
    found = iter(db.session.execute(select(*(one.scalar_subquery() for one in asked))).one())
    return [next(found) for _one in also], {endpoint: [next(found) for _one in some] for endpoint, some in counts.items()}
