"""Workbooks of Excel 97-2003 (.xls), read by xlrd, which keeps errors, number formats, and what is hidden, struck or merged.

What xlrd does not tell is read from the records themselves ([MS-XLS] 2.4): a password, sheets of old macros, and whether the
formulas were ever computed.
"""

import struct
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import TYPE_CHECKING

from qms.imports.grid import NOT_COMPUTED, PICTURE, Fault, Grid, Shown, is_picture
from qms.imports.number_formats import NumberFormat
from qms.imports.package import damaged, holds_macros, needs_password
from qms.imports.refused import WorkbookRefused
from qms.kernel.language import _
from qms.kernel.later import later

if TYPE_CHECKING:
    import xlrd
    from openpyxl.utils import datetime as instants
    from xlrd import biffh, compdoc
else:
    xlrd = later("xlrd")
    biffh = later("xlrd.biffh")
    compdoc = later("xlrd.compdoc")
    instants = later("openpyxl.utils.datetime")

MAGIC_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""How the container of .xls and .doc begins, and of every encrypted .xlsx."""
_SHORT_BELOW = 56
"""Where a container says below which size a stream lies in short sectors ([MS-CFB] 2.2)."""
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the entry that holds an encrypted .xlsx
_FORMULA, _FILEPASS, _BOUNDSHEET, _RECALCID, _BOF = 0x0006, 0x002F, 0x0085, 0x01C1, 0x0809
_WORKSHEET, _MACRO_SHEET = 0, 1
_EMPTY_TEXT = b"\x03\0\0\0\0\0\xff\xff"
"""The result that programs which compute nothing store with every formula; Excel stores it for an empty text."""
_ZERO = bytes(8)
_LIBREOFFICE = 0x00018D54
"""What LibreOffice gives as the program that computed last. It stores 0 for every formula whose result is a text."""


def read_old_excel(data: bytes, wanted: Callable[[str], bool]) -> list[Grid]:
    """All sheets in workbook order; those whose name is not ``wanted`` have no rows. Raises ``WorkbookRefused``."""
    if _ENCRYPTED in data:
        raise needs_password()
    # whatever a changed byte leads xlrd to: it follows offsets and counts of the file without asking whether they can be
    broken = (
        biffh.XLRDError,
        compdoc.CompDocError,
        struct.error,
        ArithmeticError,
        AssertionError,
        AttributeError,
        LookupError,
        RecursionError,
        TypeError,
        ValueError,
    )
    try:
        formulas = _looked_through(_stream(data))
        uncomputed = formulas.without_result()
        book = xlrd.open_workbook(file_contents=data, logfile=StringIO(), formatting_info=True, ragged_rows=True)
        styles = _Styles(book)
        return [
            _grid(sheet, styles, {(row, column) for place, row, column in uncomputed if place == turn})
            if wanted(sheet.name)
            else Grid(sheet.name, [], sheet.visibility != 0)
            for turn, sheet in enumerate(book.sheets())
        ]
    except broken as error:
        raise damaged() from error


@dataclass
class _Formulas:
    """Where the formulas stand (place of the sheet in the stream, row, column), by what is stored as their result."""

    count: int = 0
    empty: set[tuple[int, int, int]] = field(default_factory=set)
    zero: set[tuple[int, int, int]] = field(default_factory=set)
    sheets: list[int] = field(default_factory=list)
    computed_by: int = 0

    def without_result(self) -> set[tuple[int, int, int]]:
        """The cells whose stored result nobody has computed; the sheet is counted from 0."""
        doubtful = set(self.empty) if len(self.empty) == self.count else set()
        if self.computed_by == _LIBREOFFICE:
            doubtful |= self.zero
        turn = {place: index for index, place in enumerate(self.sheets)}
        return {(turn[place], row, column) for place, row, column in doubtful}


def _stream(data: bytes) -> bytes:
    """The stream of the workbook in its container; raises ``WorkbookRefused`` where the container holds something else."""
    container = compdoc.CompDoc(data, logfile=StringIO())
    names = {entry.name for entry in container.dirlist}
    if "Workbook" not in names:
        if "Book" in names:
            raise WorkbookRefused(
                "old_format", _("The file has the format of Excel 95 or older; save it as an Excel workbook (.xlsx).")
            )
        raise WorkbookRefused("wrong_type", _("The file is not a workbook (.xlsx, .xls)."))
    if "_VBA_PROJECT_CUR" in names or "_VBA_PROJECT" in names:
        raise holds_macros()
    short = struct.unpack_from("<I", data, _SHORT_BELOW)[0]
    for entry in container.dirlist:
        if entry.name.lower() in ("workbook", "book") and entry.tot_size < short:
            _refuse_circle(container.SSAT, entry.first_SID)
    return bytes(container.get_named_stream("Workbook") or b"")


def _refuse_circle(following: Sequence[int], sector: int) -> None:
    """xlrd follows the sectors of a short stream without asking whether they come round to one that it has seen."""
    for _step in following:
        if sector < 0:
            return
        sector = following[sector]
    if sector >= 0:
        raise ValueError("the sectors of the stream have no end")


def _looked_through(stream: bytes) -> _Formulas:
    found = _Formulas()
    present = 0
    for place, kind, content in _records(stream):
        if kind == _FILEPASS:
            raise needs_password()
        if kind == _BOUNDSHEET:
            if content[5] == _MACRO_SHEET:
                raise holds_macros()
            if content[5] == _WORKSHEET:
                found.sheets.append(struct.unpack_from("<I", content)[0])
        elif kind == _RECALCID:
            found.computed_by = struct.unpack_from("<I", content, 4)[0]
        elif kind == _BOF and place in found.sheets:
            present = place
        elif kind == _FORMULA:
            row, column, _style, result = struct.unpack_from("<HHH8s", content)
            found.count += 1
            if result in (_EMPTY_TEXT, _ZERO):
                (found.zero if result == _ZERO else found.empty).add((present, row, column))
    return found


def _records(stream: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Place, kind and content of each record."""
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield place, kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _grid(sheet: "xlrd.sheet.Sheet", styles: "_Styles", uncomputed: set[tuple[int, int]]) -> Grid:
    grid = Grid(sheet.name, [], sheet.visibility != 0)
    for index in range(sheet.nrows):
        cells: dict[int, Shown] = {}
        struck = plain = False
        for column, cell in enumerate(sheet.row(index)):
            shown = NOT_COMPUTED if (index, column) in uncomputed else _shown(cell, styles)
            if shown is not None:
                cells[column] = shown
                out = styles.strikes(cell.xf_index or 0)
                struck, plain = struck or out, plain or not out
        if cells:
            number = index + 1
            grid.rows.append((number, cells))
            row = sheet.rowinfo_map.get(index)
            if row is not None and row.hidden:
                grid.hidden_rows.append(number)
            if struck and not plain:
                grid.struck_rows.append(number)
    for top, below, left, right in sheet.merged_cells:
        if right - left == 1 and below - top > 1:
            grid.merged.append((left, top + 1, below))
    return grid


def _shown(cell: "xlrd.sheet.Cell", styles: "_Styles") -> Shown | None:
    kind, value = cell.ctype, cell.value
    if isinstance(value, str):
        return PICTURE if value.startswith("=") and is_picture(value) else value or None
    if kind == biffh.XL_CELL_BOOLEAN:
        return bool(value)
    if kind == biffh.XL_CELL_ERROR:
        return Fault(biffh.error_text_from_code.get(int(value), f"#{value}"))
    return styles.format(cell.xf_index or 0).show(float(value))


class _Styles:
    """The cell styles of a workbook by their place in it."""

    def __init__(self, book: "xlrd.Book") -> None:
        self._book = book
        self._epoch = instants.MAC_EPOCH if book.datemode else instants.WINDOWS_EPOCH
        self._formats: dict[int, NumberFormat] = {}

    def format(self, style: int) -> NumberFormat:
        if style not in self._formats:
            kept = self._book.format_map.get(self._book.xf_list[style].format_key)
            self._formats[style] = NumberFormat((kept and kept.format_str) or "General", self._epoch)
        return self._formats[style]

    def strikes(self, style: int) -> bool:
        return bool(self._book.font_list[self._book.xf_list[style].font_index].struck_out)
