"""Days of the demo office: things happen, and are due, when an office works."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from qms.kernel.days import is_public_working_day

Row = Mapping[str, object]


def on_a_working_day(day: date, today: date) -> date:
    """The day itself, or the nearest working day: before it for what has happened, after it for what lies ahead.

    Two days never change their order by it, though they may become one.
    """
    step = timedelta(days=1 if day > today else -1)
    while not is_public_working_day(day):
        day += step
    return day


def on_working_days(sheets: Mapping[str, Sequence[Row]], today: date) -> dict[str, list[dict[str, object]]]:
    """All rows with each of their days on a working day."""
    return {
        name: [
            {key: on_a_working_day(value, today) if isinstance(value, date) else value for key, value in row.items()}
            for row in rows
        ]
        for name, rows in sheets.items()
    }
