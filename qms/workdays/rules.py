"""What may be written into the table of special days, and why not: pure functions of days (Labour Code Art. 111, 112)."""

from collections.abc import Sequence
from datetime import date, timedelta

from qms.accounts.permissions import Permission
from qms.kernel.days import SATURDAY, WorkingDays, is_public_working_day, public_year
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, reason_given

PAST_DAYS = 30
"""How far back a day may still be written down: a decision that arrived late, not a change of history."""


def may_edit(top_units: Sequence[int], moment: Moment) -> Refusal | None:
    """The calendar holds for everybody, so whoever changes it holds the permission in the topmost units (5.3)."""
    if not moment.person.may(Permission.WORKDAYS_EDIT, None):
        return Refusal("not_permitted", _l("Your role does not allow changing the calendar."))
    if all(moment.person.may(Permission.WORKDAYS_EDIT, unit_id) for unit_id in top_units):
        return None
    return Refusal("not_permitted", _l("The calendar holds for the whole organisation; your role reaches only a part of it."))


def title_given(title: str) -> Refusal | None:
    """A special day says which one it is."""
    return None if title.strip() else Refusal("title_missing", _l("Say what day it is, such as the name of the festival."))


def decision_named(reason: str) -> Refusal | None:
    """Whoever changes the calendar names the decision (7.5.3)."""
    return reason_given(reason, _l("Name the decision or notice that says so."))


def not_long_past(day: date, today: date) -> Refusal | None:
    """Deadlines were counted over days long past; those are left alone."""
    if day >= today - timedelta(days=PAST_DAYS):
        return None
    return Refusal("long_past", _l("%(day)s lies more than 30 days back and can no longer be changed.", day=_text(day)))


def not_decided_yet(day: date, days: WorkingDays) -> Refusal | None:
    """A day stands in the table once; to change it, it is taken out first."""
    if day not in days.special:
        return None
    return Refusal("known_already", _l("%(day)s stands in the table already; take it out first.", day=_text(day)))


def decided(day: date, days: WorkingDays) -> Refusal | None:
    """Only what stands in the table can be taken out of it."""
    return None if day in days.special else Refusal("unknown", _l("%(day)s does not stand in the table.", day=_text(day)))


def changes_something(day: date, working: bool, days: WorkingDays) -> Refusal | None:
    """A weekend or a public holiday cannot be made free again, nor a working day a working day."""
    if day in days.special or is_public_working_day(day) is not working:
        return None
    if working:
        return Refusal("working_already", _l("%(day)s is a working day already.", day=_text(day)))
    if day in (holidays := public_year(day.year).holidays):
        sentence = _l("%(day)s is free already: %(title)s.", day=_text(day), title=holidays[day])
        return Refusal("free_already", sentence)
    title = _l("Saturday") if day.weekday() == SATURDAY else _l("Sunday")
    return Refusal("free_already", _l("%(day)s is free already: %(title)s.", day=_text(day), title=title))


def new_day(day: date, working: bool, days: WorkingDays, today: date) -> list[Refusal]:
    """Everything that stands in the way of a new line of the table."""
    found = (not_long_past(day, today), not_decided_yet(day, days), changes_something(day, working, days))
    return [refusal for refusal in found if refusal is not None]


def _text(day: date) -> str:
    return day.strftime("%d/%m/%Y")
