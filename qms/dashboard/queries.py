"""What waits for a person, from all features, and what the last evaluation said of the own unit."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, literal, select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission
from qms.evaluation.models import Run, RunUnit
from qms.kernel.db import db
from qms.kernel.feature import Work, WorkItem, house
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.paging import SIZE, Page
from qms.kernel.share import Share
from qms.units.models import TitledEnum

SOON = timedelta(days=7)


class View(TitledEnum):
    """The ways my work is seen: what waits for me, what I wait for, and everything open in the units I answer for."""

    MINE = "mine", _l("Waiting for me")
    AWAITED = "awaited", _l("I wait for")
    UNIT = "unit", _l("Whole unit")


@dataclass(frozen=True)
class Waiting:
    """A page of the work seen in one way, by how soon it is due; the most urgent come first."""

    page: Page
    late: int
    today: date

    @property
    def week_ends_on(self) -> date:
        """The last day of "this week"."""
        return self.today + SOON

    @property
    def overdue(self) -> list[WorkItem]:
        """What was due before today."""
        return [item for item in self.page.items if _is_overdue(item, self.today)]

    @property
    def this_week(self) -> list[WorkItem]:
        """What is due in the seven days from today on."""
        return [item for item in self.page.items if item.due_on is not None and self.today <= item.due_on <= self.week_ends_on]

    @property
    def later(self) -> list[WorkItem]:
        """What has more time, or no due day."""
        return [item for item in self.page.items if item.due_on is None or item.due_on > self.week_ends_on]

    @property
    def first(self) -> WorkItem | None:
        """The most urgent one of all; it has the one filled button of the page."""
        return next(iter(self.page.items), None) if self.page.number == 1 else None


@dataclass(frozen=True)
class OwnVerdict:
    """What the newest evaluation said of the person's unit."""

    row: RunUnit
    share: Share


def works() -> list[Work]:
    """The work of all features."""
    return [feature.work for feature in house().features if feature.work is not None]


def work_counts(moment: Moment) -> list[Select[Any]]:
    """How many things of each feature wait for the person, as scalar selects; a feature without one is counted by its items."""
    return [select(literal(len(work.mine(moment)))) if work.count is None else work.count(moment) for work in works()]


def waiting(view: View, number: int, moment: Moment) -> Waiting:
    """A page of what all features bring for one view, at most ``paging.SIZE`` things; whatever is due first stands first."""
    items = [item for work in works() for item in _of(work, view)(moment)]
    items.sort(key=lambda item: (item.due_on or date.max, item.title))
    pages = max(1, -(-len(items) // SIZE))
    number = min(max(1, number), pages)
    shown = items[(number - 1) * SIZE : number * SIZE]
    return Waiting(Page(shown, number, len(items)), sum(_is_overdue(item, moment.today) for item in items), moment.today)


def _of(work: Work, view: View) -> Callable[[Moment], list[WorkItem]]:
    return {View.MINE: work.mine, View.AWAITED: work.awaited, View.UNIT: work.unit}[view]


def _is_overdue(item: WorkItem, today: date) -> bool:
    return item.due_on is not None and item.due_on < today


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
