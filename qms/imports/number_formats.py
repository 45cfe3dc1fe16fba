"""What a number format makes of a number: a day, a span of time, or the text that the cell shows (ECMA-376 Part 1, 18.8.30).

Codes are often numbers that only their format makes codes: 7 shown by ``"QT-"00`` as QT-07, 1.00008 by ``0.000000`` as 1.000080.
Rendered are the formats that show every digit the number has; all others (groups of thousands, percent, fractions, conditions)
leave the number as it is, because what they show is not what was typed.
"""

import math
import re
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from qms.kernel.later import later

if TYPE_CHECKING:
    from openpyxl.styles import numbers
    from openpyxl.utils import datetime as instants
else:
    numbers = later("openpyxl.styles.numbers")
    instants = later("openpyxl.utils.datetime")

_TOKEN = re.compile(r'"([^"]*)"|\\(.)|(\[[^\]]*\])|[_*].|([0#.])|(.)', re.DOTALL)
_PLAIN = frozenset(" -+():!^&'~{}<>=$–—")
"""What stands in a format without quotes and is shown as it is."""
_LAST_SERIAL = 2_958_466  # 31/12/9999, the last day that Excel and Python know
_PHANTOM = 60  # Excel's 29/02/1900, a day that never was


class Number(float):
    """A number that its format shows as another text than the number itself."""

    text: str

    def __new__(cls, value: float, text: str) -> "Number":
        """The number with what the cell shows."""
        made = super().__new__(cls, value)
        made.text = text
        return made


class NumberFormat:
    """One number format of a workbook whose days begin at ``epoch``."""

    def __init__(self, code: str, epoch: datetime) -> None:
        self._epoch = epoch
        self._span = numbers.is_timedelta_format(code)
        self._day = numbers.is_date_format(code)
        self._parts = None if self._day else _parts(code.split(";", 1)[0])

    def show(self, number: float) -> float | str | date:
        """The day, the span or time as text, the number with the text that it shows, or the number."""
        if not self._day or not 0 <= number < _LAST_SERIAL:
            text = None if self._parts is None else _filled(self._parts, number)
            return number if text is None else Number(number, text)
        if self._span or number < 1:
            minutes = round(number * 24 * 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        return day_of(number, self._epoch) or "29/02/1900"


def day_of(serial: float, epoch: datetime | None = None) -> date | None:
    """The day that a spreadsheet keeps as this number; None for the day in 1900 that never was. ``epoch``: that of Windows."""
    epoch = epoch or instants.WINDOWS_EPOCH
    if epoch == instants.WINDOWS_EPOCH and math.floor(serial) == _PHANTOM:
        return None
    moment = instants.from_excel(math.floor(serial), epoch)
    assert isinstance(moment, datetime)
    return moment.date()


def _parts(section: str) -> list[str] | None:
    """The section of a format in pieces: "0", "#" and "." as they are, literal text behind an apostrophe; None: not rendered."""
    pieces: list[str] = []
    for literal, escaped, bracket, digit, other in _TOKEN.findall(section):
        if bracket[1:2] in ("<", ">", "=") or (other and other not in _PLAIN) or (digit == "." and "." in pieces):
            return None
        if digit:
            pieces.append(digit)
        elif literal or escaped or other:
            pieces.append("'" + literal + escaped + other)
    if "0" not in pieces or pieces == ["0"]:
        return None  # the format "0" shows what any number shows
    return pieces


def _filled(pieces: list[str], number: float) -> str | None:
    """The text, when the format shows all digits of the number; whole ones fill the places from the right."""
    point = pieces.index(".") if "." in pieces else len(pieces)
    before, behind = pieces[:point], pieces[point:]
    places = sum(one in "0#" for one in behind)
    exact = Decimal(f"{number:.15g}")  # 15 digits are what a spreadsheet keeps
    if exact.is_signed() or exact != round(exact, places):
        return None
    whole, _point, fraction = f"{exact:.{places}f}".partition(".")
    left, room = list(whole.lstrip("0")), sum(one in "0#" for one in before)
    shown: list[str] = []
    for piece in reversed(before):
        if piece not in "0#":
            shown.insert(0, piece[1:])
            continue
        room -= 1
        digits = left[-1:] if room else left[:]  # the leftmost place takes all that are left
        del left[len(left) - len(digits) :]
        shown.insert(0, "".join(digits) or ("0" if piece == "0" else ""))
    rest, last = iter(fraction), len(fraction.rstrip("0"))
    for place, piece in enumerate(behind):
        if piece == ".":
            shown.append(".")
        elif piece in "0#":
            digit = next(rest)
            shown.append(digit if piece == "0" or place <= last else "")
        else:
            shown.append(piece[1:])
    return "".join(shown)
