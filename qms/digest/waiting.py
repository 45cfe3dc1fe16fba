"""What the features ask of people until a day: one select for each deadline, whoever and however many are looked at."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, FromClause, Select, and_, case, func, literal, select, union_all

from qms.accounts.actor import visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.bulk import chunks
from qms.kernel.days import WorkingDays
from qms.kernel.db import db
from qms.kernel.feature import Deadline, house
from qms.kernel.language import _, ngettext
from qms.kernel.moment import Actor
from qms.notices.sentences import OVERDUE, SOON, brief
from qms.units.models import Unit

Narrow = Callable[[FromClause], ColumnElement[bool]]
"""Which rows of a deadline's select are wanted."""

SOON_DAYS = 7
"""People are told of what is due within so many days."""


@dataclass(frozen=True)
class Waiting:
    """One open thing that somebody owes until a day."""

    deadline: Deadline
    person_id: int | None
    unit_id: int | None
    code: str
    due_on: date
    text: str

    @property
    def sentence(self) -> str:
        """What is asked, and about what."""
        text = brief(self.text or "")
        return f"{self.deadline.title}: {text}" if text else str(self.deadline.title)

    @property
    def shown_code(self) -> str:
        """The code as people know it; a record that has only a number of the database shows none."""
        return "" if self.code.isdigit() else self.code

    def stage(self, today: date) -> str:
        """Whether its day is still to come."""
        return OVERDUE if self.due_on < today else SOON

    def distance(self, today: date) -> str:
        """How late it is, or how long there is still, in words."""
        left = (self.due_on - today).days
        if left < 0:
            return str(ngettext("%(num)s day overdue", "%(num)s days overdue", -left))
        return str(_("due today")) if left == 0 else str(ngettext("%(num)s day left", "%(num)s days left", left))


@dataclass(frozen=True)
class UnitCount:
    """A unit with how many things are overdue and how many are due soon."""

    unit: Unit
    overdue: int
    soon: int


def last_day(today: date, calendar: WorkingDays) -> date:
    """The last day looked at: ``SOON_DAYS`` ahead, and always up to the next day on which people are told anything.

    So what falls due over Tết is told before it, however long the free days are.
    """
    return max(today + timedelta(days=SOON_DAYS), calendar.add_working_days(today, 1))


def of_people(person_ids: Collection[int], today: date, until: date) -> list[Waiting]:
    """What waits for these people, the earliest first."""
    found: list[Waiting] = []
    for some in chunks(person_ids):
        found += _found(today, until, lambda one, some=some: one.c.person_id.in_(some))  # type: ignore[misc]
    return sorted(found, key=_by_day)


def of_unit(unit_id: int, today: date, until: date) -> list[Waiting]:
    """What is asked of anybody about a unit's records, the earliest first."""
    return sorted(_found(today, until, lambda one: one.c.unit_id == unit_id), key=_by_day)


def of_scope(actor: Actor, today: date, until: date) -> dict[int, list[Waiting]]:
    """The same for every unit whose digests one may read, by unit."""
    scope = visible_units(actor, Permission.DIGESTS_READ)
    by_unit: dict[int, list[Waiting]] = {}
    for waiting in sorted(_found(today, until, lambda one: one.c.unit_id.in_(scope)), key=_by_day):
        if waiting.unit_id is not None:
            by_unit.setdefault(waiting.unit_id, []).append(waiting)
    return by_unit


def is_asked_of(person_id: int, kind: str, code: str, today: date, until: date) -> bool:
    """Whether something about a record is asked of a person."""
    return _is_asked(kind, code, today, until, lambda one: one.c.person_id == person_id)


def is_asked_in_scope(actor: Actor, kind: str, code: str, today: date, until: date) -> bool:
    """Whether something about a record stands in a digest one may read."""
    scope = visible_units(actor, Permission.DIGESTS_READ)
    return _is_asked(kind, code, today, until, lambda one: one.c.unit_id.in_(scope))


def unit_counts(actor: Actor, today: date, until: date) -> list[UnitCount]:
    """The units in scope where something is overdue or due soon, the worst first."""
    scope = visible_units(actor, Permission.DIGESTS_READ)
    every = union_all(
        *(_rows(deadline, today, until, lambda one: one.c.unit_id.in_(scope)) for deadline in _deadlines())
    ).subquery()
    late = func.sum(case((every.c.due_on < today, 1), else_=0))
    rows = db.session.execute(select(every.c.unit_id, late, func.count()).group_by(every.c.unit_id))
    counted = {unit_id: (int(overdue), total - int(overdue)) for unit_id, overdue, total in rows}
    units = units_by_id(counted)
    found = [UnitCount(units[unit_id], *numbers) for unit_id, numbers in counted.items()]
    return sorted(found, key=lambda count: (-count.overdue, -count.soon, count.unit.code))


def units_by_id(unit_ids: Iterable[int]) -> dict[int, Unit]:
    """Units by number."""
    return {unit.id: unit for some in chunks(unit_ids) for unit in db.session.scalars(select(Unit).where(Unit.id.in_(some)))}


def people_by_id(waiting: Iterable[Waiting]) -> dict[int, Person]:
    """The people something is asked of, by number."""
    asked = {one.person_id for one in waiting if one.person_id is not None}
    return {one.id: one for some in chunks(asked) for one in db.session.scalars(select(Person).where(Person.id.in_(some)))}


def readable_unit(actor: Actor, code: str) -> Unit | None:
    """The unit of that code whose digest one may read; None for any other."""
    scope = visible_units(actor, Permission.DIGESTS_READ)
    return db.session.scalar(select(Unit).where(Unit.code == code, Unit.id.in_(scope)))


def _deadlines() -> Sequence[Deadline]:
    return [deadline for feature in house().features for deadline in feature.deadlines]


def _is_asked(kind: str, code: str, today: date, until: date, narrow: Narrow) -> bool:
    queries = [
        _rows(deadline, today, until, lambda one: and_(one.c.code == code, narrow(one))).limit(1)
        for deadline in _deadlines()
        if deadline.kind == kind
    ]
    return any(db.session.execute(query).first() is not None for query in queries)


def _found(today: date, until: date, narrow: Narrow) -> list[Waiting]:
    """The rows of all deadlines, in one statement."""
    deadlines = _deadlines()
    selects = (_rows(deadline, today, until, narrow).add_columns(literal(place)) for place, deadline in enumerate(deadlines))
    return [Waiting(deadlines[place], *row) for *row, place in db.session.execute(union_all(*selects))]


def _rows(deadline: Deadline, today: date, until: date, narrow: Narrow) -> Select[int, int, str, date, str]:
    one = deadline.select(today, until).subquery()
    return select(one.c.person_id, one.c.unit_id, one.c.code, one.c.due_on, one.c.text).where(narrow(one))


def _by_day(waiting: Waiting) -> tuple[date, str, str]:
    return waiting.due_on, waiting.code, waiting.text or ""
