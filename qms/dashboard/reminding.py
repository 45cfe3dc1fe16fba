"""Reminding whoever owes something: those people are told at once, once a day for a thing, and the record's story says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from qms.accounts.models import Person
from qms.kernel.db import db
from qms.kernel.feature import WorkItem, house
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.notices.models import Reminder
from qms.notices.sentences import OVERDUE, SOON, brief
from qms.notices.service import notify
from qms.trail.models import TrailEntry
from qms.trail.service import record

REMINDED = "work_reminded"
DEED = "remind"

NOTICES = {REMINDED: _l("%(who)s reminds you of %(code)s: %(what)s")}
"""What people are told by a reminder."""

NOBODY_OWES = Refusal("nobody_owes", _l("This does not wait for anybody else any more."))
REMINDED_TODAY = Refusal("reminded_today", _l("Reminded today already; the next reminder may be sent tomorrow."))


def owed_by_others(item: WorkItem, moment: Moment) -> bool:
    """Whether somebody else owes the thing, and a record stands behind it."""
    return bool(item.kind and item.code and _others(item, moment))


@dataclass(frozen=True)
class Owed:
    """A thing that somebody else owes, with its record."""

    kind: str
    code: str
    item: WorkItem


def owed(kind: str, code: str, moment: Moment) -> Owed:
    """The thing as it stands in one's own lists, which keep to the scope: of nothing else anybody is reminded.

    The feature whose kind of record it is asks several tables for it, so before ``writing()``. Raises ``Refused`` when it waits
    for nobody else.
    """
    for feature in house().features:
        if feature.work is not None and any(one.kind == kind for one in feature.records):
            item = feature.work.owed(kind, code, moment)
            if item is not None and owed_by_others(item, moment):
                return Owed(kind, code, item)
    raise Refused([NOBODY_OWES])


def remind(thing: Owed, moment: Moment) -> int:
    """Tells everybody else who owes the thing; answers how many.

    Raises ``Refused`` when it was reminded of today, by whomever. Of two people who remind at once the ledger takes one.
    """
    kind, code, item = thing.kind, thing.code, thing.item
    refuse_if(REMINDED_TODAY if (kind, code) in reminded_on(moment.today, [item]) else None)
    others = _others(item, moment)
    told = select(Person).where(Person.id.in_([moment.person.person_id, *others]))
    people: dict[int | None, Person] = {person.id: person for person in db.session.scalars(told)}
    asking = people[moment.person.person_id]
    overdue = item.due_on is not None and item.due_on < moment.today
    values = {"who": asking.full_name, "code": code, "what": brief(item.title)}
    for person_id in others:
        notify(person_id, REMINDED, kind, code, moment, values=values, due_on=item.due_on, urgent=True)
        db.session.add(
            Reminder(
                person_id=person_id,
                name=REMINDED,
                kind=kind,
                code=code,
                due_on=moment.today,  # unique for a day: that of the reminder, not that of the thing
                stage=OVERDUE if overdue else SOON,
                told_at=moment.instant,
            )
        )
    record(moment, kind, code, DEED, unit_id=_unit_of(kind, code))
    return len(others)


def reminded_on(day: date, items: Sequence[WorkItem]) -> set[tuple[str, str]]:
    """Which of the things somebody was reminded of on a day, as (kind, code)."""
    owing = {person_id for item in items for person_id in item.owed_ids}
    query = select(Reminder.kind, Reminder.code).where(
        Reminder.person_id.in_(owing), Reminder.name == REMINDED, Reminder.due_on == day
    )
    return {(kind, code) for kind, code in db.session.execute(query)} if owing else set()


def _others(item: WorkItem, moment: Moment) -> list[int]:
    return sorted(set(item.owed_ids) - {moment.person.person_id})


def _unit_of(kind: str, code: str) -> int | None:
    """The unit of the record, from its own story."""
    query = select(TrailEntry.unit_id).where(TrailEntry.kind == kind, TrailEntry.code == code, TrailEntry.unit_id.is_not(None))
    return db.session.scalar(query.order_by(TrailEntry.id.desc()).limit(1))
