"""Days as people type them: several ways, one meaning; what could be two days is asked back."""

from datetime import date

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from qms.kernel.forms import DayField, Form
from qms.kernel.typed_days import DayUnclear, day_or_none, read_day


class OneDay(Form):
    """A form of one day."""

    day = DayField("Ngày")


@pytest.mark.parametrize("typed", ["15/12/2026", "15.12.2026", "15-12-2026", "15122026", "2026-12-15", " 15/12/2026 "])
def test_a_day_may_be_typed_in_every_usual_way(typed: str) -> None:
    assert read_day(typed) == date(2026, 12, 15)


def test_single_digits_need_no_zero() -> None:
    assert read_day("5/1/2026") == date(2026, 1, 5)


@pytest.mark.parametrize("typed", ["15/12/26", "15.12.26", "151226"])
def test_a_year_of_two_digits_is_asked_back_with_the_day_that_may_be_meant(app: Flask, typed: str) -> None:
    with app.test_request_context(), pytest.raises(DayUnclear) as unclear:
        read_day(typed)
    assert "15/12/2026" in str(unclear.value.sentence)


@pytest.mark.parametrize(
    "typed",
    ["31/02/2026", "15/13/2026", "15/12.2026", "12", "hôm nay", "0001-01-01", "15/12/1989", "01/01/2101", "31022026"],
)
def test_what_is_no_day_of_this_time_is_refused(typed: str) -> None:
    with pytest.raises(DayUnclear):
        read_day(typed)
    assert day_or_none(typed) is None


def test_the_form_says_the_bounds_and_shows_the_day_as_it_is_written_here(app: Flask) -> None:
    with app.test_request_context():
        wrong = OneDay(MultiDict({"day": "0001-01-01"}), meta={"csrf": False})
        assert not wrong.validate()
        assert "01/01/1990" in str(wrong.day.errors[0]) and "31/12/2100" in str(wrong.day.errors[0])
        right = OneDay(MultiDict({"day": "15.12.2026"}), meta={"csrf": False})
        assert right.validate() and right.day.data == date(2026, 12, 15)
        shown = str(OneDay(data={"day": date(2026, 12, 15)}, meta={"csrf": False}).day())
    assert 'value="15/12/2026"' in shown and "data-day=" in shown and "ngày/tháng/năm" in shown
