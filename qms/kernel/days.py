"""Local days and months: the law counts days in Asia/Ho_Chi_Minh, not instants."""

import calendar
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import holidays

LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


def local_day(instant: datetime) -> date:
    """The calendar day in Vietnam of an aware instant."""
    return instant.astimezone(LOCAL).date()


def end_of_day(day: date) -> datetime:
    """The first instant after a local day, in UTC."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), LOCAL).astimezone(UTC)


def add_months(day: date, months: int) -> date:
    """The same day some months later (or earlier), clamped to the last day of a shorter month (31/8 - 6 → 28/2)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


@cache
def _holidays() -> holidays.HolidayBase:
    return holidays.country_holidays("VN")


def is_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday (Labour Code Art. 112; Tết by the lunar calendar)."""
    return day.weekday() < 5 and day not in _holidays()


def add_working_days(day: date, count: int) -> date:
    """The day that lies ``count`` working days after ``day``; the day itself is not counted (Civil Code Art. 147)."""
    while count > 0:
        day += timedelta(days=1)
        count -= is_working_day(day)
    return day


LATE_AFTER_DAYS = 30


def entered_late(day: date | None, entered_on: date) -> bool:
    """Whether a dated fact was entered more than 30 days after its day (the "entered late" of the evaluation)."""
    return day is not None and entered_on > day + timedelta(days=LATE_AFTER_DAYS)
