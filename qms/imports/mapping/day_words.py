"""What stands in a column of days and is no day: a month, a quarter or a year alone, or a note.

Each is asked once and no day is made up, as clause 7.5.3 has records stay what they were: the day of "tháng 9/2026" is the
first or the last of that month only where somebody says so.
"""

import calendar
import re
from collections.abc import Iterable, Sequence
from datetime import date

from qms.imports.cells import folded
from qms.kernel.language import _
from qms.sheets.columns import DAY_FROM, DAY_TO

_MONTH = re.compile(r"(?:thang |t)?(\d{1,2}) ?(?:[/.-]|nam) ?(\d{4})", re.ASCII)
_QUARTER = re.compile(r"quy (iv|i{1,3}|[1-4]) ?(?:[/.-]|nam)? ?(\d{4})", re.ASCII)
_YEAR = re.compile(r"(?:trong )?(?:nam )?(\d{4})", re.ASCII)
_WHOLE_DAY = re.compile(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", re.ASCII)
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_NO_DAY_YET = frozenset(
    {"-", "--", "–", "—", "/", "khong", "khong co", "khong ap dung", "n/a", "chua", "chua co", "chua xong", "chua dong"}
    | {"chua hoan thanh", "chua thuc hien", "dang lam", "dang thuc hien", "dang khac phuc", "dang xu ly", "dang mo"}
)
"""Notes that say there is no day (yet): proposed as an empty cell."""


def period_of(text: str) -> tuple[date, date] | None:
    """The first and the last day of the month, quarter or year that a text names; None where it names none."""
    word = folded(text)
    if match := _MONTH.fullmatch(word):
        return _months(int(match[2]), int(match[1]), int(match[1]))
    if match := _QUARTER.fullmatch(word):
        quarter = _ROMAN.get(match[1]) or int(match[1])
        return _months(int(match[2]), 3 * quarter - 2, 3 * quarter)
    if match := _YEAR.fullmatch(word):
        return _months(int(match[1]), 1, 12)
    return None


def is_mistyped_day(text: str) -> bool:
    """Whether it is meant as one whole day ("31/4/2026", "18/9/26"): to be mended in its cell, not to be given a meaning."""
    return _WHOLE_DAY.fullmatch(folded(text)) is not None


def proposed_meaning(text: str) -> str | None:
    """Empty for a note that there is no day yet; nothing is proposed for a month, as either day of it would be made up."""
    return "" if folded(text) in _NO_DAY_YET else None


def day_choices(texts: Iterable[str]) -> Sequence[tuple[str, str]]:
    """The first and the last day of every period among the texts, in the order of time."""
    found: dict[date, str] = {}
    for first, last in sorted({period for text in texts if (period := period_of(text)) is not None}):
        found.setdefault(first, _("%(day)s (first day)", day=f"{first:%d/%m/%Y}"))
        found.setdefault(last, _("%(day)s (last day)", day=f"{last:%d/%m/%Y}"))
    return [(f"{day:%Y-%m-%d}", found[day]) for day in sorted(found)]


def _months(year: int, first: int, last: int) -> tuple[date, date] | None:
    if not (DAY_FROM <= year <= DAY_TO and 1 <= first <= last <= 12):
        return None
    return date(year, first, 1), date(year, last, calendar.monthrange(year, last)[1])
