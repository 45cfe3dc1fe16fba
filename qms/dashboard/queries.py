"""What waits for a person, from all features, and what the last evaluation said of the own unit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import g
from sqlalchemy import Select, literal, select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission
from qms.evaluation.models import Run, RunUnit
from qms.kernel.db import db
from qms.kernel.feature import Feature, SearchHit, Work, WorkItem, house
from qms.kernel.moment import Moment
from qms.kernel.share import Share
from qms.kernel.text import nfc

SOON = timedelta(days=7)


@dataclass(frozen=True)
class Waiting:
    """The work of a person, by how soon it is due."""

    overdue: Sequence[WorkItem]
    this_week: Sequence[WorkItem]
    later: Sequence[WorkItem]
    week_ends_on: date

    @property
    def total(self) -> int:
        """How many things wait."""
        return len(self.overdue) + len(self.this_week) + len(self.later)

    @property
    def first(self) -> WorkItem | None:
        """The most urgent one; it has the one filled button of the page."""
        return next(iter((*self.overdue, *self.this_week, *self.later)), None)


@dataclass(frozen=True)
class OwnVerdict:
    """What the newest evaluation said of the person's unit."""

    row: RunUnit
    share: Share


@dataclass(frozen=True)
class Found:
    """What one feature found; the group is called like its place in the menu."""

    title: str
    hits: Sequence[SearchHit]


def waiting(moment: Moment) -> Waiting:
    """Everything that waits for the person, asked of the features once a request."""
    if "qms_waiting" not in g:
        g.qms_waiting = _waiting(moment)
    found: Waiting = g.qms_waiting
    return found


def works() -> list[Work]:
    """The work of all features."""
    return [feature.work for feature in house().features if feature.work is not None]


def work_counts(moment: Moment) -> list[Select[Any]]:
    """How many things of each feature wait for the person, as scalar selects; a feature without one is counted by its items."""
    return [select(literal(len(work.mine(moment)))) if work.count is None else work.count(moment) for work in works()]


def _waiting(moment: Moment) -> Waiting:
    items = [item for work in works() for item in work.mine(moment)]
    items.sort(key=lambda item: (item.due_on or date.max, item.title))
    today, week_ends_on = moment.today, moment.today + SOON
    overdue = [item for item in items if item.due_on is not None and item.due_on < today]
    this_week = [item for item in items if item.due_on is not None and today <= item.due_on <= week_ends_on]
    later = [item for item in items if item.due_on is None or item.due_on > week_ends_on]
    return Waiting(overdue, this_week, later, week_ends_on)


def found(text: str, moment: Moment) -> list[Found]:
    """What every feature finds of the text within what the person may see, grouped; empty groups are left out.

    Marks are not needed, but whoever types them sees what has them first.
    """
    groups = []
    typed = nfc(text).casefold()
    for feature in house().features:
        hits = [] if feature.search is None else feature.search(text, moment)
        if hits:
            hits.sort(key=lambda hit: typed not in nfc(hit.title).casefold())
            groups.append(Found(_title(feature), hits))
    return groups


def _title(feature: Feature) -> str:
    return str(next((entry.title for entry in feature.menu), feature.name))


def own_verdict(moment: Moment) -> OwnVerdict | None:
    """The verdict of the newest run that is no forecast; None without a run, a unit or the permission."""
    unit_id = moment.person.home_unit_id
    if unit_id is None:
        return None
    row = db.session.scalar(
        select(RunUnit)
        .join(RunUnit.run)
        .options(joinedload(RunUnit.run))
        .where(
            RunUnit.unit_id == unit_id,
            RunUnit.unit_id.in_(visible_units(moment.person, Permission.EVALUATION_READ)),
            Run.forecast.is_(False),
        )
        .order_by(Run.as_of.desc(), Run.id.desc())
        .limit(1)
    )
    return None if row is None else OwnVerdict(row, Share(row.score, row.weight))
