"""The cells of a workbook as they show: text, number, yes or no, day, or a fault.

Written here rather than taken from a library because a register must not lose a cell in silence: python-calamine gives an
empty text for error cells and for formulas without a stored result and drops the format that makes 1 show as 01; openpyxl
tells them apart only when the file is loaded twice, at some 25 µs a cell.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from string import ascii_uppercase
from typing import TYPE_CHECKING

from qms.imports.number_formats import NumberFormat
from qms.imports.package import Attributes, Package, reading
from qms.kernel.later import later

if TYPE_CHECKING:
    from openpyxl.styles import numbers
    from openpyxl.utils import datetime as instants
else:
    numbers = later("openpyxl.styles.numbers")
    instants = later("openpyxl.utils.datetime")

_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PICTURE = re.compile(r"=?\s*(?:_xlfn\.)?(?:DISPIMG|IMAGE)\s*\(", re.IGNORECASE)
_ERROR = re.compile(r"#(?:REF!|N/A|VALUE!|NAME\?|DIV/0!|NUM!|NULL!|SPILL!|CALC!|FIELD!|BLOCKED!|CONNECT!|#+)|Err:\d{3}")
_TRUE = ("1", "true")
ROW_LIMIT, COLUMN_LIMIT = 1_048_576, 16_384
"""Rows and columns that a sheet of Excel has."""


@dataclass(frozen=True)
class Fault:
    """A cell that shows nothing usable: ``code`` is what Excel shows (``#REF!``), or one of the words below."""

    code: str


NOT_COMPUTED = Fault("")
"""A formula without a stored result, or with one that no program has computed."""
PICTURE = Fault("picture")
"""A picture that stands in a cell as a formula."""
Shown = str | float | bool | date | Fault
Rows = list[tuple[int, dict[int, Shown]]]
"""(row number as Excel shows it, {column from 0: cell}) from top to bottom; empty cells and rows are left out."""


@dataclass(frozen=True)
class Grid:
    """One sheet of a workbook."""

    name: str
    rows: Rows
    hidden: bool = False
    """Whether the sheet itself is hidden."""
    hidden_rows: list[int] = field(default_factory=list)
    """Rows that show nothing, because of a filter or by hand; their cells stand in ``rows``."""
    struck_rows: list[int] = field(default_factory=list)
    """Rows of which every cell is struck out."""
    merged: list[tuple[int, int, int]] = field(default_factory=list)
    """What stands over several rows of one column: column, first and last row."""


def read_grids(data: bytes, wanted: Callable[[str], bool]) -> list[Grid]:
    """All sheets in workbook order, hidden ones too; only those of ``wanted`` names are read, the others have no rows.

    Raises ``WorkbookRefused`` if the bytes are no workbook, damaged, protected, with macros, or a bomb.
    """
    return reading(Package(data), lambda package: _grids(package, wanted))


def is_picture(formula: str) -> bool:
    """Whether a formula, or its text, puts a picture into the cell."""
    return _PICTURE.match(formula) is not None


def is_error(text: str) -> bool:
    """Whether the text is what a spreadsheet shows for an error, or for a cell too narrow for its day or number (``####``)."""
    return _ERROR.fullmatch(text) is not None


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


@dataclass
class _Book:
    """What the parts of a workbook share."""

    strings: list[str] = field(default_factory=list)
    formats: list[NumberFormat] = field(default_factory=list)
    struck: list[bool] = field(default_factory=list)
    """Of each cell style, whether it strikes out."""
    epoch: datetime = field(default_factory=lambda: instants.WINDOWS_EPOCH)
    computed: bool = True
    """Whether the results of formulas were stored by whoever computed them."""


def _grids(package: Package, wanted: Callable[[str], bool]) -> list[Grid]:
    sheets: list[tuple[str, str, bool]] = []
    book = _Book()

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "sheet":
            # "r:id", whatever prefix the program has given to the namespace of relations
            relation = [value for name, value in attributes.items() if name.endswith(":id")][0]  # noqa: RUF015 - IndexError means damaged
            sheets.append((unescape(attributes["name"]), relation, attributes.get("state", "visible") != "visible"))
        elif tag == "workbookPr" and attributes.get("date1904") in _TRUE:
            book.epoch = instants.MAC_EPOCH
        elif tag == "calcPr" and attributes.get("fullCalcOnLoad") in _TRUE:
            book.computed = False  # a program wrote the formulas and left computing them to whoever opens the workbook

    package.parse(package.workbook, start)
    if len({name for name, _relation, _hidden in sheets}) < len(sheets):
        raise ValueError("two sheets of one name, of which one would be lost")
    relations = package.relations(package.workbook)
    parts = dict(relations.values())
    if "sharedStrings" in parts:
        book.strings = _shared_strings(package, parts["sharedStrings"])
    _read_styles(package, parts.get("styles"), book)
    grids = []
    for name, relation, hidden in sheets:
        kind, part = relations[relation]
        grid = Grid(name, [], hidden)
        if wanted(name) and kind == "worksheet":
            reader = _SheetReader(book, grid)
            package.parse(part, reader.start, reader.end, reader.text)
        grids.append(grid)
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


def _read_styles(package: Package, part: str | None, book: _Book) -> None:
    """The number format of each cell style, and whether it strikes out, in the order in which cells refer to them."""
    own: dict[str, str] = {}
    fonts: list[bool] = []
    styles: list[tuple[str, int]] = []
    within = [""]

    def start(tag: str, attributes: Attributes) -> None:
        if tag == "numFmt":
            own[attributes["numFmtId"]] = attributes["formatCode"]
        elif tag in ("fonts", "cellXfs", "cellStyleXfs", "dxfs"):
            within[0] = tag
        elif tag == "font" and within[0] == "fonts":
            fonts.append(False)
        elif tag == "strike" and within[0] == "fonts":
            fonts[-1] = attributes.get("val", "1") in _TRUE
        elif tag == "xf" and within[0] == "cellXfs":
            styles.append((attributes.get("numFmtId", "0"), int(attributes.get("fontId", "0"))))

    if part is not None:
        package.parse(part, start)
    for number, font in styles or [("0", 0)]:
        book.formats.append(NumberFormat(own.get(number) or _builtin(int(number)), book.epoch))
        book.struck.append(font < len(fonts) and fonts[font])


def _builtin(number: int) -> str:
    # 27-36 and 50-58 are days in East Asian editions of Excel and have no format code of their own (ECMA-376 18.8.30)
    days = 27 <= number <= 36 or 50 <= number <= 58
    return "dd/mm/yyyy" if days else str(numbers.BUILTIN_FORMATS.get(number, "General"))


def _row_of(reference: str) -> int:
    return int(reference.lstrip(ascii_uppercase))


class _SheetReader:
    """Takes one sheet's XML piece by piece, and puts into its grid what it shows."""

    def __init__(self, book: _Book, grid: Grid) -> None:
        self._book = book
        self._grid = grid
        self._cells: dict[int, Shown] = {}
        self._row = 0
        self._column = -1
        self._columns: dict[str, int] = {}
        self._attributes: Attributes = {}
        self._hidden = self._struck = self._plain = False
        self._formula: list[str] | None = None
        self._phonetic = self._inside = self._telling = False
        self._pieces: list[str] = []

    def start(self, tag: str, attributes: Attributes) -> None:
        if tag == "c":
            self._attributes = attributes
            reference = attributes.get("r")
            self._column = self._column + 1 if reference is None else self._index(reference)
            self._formula = None
            self._pieces = []
        elif tag == "v":
            self._inside = True
        elif tag == "t":
            self._inside = not self._phonetic
        elif tag == "f":
            self._formula, self._telling = [], True
        elif tag == "row":
            self._row = int(attributes.get("r", self._row + 1))
            self._column = -1
            self._cells = {}
            self._hidden = attributes.get("hidden") in _TRUE
            self._struck = self._plain = False
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "mergeCell":
            self._merge(attributes["ref"])

    def text(self, piece: str) -> None:
        if self._inside:
            self._pieces.append(piece)
        elif self._telling and self._formula is not None:
            self._formula.append(piece)

    def end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._inside = False
        elif tag == "f":
            self._telling = False
        elif tag == "c":
            shown = self._shown("".join(self._pieces))
            if shown is not None:
                self._cells[self._column] = shown
                struck = self._book.struck[self._style]
                self._struck, self._plain = self._struck or struck, self._plain or not struck
        elif tag == "row":
            if self._cells:
                self._grid.rows.append((self._row, self._cells))
                if self._hidden:
                    self._grid.hidden_rows.append(self._row)
                if self._struck and not self._plain:
                    self._grid.struck_rows.append(self._row)
        elif tag == "rPh":
            self._phonetic = False

    @property
    def _style(self) -> int:
        return int(self._attributes.get("s", "0"))

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

    def _merge(self, area: str) -> None:
        first, _colon, last = area.partition(":")
        column, top, bottom = self._index(first), _row_of(first), _row_of(last or first)
        if self._index(last or first) == column and bottom > top:
            self._grid.merged.append((column, top, bottom))

    def _shown(self, raw: str) -> Shown | None:
        kind = self._attributes.get("t", "n")
        if self._formula is not None and is_picture("".join(self._formula)):
            return PICTURE
        if self._formula is not None and not self._book.computed:
            return NOT_COMPUTED
        if kind in ("s", "inlineStr", "str"):
            text = self._book.strings[int(raw)] if kind == "s" and raw else unescape(raw)
            return PICTURE if text.startswith("=") and is_picture(text) else text or None
        if not raw:
            return None if self._formula is None else NOT_COMPUTED
        if kind == "e":
            return Fault(raw)
        if kind == "b":
            return raw.strip() in _TRUE
        if kind == "d":
            return date.fromisoformat(raw[:10])
        number = float(raw)
        if not math.isfinite(number):
            raise ValueError(raw)
        return self._book.formats[self._style].show(number)
