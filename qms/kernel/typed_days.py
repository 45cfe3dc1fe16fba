"""Days as people write them: read in one place, bounded in one place, and asked back when they can be meant in two ways."""

import re
from datetime import date

from flask_babel import LazyString

from qms.kernel.language import _l

FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)
"""Days outside this span are typing errors: nothing that is written down here happened before or is planned after."""

_WRITTEN = re.compile(r"(\d{1,2})([/.\-])(\d{1,2})\2(\d{4})")
_TOGETHER = re.compile(r"(\d{2})(\d{2})(\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_SHORT_YEAR = re.compile(r"(\d{1,2})([/.\-]?)(\d{1,2})\2(\d{2})")
_THIS_CENTURY = 2000


class DayUnclear(ValueError):
    """What was typed is no day, or could be several; the sentence says what to write."""

    def __init__(self, sentence: LazyString) -> None:
        super().__init__(sentence)
        self.sentence = sentence


def read_day(text: str) -> date:
    """15/12/2026, 15.12.2026, 15-12-2026, 15122026, or 2026-12-15 as programs write it.

    Raises ``DayUnclear``: no existing day, a year of two digits (it is asked back and never guessed), outside the span.
    """
    typed = text.strip()
    if found := _WRITTEN.fullmatch(typed):
        return _bounded(int(found[4]), int(found[3]), int(found[1]))
    if found := _ISO.fullmatch(typed):
        return _bounded(int(found[1]), int(found[2]), int(found[3]))
    if found := _TOGETHER.fullmatch(typed):
        return _bounded(int(found[3]), int(found[2]), int(found[1]))
    if found := _SHORT_YEAR.fullmatch(typed):
        meant = _bounded(_THIS_CENTURY + int(found[4]), int(found[3]), int(found[1]))
        day = meant.strftime("%d/%m/%Y")
        raise DayUnclear(_l("Do you mean %(day)s? Write the year with four digits.", day=day))
    raise DayUnclear(_l("Write an existing day as dd/mm/yyyy, such as 15/12/2026."))


def day_or_none(text: str) -> date | None:
    """The same for filters of an address: None for what cannot be read, which narrows nothing."""
    try:
        return read_day(text)
    except DayUnclear:
        return None


def _bounded(year: int, month: int, day: int) -> date:
    try:
        read = date(year, month, day)
    except ValueError as error:
        raise DayUnclear(_l("Write an existing day as dd/mm/yyyy, such as 15/12/2026.")) from error
    if not FIRST_DAY <= read <= LAST_DAY:
        sentence = _l(
            "Write a day between %(first)s and %(last)s.",
            first=FIRST_DAY.strftime("%d/%m/%Y"),
            last=LAST_DAY.strftime("%d/%m/%Y"),
        )
        raise DayUnclear(sentence)
    return read
