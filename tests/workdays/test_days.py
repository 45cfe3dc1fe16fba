"""Counting working days: weekends, Tết, swapped days, the ends of months."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.kernel.days import WorkingDays, is_public_working_day, public_year

PLAIN = WorkingDays()
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
CALENDARS = st.dictionaries(DAYS, st.booleans(), max_size=40).map(WorkingDays)


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 11, 23), True),  # a Monday
        (date(2026, 11, 24), False),  # the day of Vietnamese culture, free since 2026
        (date(2026, 11, 28), False),  # a Saturday
        (date(2026, 8, 31), False),  # swapped nationwide for the Saturday below
        (date(2026, 8, 22), True),
        (date(2026, 4, 27), False),  # the day of the Hùng kings fell on a Sunday
        (date(2027, 1, 1), False),
    ],
)
def test_what_holds_nationwide(day: date, works: bool) -> None:
    assert is_public_working_day(day) is works
    assert PLAIN.is_working_day(day) is works


@pytest.mark.parametrize(
    ("start", "count", "expected"),
    [
        # Tết 2027: free from Thursday 4/2 to Wednesday 10/2
        (date(2027, 2, 3), 1, date(2027, 2, 11)),
        (date(2027, 1, 29), 5, date(2027, 2, 12)),
        # Tết 2028: free from Monday 24/1 to Friday 28/1, with both weekends nine days in a row
        (date(2028, 1, 21), 1, date(2028, 1, 31)),
        (date(2028, 1, 20), 10, date(2028, 2, 10)),
        # over the ends of months and years
        (date(2026, 12, 30), 2, date(2027, 1, 4)),
        (date(2027, 2, 26), 1, date(2027, 3, 1)),
        (date(2028, 2, 28), 2, date(2028, 3, 1)),
        (date(2027, 4, 29), 1, date(2027, 5, 4)),  # 30/4, 1/5 and the Monday for the Saturday
        (date(2026, 11, 25), 0, date(2026, 11, 25)),
        (date(2027, 2, 11), -1, date(2027, 2, 3)),
    ],
)
def test_days_are_counted_from_the_day_after(start: date, count: int, expected: date) -> None:
    assert PLAIN.add_working_days(start, count) == expected


def test_the_table_has_the_last_word() -> None:
    swapped = WorkingDays({date(2027, 2, 11): False, date(2027, 2, 27): True})
    assert swapped.add_working_days(date(2027, 2, 3), 1) == date(2027, 2, 12)
    assert swapped.add_working_days(date(2027, 2, 26), 1) == date(2027, 2, 27)
    assert WorkingDays({date(2027, 2, 6): True}).is_working_day(date(2027, 2, 6)), "even Tết can be worked by decision"


@given(CALENDARS, DAYS, st.integers(-60, 60))
def test_adding_and_counting_agree(days: WorkingDays, start: date, count: int) -> None:
    reached = days.add_working_days(start, count)
    assert days.working_days_between(start, reached) == (count if count >= 0 or days.is_working_day(start) else count + 1)
    assert count == 0 or days.is_working_day(reached)


@given(CALENDARS, DAYS, st.integers(0, 60))
def test_a_day_made_free_never_brings_a_deadline_nearer(days: WorkingDays, start: date, count: int) -> None:
    before = days.add_working_days(start, count)
    freed = WorkingDays({**days.special, start + timedelta(days=3): False})
    assert freed.add_working_days(start, count) >= before


def test_the_names_are_vietnamese_unless_english_is_asked_for() -> None:
    assert public_year(2027).holidays[date(2027, 2, 6)] == "Tết Nguyên Đán"
    assert public_year(2027, "en").holidays[date(2027, 2, 6)] == "Lunar New Year"
