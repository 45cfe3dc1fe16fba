"""What waits for a person, from all features, and how the own unit stands."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Select, literal, select

from qms.evaluation.criteria import Criterion, set_of
from qms.evaluation.standing import queries as standing
from qms.evaluation.standing.models import StandingResult
from qms.evaluation.standing.queries import Standing
from qms.kernel.feature import Work, WorkItem, house
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.paging import SIZE, Page, within
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
class OwnStanding:
    """How the person's unit stands, and the criteria that it misses, in the order of their set."""

    standing: Standing
    missing: Sequence[tuple[Criterion, StandingResult]]


def works() -> list[Work]:
    """The work of all features."""
    return [feature.work for feature in house().features if feature.work is not None]


def work_counts(moment: Moment) -> list[Select[Any]]:
    """How many things of each feature wait for the person, as scalar selects; a feature without one is counted by its items."""
    return [select(literal(len(work.mine(moment)))) if work.count is None else work.count(moment) for work in works()]


def waiting(view: View, number: int, moment: Moment, size: int = SIZE) -> Waiting:
    """A page of what all features bring for one view; whatever is due first stands first."""
    items = gathered(view, moment)
    number = within(number, len(items), size)
    shown = items[(number - 1) * size : number * size]
    late = sum(_is_overdue(item, moment.today) for item in items)
    return Waiting(Page(shown, number, len(items), size), late, moment.today)


def gathered(view: View, moment: Moment) -> list[WorkItem]:
    """All that the features bring for one view, by due day."""
    items = [item for work in works() for item in _of(work, view)(moment)]
    return sorted(items, key=lambda item: (item.due_on or date.max, item.title))


def _of(work: Work, view: View) -> Callable[[Moment], list[WorkItem]]:
    return {View.MINE: work.mine, View.AWAITED: work.awaited, View.UNIT: work.unit}[view]


def _is_overdue(item: WorkItem, today: date) -> bool:
    return item.due_on is not None and item.due_on < today


def own_standing(moment: Moment) -> OwnStanding | None:
    """How the person's unit stands, with what is missing; None without a standing, a unit or the permission."""
    unit_id = moment.person.home_unit_id
    found = None if unit_id is None else standing.of_unit(moment.person, unit_id)
    if found is None:
        return None
    missing = {result.criterion: result for result in found.missing}
    criteria = set_of(found.row.as_of).criteria
    return OwnStanding(found, [(each, missing[each.code]) for each in criteria if each.code in missing])
