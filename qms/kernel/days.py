"""Local days and months: the law counts days in Asia/Ho_Chi_Minh, not instants."""

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from qms.kernel.later import later

if TYPE_CHECKING:
    import holidays
else:
    holidays = later("holidays")


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


SATURDAY = 5


@dataclass(frozen=True)
class PublicYear:
    """What is known nationwide of a year: its public holidays by name, and the weekend days worked in exchange."""

    holidays: Mapping[date, str]
    worked: frozenset[date]


@cache
def public_year(year: int, language: str = "vi") -> PublicYear:
    """The public holidays of Vietnam (Labour Code Art. 112; Tết by the lunar calendar) as the ``holidays`` package knows them.

    Swaps decided later than the package was made are missing here; the table of special days brings them. Each year is
    made whole before anybody sees it, because the package fills its own years while others read them.
    """
    found = holidays.country_holidays("VN", years=year, language="en_US" if language == "en" else "vi")
    worked = frozenset(day for day in found.weekend_workdays if day.year == year)
    return PublicYear({day: found[day] for day in sorted(found)}, worked)


def is_public_working_day(day: date) -> bool:
    """Monday to Friday and no public holiday, or a weekend day that is worked in exchange nationwide."""
    year = public_year(day.year)
    return day in year.worked if day.weekday() >= SATURDAY else day not in year.holidays


@dataclass(frozen=True)
class WorkingDays:
    """The calendar of the office: what holds nationwide, and the days that differ here (day → worked or free)."""

    special: Mapping[date, bool] = field(default_factory=dict)

    def is_working_day(self, day: date) -> bool:
        """Whether the office works on that day."""
        decided = self.special.get(day)
        return is_public_working_day(day) if decided is None else decided

    def add_working_days(self, day: date, count: int) -> date:
        """The day ``count`` working days after ``day``, which is not counted (Civil Code Art. 147); before it when negative."""
        step = timedelta(days=1 if count >= 0 else -1)
        left = abs(count)
        while left > 0:
            day += step
            left -= self.is_working_day(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """How many working days lie after ``first`` up to and including ``last``; negative when ``last`` comes before."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(self.is_working_day(first + timedelta(days=ahead)) for ahead in range(1, (last - first).days + 1))


LATE_AFTER_DAYS = 30


def entered_late(day: date | None, entered_on: date) -> bool:
    """Whether a dated fact was entered more than 30 days after its day (the "entered late" of the evaluation)."""
    return day is not None and entered_on > day + timedelta(days=LATE_AFTER_DAYS)
