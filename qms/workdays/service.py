"""Changing the table of special days. No stored deadline moves: each was counted on the day it was written."""

from collections.abc import Mapping, Sequence
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
    units = top_units()
    refuse_if(*_asked(units, reason, moment), rules.title_given(title), *rules.new_day(day, working, calendar(), moment.today))
    _add(units, [(day, working, title)], "add_day", reason, moment)


def swap(free_on: date, worked_on: date, title: str, reason: str, moment: Moment) -> None:
    """One day is free and another one is worked for it: two lines of the table in one step.

    Raises ``Refused`` as ``add_day`` does, for both days at once.
    """
    units = top_units()
    refuse_if(
        *_asked(units, reason, moment),
        rules.title_given(title),
        *rules.new_day(free_on, False, calendar(), moment.today),
        *rules.new_day(worked_on, True, calendar(), moment.today),
    )
    days = [(free_on, False, title), (worked_on, True, title)]
    _add(units, days, "swap", reason, moment, {free_on: worked_on, worked_on: free_on})


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
    units = top_units()
    refuse_if(*_asked(units, reason, moment), *by_line(problems))
    _add(units, [(line.day, line.working, line.title) for line in lines], "take_list", reason, moment)
    return len(lines)


def remove_day(day: date, reason: str, moment: Moment) -> None:
    """Takes a day out of the table; it is again what it is nationwide. Raises ``Refused``: unknown, long_past and others."""
    units = top_units()
    refuse_if(*_asked(units, reason, moment), rules.decided(day, calendar()), rules.not_long_past(day, moment.today))
    row = special_day(day)
    assert row is not None
    changes = {"working": [row.working, None], "title": [row.title, None]}
    db.session.delete(row)
    forget_calendar()
    record(moment, KIND, day.isoformat(), "remove_day", unit_id=_first(units), changes=changes, reason=nfc(reason).strip())


def _asked(units: Sequence[int], reason: str, moment: Moment) -> list[Refusal | None]:
    return [rules.may_edit(units, moment), rules.decision_named(reason)]


def _add(
    units: Sequence[int],
    days: Sequence[tuple[date, bool, str]],
    deed: str,
    reason: str,
    moment: Moment,
    exchanged_for: Mapping[date, date] | None = None,
) -> None:
    """Lines of the table (day, whether it is worked, title), each with its own deed in the trail; together to the database."""
    for day, working, given in days:
        title = nfc(given).strip()
        db.session.add(SpecialDay(day=day, working=working, title=title, decided_by_id=moment.person.person_id))
        changes: dict[str, list[object]] = {"working": [None, working], "title": [None, title]}
        if exchanged_for is not None:
            changes["exchanged_for"] = [None, exchanged_for[day].isoformat()]
        record(moment, KIND, day.isoformat(), deed, unit_id=_first(units), changes=changes, reason=nfc(reason).strip())
    db.session.flush()
    forget_calendar()


def _first(units: Sequence[int]) -> int | None:
    return next(iter(units), None)
