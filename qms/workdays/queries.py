"""The calendar of the office, and a year of it for the page."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from qms.kernel.days import WorkingDays, public_year
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from qms.workdays.models import SpecialDay

KIND = "workday"
NEW_YEAR = "Tết Nguyên Đán"
"""How the ``holidays`` package names the first day of the lunar year."""
LAST_DEEDS = 20
_CALENDAR = "qms_calendar"


class DayKind(State):
    """Why a day is named on the page of a year."""

    PUBLIC = "public", _l("Public holiday"), Tone.NEUTRAL, "calendar"
    FREE = "free", _l("Free by decision"), Tone.ATTENTION, "calendar-event"
    WORKED = "worked", _l("Worked in exchange"), Tone.ACCENT, "briefcase"


@dataclass(frozen=True)
class NamedDay:
    """A day of the year that is no ordinary one; ``decided`` when it stands in the table, so that it can be taken out."""

    day: date
    kind: DayKind
    title: str
    decided: bool


@dataclass(frozen=True)
class NewYear:
    """The free days around the first day of the lunar year, in one piece."""

    first: date
    last: date
    lunar: date

    @property
    def days(self) -> int:
        """How many days in a row are free."""
        return (self.last - self.first).days + 1


def calendar() -> WorkingDays:
    """The calendar with the table as it stands; read once in a transaction, and anew in the next one."""
    session = db.session()
    known = session.info.get(_CALENDAR)
    if known is not None and known[0] is session.get_transaction():
        found: WorkingDays = known[1]
        return found
    found = WorkingDays(dict(session.execute(select(SpecialDay.day, SpecialDay.working)).all()))
    session.info[_CALENDAR] = (session.get_transaction(), found)
    return found


def forget_calendar() -> None:
    """To be called by whoever changes the table, so that the same transaction sees it."""
    db.session().info.pop(_CALENDAR, None)


def top_units() -> Sequence[int]:
    """The units above which there is none; the calendar holds for all of them and everything below."""
    return db.session.scalars(select(Unit.id).where(Unit.parent_id.is_(None)).order_by(Unit.id)).all()


def special_day(day: date) -> SpecialDay | None:
    """What the table says of a day."""
    return db.session.get(SpecialDay, day)


def named_days(year: int, language: str) -> list[NamedDay]:
    """Public holidays, days worked nationwide in exchange, and what the table says, by day; the table has the last word."""
    known = public_year(year, language)
    found = {day: NamedDay(day, DayKind.PUBLIC, title, False) for day, title in known.holidays.items()}
    found |= {day: NamedDay(day, DayKind.WORKED, str(_l("Worked nationwide in exchange")), False) for day in known.worked}
    rows = db.session.scalars(select(SpecialDay).where(SpecialDay.day.between(date(year, 1, 1), date(year, 12, 31))))
    found |= {row.day: NamedDay(row.day, DayKind.WORKED if row.working else DayKind.FREE, row.title, True) for row in rows}
    return sorted(found.values(), key=lambda named: named.day)


def next_new_year(today: date, days: WorkingDays) -> NewYear:
    """The Tết that comes, or the one that is under way."""
    for year in (today.year, today.year + 1):
        lunar = next(day for day, title in public_year(year).holidays.items() if title == NEW_YEAR)
        first, last = lunar, lunar
        while not days.is_working_day(first - timedelta(days=1)):
            first -= timedelta(days=1)
        while not days.is_working_day(last + timedelta(days=1)):
            last += timedelta(days=1)
        if last >= today:
            break
    return NewYear(first, last, lunar)


def months(year: int) -> Iterator[list[list[date | None]]]:
    """The twelve months as weeks from Monday to Sunday; None where a week belongs to the neighbour."""
    for month in range(1, 13):
        day, weeks = date(year, month, 1), list[list[date | None]]()
        week: list[date | None] = [None] * day.weekday()
        while day.month == month:
            week.append(day)
            if len(week) == 7:
                weeks.append(week)
                week = []
            day += timedelta(days=1)
        yield [*weeks, week + [None] * (7 - len(week))] if week else weeks


def last_deeds() -> Sequence[TrailEntry]:
    """What was last changed in the table, newest first."""
    return db.session.scalars(
        select(TrailEntry).where(TrailEntry.kind == KIND).order_by(TrailEntry.id.desc()).limit(LAST_DEEDS)
    ).all()
