"""Tables kept as text: CSV in the dialects that offices have, and a table pasted from the clipboard.

Which of three separators a text has is told by reading its first rows with each: the right one cuts most of them into the same
number of cells, however many commas the sentences in them hold. Text that would be read wrongly is refused: quotation marks that
do not close would swallow the rest of the table, and the fonts of the nineties (TCVN3, VNI) would give letters that nobody wrote.
"""

import codecs
import csv
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import islice

from qms.imports.grid import COLUMN_LIMIT, PICTURE, ROW_LIMIT, Fault, Grid, Rows, Shown, is_error, is_picture
from qms.imports.refused import WorkbookRefused
from qms.kernel.language import _

_SEPARATORS = ("\t", ";", ",")
_LOOKED_AT = 1000  # rows from which the separator is told
_NAMED_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)
_KEPT_AS_TEXT = re.compile(r'="([^"]*)"')
_QUOTED = re.compile(r'"((?:[^"]|"")*)"(?=[\t\r\n]|\Z)')
_PLAIN = re.compile(r"[^\t\r\n]*")
_BETWEEN = re.compile(r"\t|\r\n|\r|\n")
_VIETNAMESE = frozenset("ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ")
_SIGN_IN_WORD = re.compile(r"[^\W\d_][¡-¿×÷][^\W\d_]")


def read_separated(data: bytes, name: str) -> list[Grid]:
    """The one grid of a CSV file, called by ``name``; raises ``WorkbookRefused``."""
    text = _decoded(data)
    named = _NAMED_SEPARATOR.match(text)
    if named:
        text = text[named.end() :]  # Excel hides this line too, so that row 1 is the one below it
    return [_grid(name, _records(text, named[1] if named else _separator(text)))]


def read_pasted(text: str, name: str) -> list[Grid]:
    """The one grid of a pasted table. Between tabs a cell is quoted only where a tab, a quote or a line break needs it."""
    return [_grid(name, _pasted_records(text) if "\t" in text else _records(text, _separator(text)))]


def _decoded(data: bytes) -> str:
    try:
        if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return _of_windows(data)


def _of_windows(data: bytes) -> str:
    """Text in the code page of Vietnamese Windows, whose tone marks stand behind their letters: composed."""
    try:
        text = unicodedata.normalize("NFC", data.decode("cp1258"))
    except UnicodeDecodeError as unknown:
        raise _unknown_letters() from unknown
    foreign = {letter for letter in text.lower() if not letter.isascii() and letter.isalpha()} - _VIETNAMESE
    if foreign or any(map(unicodedata.combining, text)) or _SIGN_IN_WORD.search(text):
        raise _unknown_letters()
    return text


def _separator(text: str) -> str:
    """What stands between the cells; a tab where nothing does."""
    best, found = (0, 0), None
    broken = 0
    for separator in _SEPARATORS:
        try:
            widths = [len(record) for record in islice(_records(text, separator), _LOOKED_AT) if record]
        except WorkbookRefused:
            broken += 1
            continue
        several = Counter(width for width in widths if width > 1)
        if not several or several.total() * 2 < len(widths):
            continue
        width, count = max(several.items(), key=lambda item: (item[1], item[0]))
        if (count, width) > best:
            best, found = (count, width), separator
    if found is None and broken:
        return max(_SEPARATORS, key=text.count)  # reading will say what is wrong with it
    return found or "\t"


def _records(text: str, separator: str) -> Iterator[list[str]]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True)
    try:
        yield from reader
    except csv.Error as error:
        sentence = _(
            "In line %(line)s of the text a quotation mark is not closed, or stands where none can; correct it there.",
            line=reader.line_num,
        )
        raise WorkbookRefused("quotes", str(sentence)) from error


def _pasted_records(text: str) -> Iterator[list[str]]:
    record: list[str] = []
    place = 0
    while place < len(text):
        quoted = _QUOTED.match(text, place)
        if quoted and any(mark in quoted[1] for mark in ('""', "\t", "\r", "\n")):
            record.append(quoted[1].replace('""', '"'))
            place = quoted.end()
        else:
            plain = _PLAIN.match(text, place)
            assert plain is not None
            record.append(plain[0])
            place = plain.end()
        between = _BETWEEN.match(text, place)
        if between is None or between[0] != "\t":
            yield record
            record = []
        if between is not None:
            place = between.end()
    if record:
        yield record


def _grid(name: str, records: Iterable[Sequence[str]]) -> Grid:
    rows: Rows = []
    for number, record in enumerate(records, start=1):
        if number > ROW_LIMIT or len(record) > COLUMN_LIMIT:
            raise WorkbookRefused("too_large", _("The table has more rows or columns than a sheet of Excel."))
        cells = {index: shown for index, text in enumerate(record) if (shown := _shown(text)) is not None}
        if cells:
            rows.append((number, cells))
    return Grid(name, rows)


def _shown(text: str) -> Shown | None:
    """A cell of a text is text, also where it looks like a number: a code keeps its zeros."""
    stripped = text.strip()
    if is_error(stripped):
        return Fault(stripped)
    if text.startswith("="):
        if is_picture(text):
            return PICTURE
        kept = _KEPT_AS_TEXT.fullmatch(stripped)
        if kept:
            return kept[1] or None
    return text if stripped else None


def _unknown_letters() -> WorkbookRefused:
    return WorkbookRefused(
        "encoding", _("The letters of the text are in an encoding that is not known; save the file as CSV UTF-8.")
    )
