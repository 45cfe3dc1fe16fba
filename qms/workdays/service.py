"""Changing the table of special days. No stored deadline moves: each was counted on the day it was written."""

from datetime import date

from qms.kernel.days import WorkingDays
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.text import nfc
from qms.trail.service import record
from qms.workdays import rules
from qms.workdays.models import SpecialDay
from qms.workdays.official_list import by_line, read_list
from qms.workdays.queries import KIND, calendar, forget_calendar, special_day, top_units


def add_day(day: date, working: bool, title: str, reason: str, moment: Moment) -> None:
    """A day that is free here though it is a working day, or worked though it is free.

    Raises ``Refused``: not_permitted, title_missing, reason_missing, long_past, known_already, free_already, working_already.
    """
    refuse_if(*_asked(reason, moment), rules.title_given(title), *rules.new_day(day, working, calendar(), moment.today))
    _add(day, working, title, "add_day", reason, moment)


def swap(free_on: date, worked_on: date, title: str, reason: str, moment: Moment) -> None:
    """One day is free and another one is worked for it: two lines of the table in one step.

    Raises ``Refused`` as ``add_day`` does, for both days at once.
    """
    refuse_if(
        *_asked(reason, moment),
        rules.title_given(title),
        *rules.new_day(free_on, False, calendar(), moment.today),
        *rules.new_day(worked_on, True, calendar(), moment.today),
    )
    _add(free_on, False, title, "swap", reason, moment, worked_on)
    _add(worked_on, True, title, "swap", reason, moment, free_on)


def take_list(text: str, reason: str, moment: Moment) -> int:
    """Every line of a pasted list, or none of it; answers how many days were added.

    Raises ``Refused`` with everything that is wrong, each reason with the number of its line.
    """
    lines, problems = read_list(text)
    known = dict(calendar().special)
    for line in lines:
        found = rules.new_day(line.day, line.working, WorkingDays(known), moment.today)
        problems += [(line.number, refusal) for refusal in found]
        known.setdefault(line.day, line.working)
    refuse_if(*_asked(reason, moment), *by_line(problems))
    for line in lines:
        _add(line.day, line.working, line.title, "take_list", reason, moment)
    return len(lines)


def remove_day(day: date, reason: str, moment: Moment) -> None:
    """Takes a day out of the table; it is again what it is nationwide. Raises ``Refused``: unknown, long_past and others."""
    refuse_if(*_asked(reason, moment), rules.decided(day, calendar()), rules.not_long_past(day, moment.today))
    row = special_day(day)
    assert row is not None
    changes = {"working": [row.working, None], "title": [row.title, None]}
    db.session.delete(row)
    forget_calendar()
    record(moment, KIND, day.isoformat(), "remove_day", unit_id=_unit_id(), changes=changes, reason=nfc(reason).strip())


def _asked(reason: str, moment: Moment) -> list[Refusal | None]:
    return [rules.may_edit(top_units(), moment), rules.decision_named(reason)]


def _add(day: date, working: bool, title: str, deed: str, reason: str, moment: Moment, exchanged_for: date | None = None) -> None:
    title = nfc(title).strip()
    db.session.add(SpecialDay(day=day, working=working, title=title, decided_by_id=moment.person.person_id))
    db.session.flush()
    forget_calendar()
    changes: dict[str, list[object]] = {"working": [None, working], "title": [None, title]}
    if exchanged_for is not None:
        changes["exchanged_for"] = [None, exchanged_for.isoformat()]
    record(moment, KIND, day.isoformat(), deed, unit_id=_unit_id(), changes=changes, reason=nfc(reason).strip())


def _unit_id() -> int | None:
    return next(iter(top_units()), None)
