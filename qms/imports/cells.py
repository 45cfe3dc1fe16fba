"""One cell: from what it shows to a value of its column's kind, or a sentence that says what is wrong."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from enum import Enum

from flask_babel import get_locale

from qms.imports.grid import NOT_COMPUTED, PICTURE, Fault, Shown
from qms.imports.number_formats import Number, day_of
from qms.kernel.language import LANGUAGES, _, force_locale
from qms.kernel.text import fold, nfc
from qms.sheets.columns import DAY_FROM, DAY_TO, LONGEST_TEXT, Column, GivenRole, Kind
from qms.sheets.problems import quote

SEPARATOR = ";"

_YES = frozenset({"yes", "1", "true", "co", "x", "✓", "✔"})
_NO = frozenset({"no", "0", "false", "khong"})
_ISO_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_VIETNAMESE_DAY = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,12}(?:[.,]\d{1,9})?", re.ASCII)
_LARGEST = 10**12
_PLACES = Decimal("1E-9")
_USERNAME = re.compile(r"[^\s;@:]{1,80}")
# what neither XML nor PostgreSQL can hold, and marks that nobody sees, which copying from web pages and papers leaves behind
_UNSEEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff\ufeff\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069]"
)
_SPACES = re.compile(r"[^\S\n]+")
_SERIAL_DAYS = range(20_000, 73_051)
"""Numbers that may be days of a spreadsheet without their format: from 1954 to 2099."""
_EXACT = 10**15  # Excel keeps 15 digits of a number; of a longer one the last digits are lost


class Unreadable(Exception):
    """The cell does not hold what its column takes; ``wrong`` and, where it is not the column's usual one, ``allowed``."""

    def __init__(self, wrong: str, allowed: str | None = None) -> None:
        super().__init__(wrong)
        self.wrong = wrong
        self.allowed = allowed


def clean(text: str) -> str:
    """Text as it is kept: NFC, trimmed, one space between words, lines ended by a line feed, without marks that nobody sees."""
    if not (text.isascii() and text.isprintable()):
        text = nfc(_UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
        text = _SPACES.sub(" ", text)
    elif "  " in text:
        text = _SPACES.sub(" ", text)
    return text.strip()


def folded(text: str) -> str:
    """A name, title or word for comparison: without case, marks, further spaces, and the star of a required column."""
    return " ".join(fold(clean(text)).split()).removesuffix("*").rstrip()


def text_of(shown: str | float | bool | date) -> str:
    """What the cell shows, as text: a number as its format shows it, a whole one without decimals, a day as 18/09/2026."""
    if isinstance(shown, str):
        return clean(shown)
    if isinstance(shown, Number):
        return clean(shown.text)
    if isinstance(shown, bool):
        return "TRUE" if shown else "FALSE"
    if isinstance(shown, date):
        return shown.strftime("%d/%m/%Y")
    return str(int(shown)) if shown.is_integer() and abs(shown) < _EXACT else f"{shown:.15g}"


def read_cell(column: Column, shown: Shown | None) -> object:
    """The cell's value (types: see ``Kind``); ``column.empty`` for an empty cell; raises ``Unreadable``.

    Whether the column must be filled is the row's question, not asked here.
    """
    if isinstance(shown, Fault):
        raise _faulty(shown)
    if shown is None or is_blank(shown):
        return column.empty
    return _READERS[column.kind](column, shown)


def _faulty(fault: Fault) -> Unreadable:
    if fault == NOT_COMPUTED:
        return Unreadable(
            _("The formula in the cell has no stored result."), _("Open the workbook in Excel, let it calculate, and save it.")
        )
    if fault == PICTURE:
        return Unreadable(_("The cell holds a picture."), _("Type the value, or empty the cell."))
    return Unreadable(_("The cell shows the error %(code)s.", code=quote(fault.code)))


def is_blank(shown: Shown | None) -> bool:
    """Whether the cell is empty or holds nothing but spaces."""
    return shown is None or (isinstance(shown, str) and not clean(shown))


def allowed(column: Column) -> str:
    """What the column takes, in one sentence for the error list and for the template's hints."""
    kind = column.kind
    sentence: str
    if kind is Kind.DAY:
        sentence = _("A day such as 18/9/2026 or 2026-09-18, from %(first)s to %(last)s.", first=DAY_FROM, last=DAY_TO)
    elif kind is Kind.YES_NO:
        sentence = _("One of: có, không, x, yes, no, 1, 0, true, false.")
    elif kind is Kind.CHOICE:
        sentence = _("One of: %(choices)s.", choices=", ".join(_words(column)))
    elif kind is Kind.ROLES:
        sentence = _("role or role@unit_code, separated by semicolons; one of: %(choices)s.", choices=", ".join(_words(column)))
    elif kind is Kind.USERNAME:
        sentence = _("A user name of 1 to 80 characters without spaces, semicolons, @ and :.")
    elif kind in (Kind.WHOLE, Kind.DECIMAL):
        sentence = _allowed_number(column)
    elif kind in (Kind.CODES, Kind.CLAUSES):
        sentence = _("Values separated by semicolons.")
    elif kind is Kind.CODE:
        sentence = _("A code of at most %(count)s characters without semicolons, as text.", count=column.longest)
    else:
        sentence = _("Text of at most %(count)s characters.", count=column.longest)
    return sentence


def yes_and_no() -> tuple[str, str]:
    """The two words in the language of the answer."""
    return _("yes"), _("no")


def value_of(choice: str) -> str:
    """The plain value of a choice, which may be the member of an enumeration."""
    return str(choice.value if isinstance(choice, Enum) else choice)


def _words(column: Column) -> list[str]:
    """What the values of an enumeration are called in the language of the answer."""
    return [str(column.word(choice)) for choice in column.choices]


def chosen(column: Column, word: str) -> str | None:
    """The value that a word of either language means; None for any other word."""
    return word.casefold() if word.casefold() in column.choices else _meanings(column).get(folded(word))


_MEANINGS: dict[tuple[object, ...], dict[str, str]] = {}


def _meanings(column: Column) -> dict[str, str]:
    """Folded words of all languages → value; made once for each enumeration, as a register says a word ten thousand times."""
    known = (column.choices, *column.words, get_locale() is None)
    if known not in _MEANINGS:
        found: dict[str, str] = {}
        for language in LANGUAGES:
            with force_locale(language):
                for choice in column.choices:
                    for word in (column.word(choice), getattr(choice, "title", choice)):
                        found.setdefault(folded(str(word)), value_of(choice))
        _MEANINGS[known] = found
    return _MEANINGS[known]


def _allowed_number(column: Column) -> str:
    whole = column.kind is Kind.WHOLE
    sentence: str
    if column.minimum is not None and column.maximum is not None:
        sentence = (
            _("A whole number from %(first)s to %(last)s.", first=column.minimum, last=column.maximum)
            if whole
            else _("A number from %(first)s to %(last)s.", first=column.minimum, last=column.maximum)
        )
    elif column.minimum is not None:
        sentence = (
            _("A whole number not below %(first)s.", first=column.minimum)
            if whole
            else _("A number not below %(first)s.", first=column.minimum)
        )
    else:
        sentence = _("A whole number.") if whole else _("A number, with a comma or a point before its decimals.")
    return sentence


def _text(column: Column, shown: str | float | bool | date) -> str:
    return _fitting(column, text_of(shown))


def _fitting(column: Column, text: str) -> str:
    if len(text) > min(column.longest, LONGEST_TEXT):
        raise Unreadable(
            _("The text has %(count)s characters.", count=len(text)),
            _("Text of at most %(count)s characters.", count=min(column.longest, LONGEST_TEXT)),
        )
    return text


def _as_typed(shown: str | float | bool | date) -> str:
    if isinstance(shown, date):
        # Excel makes a day of "1-2" or "4/1"; what was typed cannot be told any more
        raise Unreadable(
            _("Excel has made the day %(day)s of it.", day=text_of(shown)), _("Format the cell as text and type the value again.")
        )
    if isinstance(shown, float) and abs(shown) >= _EXACT:
        raise Unreadable(_("Excel keeps only 15 digits of a number."), _("Format the cell as text and type the value again."))
    return text_of(shown)


def _number_as_text(column: Column, shown: str | float | bool | date) -> str:
    return _fitting(column, _as_typed(shown))


def _with_all_digits(shown: str | float | bool | date) -> None:
    """A code is no number: of 1.000080 Excel keeps 1.00008, and nobody can tell how many zeros stood there."""
    if isinstance(shown, float) and not isinstance(shown, Number) and not shown.is_integer():
        raise Unreadable(
            _(
                "Excel keeps the code as the number %(number)s and drops zeros at its end.",
                number=text_of(shown),
            ),
            _("Format the column as text and type the code again."),
        )


def _code(column: Column, shown: str | float | bool | date) -> str:
    _with_all_digits(shown)
    code = _number_as_text(column, shown)
    if SEPARATOR in code:
        raise Unreadable(_('The code "%(value)s" holds a semicolon.', value=quote(code)))
    return code


def _username(column: Column, shown: str | float | bool | date) -> str:
    _with_all_digits(shown)
    name = _number_as_text(column, shown)
    if not _USERNAME.fullmatch(name):
        raise Unreadable(_('"%(value)s" is not a user name.', value=quote(name)))
    return name


def _codes(column: Column, shown: str | float | bool | date) -> tuple[str, ...]:
    _with_all_digits(shown)
    return _items(column, shown)


def _items(column: Column, shown: str | float | bool | date) -> tuple[str, ...]:
    items = dict.fromkeys(part.strip() for part in _as_typed(shown).split(SEPARATOR))
    return tuple(_fitting(column, item) for item in items if item)


def _roles(column: Column, shown: str | float | bool | date) -> tuple[GivenRole, ...]:
    given = []
    for item in _as_typed(shown).split(SEPARATOR):
        if not item.strip():
            continue
        role, _at, unit_code = (part.strip() for part in item.partition("@"))
        known = chosen(column, role)
        if known is None:
            raise Unreadable(_('"%(value)s" is not a role.', value=quote(role)))
        given.append(GivenRole(known, _fitting(column, unit_code) or None))
    return tuple(dict.fromkeys(given))


def _choice(column: Column, shown: str | float | bool | date) -> str:
    word = text_of(shown)
    found = chosen(column, word)
    if found is None:
        raise Unreadable(_('"%(value)s" is not among the allowed values.', value=quote(word)))
    return found


def _yes_no(_column: Column, shown: str | float | bool | date) -> bool:
    if isinstance(shown, bool):
        return shown
    word = fold(text_of(shown))
    if word not in _YES and word not in _NO:
        raise Unreadable(_('"%(value)s" is neither yes nor no.', value=quote(text_of(shown))))
    return word in _YES


def _day(_column: Column, shown: str | float | bool | date) -> date:
    if isinstance(shown, date):
        day = shown
    else:
        text = text_of(shown)
        if match := _ISO_DAY.fullmatch(text):
            year, month, number = (int(part) for part in match.groups())
        elif match := _VIETNAMESE_DAY.fullmatch(text):
            number, month, year = (int(match[group]) for group in (1, 3, 4))
        else:
            raise _no_day(shown, text)
        try:
            day = date(year, month, number)
        except ValueError:
            raise Unreadable(_("The day %(day)s does not exist.", day=quote(text))) from None
    if not DAY_FROM <= day.year <= DAY_TO:
        raise Unreadable(_("The year %(year)s is out of range.", year=day.year))
    return day


def _no_day(shown: str | float | bool, text: str) -> Unreadable:
    serial = int(text) if text.isascii() and text.isdigit() else 0
    if serial in _SERIAL_DAYS and not isinstance(shown, bool):
        day = day_of(serial)
        return Unreadable(
            _("The number %(number)s may be the day %(day)s as Excel keeps it.", number=text, day=f"{day:%d/%m/%Y}"),
            _("Format the cell as a day, and it is taken."),
        )
    return Unreadable(_('"%(value)s" is not a day.', value=quote(text)))


def _decimal(column: Column, shown: str | float | bool | date) -> Decimal:
    text = "" if isinstance(shown, bool | date) else text_of(shown)
    if isinstance(shown, float) and abs(shown) < _LARGEST:
        number = Decimal(f"{shown:.15g}").quantize(_PLACES).normalize()  # 15 digits are what Excel shows
    elif isinstance(shown, str) and _DECIMAL.fullmatch(text):
        number = Decimal(text.replace(",", ".")).normalize()
    else:
        raise Unreadable(_('"%(value)s" is not a number.', value=quote(text_of(shown))))
    too_small = column.minimum is not None and number < column.minimum
    too_large = column.maximum is not None and number > column.maximum
    if too_small or too_large:
        raise Unreadable(_("%(value)s is out of range.", value=quote(text)))
    return number


def _whole(column: Column, shown: str | float | bool | date) -> int:
    number = _decimal(column, shown)
    if number != number.to_integral_value():
        raise Unreadable(_("%(value)s is not a whole number.", value=text_of(shown)))
    return int(number)


_READERS: dict[Kind, Callable[[Column, str | float | bool | date], object]] = {
    Kind.TEXT: _text,
    Kind.CODE: _code,
    Kind.NUMBER: _number_as_text,
    Kind.DAY: _day,
    Kind.YES_NO: _yes_no,
    Kind.WHOLE: _whole,
    Kind.DECIMAL: _decimal,
    Kind.CHOICE: _choice,
    Kind.CODES: _codes,
    Kind.CLAUSE: _number_as_text,
    Kind.CLAUSES: _items,
    Kind.USERNAME: _username,
    Kind.ROLES: _roles,
}
