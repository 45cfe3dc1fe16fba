"""Workbooks of LibreOffice and others as OpenDocument (.ods), read as a stream with the limits of every package.

Such a file keeps beside each value the text that the cell shows, so that no number format has to be understood here: the text
counts where it shows all digits of the number.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from qms.imports.grid import (
    COLUMN_LIMIT,
    NOT_COMPUTED,
    PICTURE,
    ROW_LIMIT,
    Fault,
    Grid,
    Shown,
    is_error,
    is_picture,
)
from qms.imports.number_formats import Number
from qms.imports.package import Archive, Attributes, holds_macros, needs_password, reading, too_large
from qms.imports.refused import WorkbookRefused
from qms.kernel.language import _

BEGIN = b"mimetypeapplication/vnd.oasis.opendocument."
"""What stands behind the head of the first entry of every such file."""
HEAD = 30
_SPREADSHEET = b"spreadsheet"
_CELL_LIMIT = 2_000_000  # a row or cell may be repeated a million times in a few bytes
_RUN = re.compile(r"\d+(?:[.,]\d+)?")
_TIME = re.compile(r"PT(\d+)H(\d+)M")
_NUMBERS = ("float", "percentage", "currency")


def read_opendocument(data: bytes, wanted: Callable[[str], bool]) -> list[Grid]:
    """All sheets in workbook order; those whose name is not ``wanted`` have no rows. Raises ``WorkbookRefused``."""
    if not data.startswith(BEGIN + _SPREADSHEET, HEAD):
        raise WorkbookRefused("wrong_type", _("The file is not a workbook (.xlsx, .xls, .ods)."))
    return reading(Archive(data), lambda archive: _grids(archive, wanted))


def _grids(archive: Archive, wanted: Callable[[str], bool]) -> list[Grid]:
    def encrypted(tag: str, _attributes: Attributes) -> None:
        if tag == "encryption-data":
            raise needs_password()

    archive.parse("META-INF/manifest.xml", encrypted)
    if archive.has_below("Basic/") or archive.has_below("Scripts/"):
        raise holds_macros()
    reader = _Reader(wanted)
    archive.parse("content.xml", reader.start, reader.end, reader.text)
    if len({grid.name for grid in reader.grids}) < len(reader.grids):
        raise ValueError("two sheets of one name, of which one would be lost")
    return reader.grids


@dataclass
class _Cell:
    """One cell while its paragraphs come in."""

    attributes: Attributes
    depth: int
    paragraphs: list[list[str]] = field(default_factory=list)


class _Reader:
    """Takes the content piece by piece; only what stands in cells is text, not what stands in comments or shapes."""

    def __init__(self, wanted: Callable[[str], bool]) -> None:
        self.grids: list[Grid] = []
        self._wanted = wanted
        self._hidden_styles: set[str] = set()
        self._struck_styles: set[str] = set()
        self._style = ""
        self._depth = self._table_depth = self._kept = 0
        self._grid: Grid | None = None
        self._defaults: list[tuple[int, str]] = []
        self._row = self._column = 0
        self._row_attributes: Attributes = {}
        self._cells: dict[int, Shown] = {}
        self._struck = self._plain = self._inside = False
        self._cell: _Cell | None = None

    def start(self, tag: str, attributes: Attributes) -> None:
        self._depth += 1
        if self._cell is not None:
            self._start_within(self._cell, tag, attributes)
        elif tag == "style":
            self._style = attributes.get("style:name", "")
        elif tag == "table-properties" and attributes.get("table:display") == "false":
            self._hidden_styles.add(self._style)
        elif tag == "text-properties" and attributes.get("style:text-line-through-style", "none") != "none":
            self._struck_styles.add(self._style)
        elif tag == "table" and self._grid is None:
            hidden = attributes.get("table:style-name") in self._hidden_styles
            self._grid, self._table_depth = Grid(attributes["table:name"], [], hidden), self._depth
            self._row, self._defaults = 0, []
        elif tag == "table-column":
            last = self._defaults[-1][0] if self._defaults else 0
            repeated = int(attributes.get("table:number-columns-repeated", "1"))
            self._defaults.append((last + repeated, attributes.get("table:default-cell-style-name", "")))
        elif tag == "table-row":
            self._row_attributes, self._cells, self._column = attributes, {}, 0
            self._struck = self._plain = False
        elif tag in ("table-cell", "covered-table-cell") and self._grid is not None:
            self._cell = _Cell(attributes, self._depth)

    def text(self, piece: str) -> None:
        if self._inside and self._cell is not None:
            self._cell.paragraphs[-1].append(piece)

    def end(self, tag: str) -> None:
        if self._cell is not None:
            if tag == "p" and self._depth == self._cell.depth + 1:
                self._inside = False
            elif self._depth == self._cell.depth:
                self._end_cell(self._cell, tag)
                self._cell = None
        elif tag == "table-row" and self._grid is not None:
            self._end_row(self._grid)
        elif tag == "table" and self._grid is not None and self._depth == self._table_depth:
            self.grids.append(self._grid if self._wanted(self._grid.name) else Grid(self._grid.name, [], self._grid.hidden))
            self._grid = None
        self._depth -= 1

    def _start_within(self, cell: _Cell, tag: str, attributes: Attributes) -> None:
        if tag == "p" and self._depth == cell.depth + 1:
            cell.paragraphs.append([])
            self._inside = True
        elif self._inside and tag == "s":
            cell.paragraphs[-1].append(" " * min(int(attributes.get("text:c", "1")), 100))
        elif self._inside and tag in ("tab", "line-break"):
            cell.paragraphs[-1].append("\t" if tag == "tab" else "\n")

    def _end_cell(self, cell: _Cell, tag: str) -> None:
        first, repeated = self._column, int(cell.attributes.get("table:number-columns-repeated", "1"))
        self._column += repeated
        # what lies below a merged cell is not shown
        shown = _shown(cell.attributes, "\n".join(map("".join, cell.paragraphs))) if tag == "table-cell" else None
        if shown is None or self._grid is None:
            return
        if self._column > COLUMN_LIMIT:
            raise too_large()
        self._cells.update(dict.fromkeys(range(first, self._column), shown))
        struck = self._style_of(cell.attributes, first) in self._struck_styles
        self._struck, self._plain = self._struck or struck, self._plain or not struck
        rows = int(cell.attributes.get("table:number-rows-spanned", "1"))
        if rows > 1 and cell.attributes.get("table:number-columns-spanned", "1") == "1":
            self._grid.merged.append((first, self._row + 1, min(self._row + rows, ROW_LIMIT)))

    def _style_of(self, attributes: Attributes, column: int) -> str:
        """The cell's own style, else that of its row, else that of its column."""
        own = attributes.get("table:style-name") or self._row_attributes.get("table:default-cell-style-name")
        return own or next((style for last, style in self._defaults if column < last), "")

    def _end_row(self, grid: Grid) -> None:
        first, repeated = self._row + 1, int(self._row_attributes.get("table:number-rows-repeated", "1"))
        self._row += repeated
        if not self._cells:
            return
        self._kept += repeated * len(self._cells)
        if self._row > ROW_LIMIT or self._kept > _CELL_LIMIT:
            raise too_large()
        for number in range(first, self._row + 1):
            grid.rows.append((number, dict(self._cells)))
            if self._row_attributes.get("table:visibility", "visible") != "visible":
                grid.hidden_rows.append(number)
            if self._struck and not self._plain:
                grid.struck_rows.append(number)


def _shown(attributes: Attributes, text: str) -> Shown | None:
    kind, formula = attributes.get("office:value-type"), attributes.get("table:formula")
    text = text or attributes.get("office:string-value", "")
    if is_picture(text if formula is None else formula.partition("=")[2]) and (formula is not None or text.startswith("=")):
        return PICTURE
    if attributes.get("calcext:value-type") == "error" or (formula is not None and is_error(text)):
        return Fault(text)
    if kind is None and not text:
        return None if formula is None else NOT_COMPUTED
    if kind in _NUMBERS:
        return _number(float(attributes["office:value"]), text)
    if kind == "date":
        return date.fromisoformat(attributes["office:date-value"][:10])
    if kind == "boolean":
        return attributes["office:boolean-value"] == "true"
    time = _TIME.match(attributes.get("office:time-value", ""))
    return f"{int(time[1]):02d}:{int(time[2]):02d}" if time else text or None


def _number(value: float, text: str) -> float:
    """The number, with what the cell shows where all its digits stand there in one run: QT-07, 1.000080; not 1.234 for 1234."""
    exact = Decimal(f"{value:.15g}")
    if not exact.is_finite():
        raise ValueError(text)
    plain = str(int(exact)) if exact == int(exact) else f"{value:.15g}"
    for run in _RUN.finditer(text):
        if Decimal(run[0].replace(",", ".")) == exact:
            shown = text[: run.start()] + run[0].replace(",", ".") + text[run.end() :]
            return value if shown == plain else Number(value, shown)
    return value
