"""The cells of a workbook as they show: text, number, yes or no, day, or a fault.

Written here rather than taken from a library because a register must not lose a cell in silence: python-calamine gives an
empty text for error cells and for formulas without a stored result and drops the format that makes 1 show as 01; openpyxl
tells them apart only when the file is loaded twice, at some 25 µs a cell.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from qms.imports.package import Attributes, Package, reading
from qms.kernel.later import later

if TYPE_CHECKING:
    from openpyxl.styles import numbers
    from openpyxl.utils import datetime as instants
else:
    numbers = later("openpyxl.styles.numbers")
    instants = later("openpyxl.utils.datetime")

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_ZEROS = re.compile(r"0{2,}")
_LAST_SERIAL = 2_958_466  # 31/12/9999, the last day that Excel and Python know
_PHANTOM = 60  # Excel's 29/02/1900, a day that never was


@dataclass(frozen=True)
class Fault:
    """A cell that shows nothing usable: ``code`` is what Excel shows (``#REF!``), empty for a formula without stored result."""

    code: str


Shown = str | float | bool | date | Fault
Rows = list[tuple[int, dict[int, Shown]]]
"""(row number as Excel shows it, {column from 0: cell}) from top to bottom; empty cells and rows are left out."""


@dataclass(frozen=True)
class Grid:
    """One sheet of a workbook."""

    name: str
    rows: Rows


def read_grids(data: bytes, wanted: Iterable[str]) -> list[Grid]:
    """All sheets in workbook order, hidden ones too; only ``wanted`` ones are read, the others have no rows.

    Raises ``WorkbookRefused`` if the bytes are no workbook, damaged, protected, with macros, or a bomb.
    """
    names = frozenset(wanted)
    return reading(Package(data), lambda package: _grids(package, names))


def column_letters(index: int) -> str:
    """0 → "A", 26 → "AA": what Excel prints above a column."""
    letters = ""
    while index >= 0:
        index, place = divmod(index, 26)
        letters, index = chr(ord("A") + place) + letters, index - 1
    return letters


def unescape(text: str) -> str:
    """``_x000A_`` → line feed: how a spreadsheet writes characters that XML cannot (ECMA-376 Part 1, 22.9.2.19)."""
    return _ESCAPED.sub(_escaped_character, text) if "_x" in text else text


def _escaped_character(match: re.Match[str]) -> str:
    code = int(match[1], 16)
    return "" if 0xD800 <= code <= 0xDFFF else chr(code)  # half a character can be neither printed nor stored


def _grids(package: Package, wanted: frozenset[str]) -> list[Grid]:
    sheets: list[tuple[str, str]] = []
    epochs = [instants.WINDOWS_EPOCH]

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            # "r:id", whatever prefix the program has given to the namespace of relations
            relation = [value for name, value in attributes.items() if name.endswith(":id")][0]  # noqa: RUF015 - IndexError means damaged
            sheets.append((unescape(attributes["name"]), relation))
        elif tag == "workbookPr" and attributes.get("date1904") in ("1", "true"):
            epochs[0] = instants.MAC_EPOCH

    package.parse(package.workbook, start)
    if len(dict(sheets)) < len(sheets):
        raise ValueError("two sheets of one name, of which one would be lost")
    relations = package.relations(package.workbook)
    parts = dict(relations.values())
    strings = _shared_strings(package, parts["sharedStrings"]) if "sharedStrings" in parts else []
    formats = _formats(package, parts["styles"]) if "styles" in parts else []
    grids = []
    for name, relation in sheets:
        kind, part = relations[relation]
        rows: Rows = []
        if name in wanted and kind == "worksheet":
            reader = _SheetReader(strings, formats, epochs[0])
            package.parse(part, reader.start, reader.end, reader.text)
            rows = reader.rows
        grids.append(Grid(name, rows))
    return grids


def _shared_strings(package: Package, part: str) -> list[str]:
    strings: list[str] = []
    pieces: list[str] = []
    state = {"inside": False, "phonetic": False}

    def start(tag: str, _attributes: Attributes) -> None:
        if tag == "si":
            pieces.clear()
        elif tag == "rPh":
            state["phonetic"] = True  # reading aids of East Asian text are not part of it
        elif tag == "t":
            state["inside"] = not state["phonetic"]

    def end(tag: str) -> None:
        if tag == "si":
            strings.append(unescape("".join(pieces)))
        elif tag == "rPh":
            state["phonetic"] = False
        elif tag == "t":
            state["inside"] = False

    def text(piece: str) -> None:
        if state["inside"]:
            pieces.append(piece)

    package.parse(part, start, end, text)
    return strings


def _formats(package: Package, part: str) -> list[str]:
    """The number format of each cell style, in the order in which cells refer to them."""
    own: dict[str, str] = {}
    styles: list[str] = []
    inside = [False]

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "numFmt":
            own[attributes["numFmtId"]] = attributes["formatCode"]
        elif tag == "cellXfs":
            inside[0] = True
        elif tag == "xf" and inside[0]:
            styles.append(attributes.get("numFmtId", "0"))

    def end(tag: str) -> None:
        if tag == "cellXfs":
            inside[0] = False

    package.parse(part, start, end)
    return [own.get(style) or _builtin(int(style)) for style in styles]


def _builtin(number: int) -> str:
    # 27-36 and 50-58 are days in East Asian editions of Excel and have no format code of their own (ECMA-376 18.8.30)
    days = 27 <= number <= 36 or 50 <= number <= 58
    return "dd/mm/yyyy" if days else str(numbers.BUILTIN_FORMATS.get(number, "General"))


class _SheetReader:
    """Takes one sheet's XML piece by piece; after that ``rows`` holds what it shows."""

    def __init__(self, strings: list[str], formats: list[str], epoch: datetime) -> None:
        self.rows: Rows = []
        self._strings = strings
        self._formats = [_Format(code, epoch) for code in formats] or [_Format("General", epoch)]
        self._epoch = epoch
        self._cells: dict[int, Shown] = {}
        self._row = 0
        self._column = -1
        self._columns: dict[str, int] = {}
        self._attributes: Attributes = {}
        self._formula = self._phonetic = self._inside = False
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "c":
            self._attributes = attributes
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else self._index(reference)
            self._formula = False
            self._pieces = []
        elif tag == "v":
            self._inside = True
        elif tag == "t":
            self._inside = not self._phonetic
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
            self._cells = {}
        elif tag == "rPh":
            self._phonetic = True

    def text(self, piece: str) -> None:
        if self._inside:
            self._pieces.append(piece)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._inside = False
        elif tag == "c":
            shown = self._shown("".join(self._pieces))
            if shown is not None:
                self._cells[self._column] = shown
        elif tag == "row":
            if self._cells:
                self.rows.append((self._row, self._cells))
        elif tag == "rPh":
            self._phonetic = False

    def _index(self, reference: str) -> int:
        letters = reference.rstrip("0123456789")
        index = self._columns.get(letters)
        if index is None:
            number = 0
            for letter in letters:
                place = ord(letter) - ord("A") + 1
                if not 1 <= place <= 26:
                    raise ValueError(reference)
                number = number * 26 + place
            index = self._columns[letters] = number - 1
        return index

    def _shown(self, raw: str) -> Shown | None:
        kind = self._attributes.get("t", "n")
        if kind == "s" and raw:
            return self._strings[int(raw)] or None
        if kind in ("inlineStr", "str"):
            return unescape(raw) or None
        if not raw:
            return Fault("") if self._formula else None
        if kind == "e":
            return Fault(raw)
        if kind == "b":
            return raw.strip() in ("1", "true")
        if kind == "d":
            return date.fromisoformat(raw[:10])
        number = float(raw)
        if not math.isfinite(number):
            raise ValueError(raw)
        return self._formats[int(self._attributes.get("s", "0"))].show(number)


class _Format:
    """One number format and what it makes of a number."""

    def __init__(self, code: str, epoch: datetime) -> None:
        self._epoch = epoch
        self._span = numbers.is_timedelta_format(code)
        self._day = numbers.is_date_format(code)
        self._digits = len(code) if _ZEROS.fullmatch(code) else 0

    def show(self, number: float) -> Shown:
        """The day, the span or time as text, the text of a number filled with zeros, or the number."""
        if self._digits and number.is_integer() and number >= 0:
            return f"{int(number):0{self._digits}d}"
        if not self._day or not 0 <= number < _LAST_SERIAL:
            return number
        if self._span or number < 1:
            minutes = round(number * 24 * 60)
            return f"{minutes // 60:02d}:{minutes % 60:02d}"
        if self._epoch == instants.WINDOWS_EPOCH and math.floor(number) == _PHANTOM:
            return "29/02/1900"
        moment = instants.from_excel(math.floor(number), self._epoch)
        assert isinstance(moment, datetime)
        return moment.date()
