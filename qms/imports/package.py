"""Opening a file that anybody may have sent: what it is, whether it is safe to unpack, and its XML parts."""

import io
import posixpath
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar
from xml.parsers import expat

from qms.imports.refused import WorkbookRefused
from qms.kernel.language import _

UNPACKED_LIMIT = 100 * 1024 * 1024
"""Bytes that all parts may have together when unpacked; a register of 10,000 rows has about 10 MB."""

RATIO_LIMIT = 200
"""How far one part may grow; spreadsheet programs reach about 30, a zip bomb 1,000."""

_HARMLESS = 1024 * 1024  # a part this small may have any ratio
_CHUNK = 64 * 1024
MAGIC_ZIP = b"PK\x03\x04"
_WORKBOOKS = ("spreadsheetml.sheet.main+xml", "spreadsheetml.template.main+xml")
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    IndexError,
    KeyError,
    NotImplementedError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
)
"""What zipfile, zlib, expat and the numbers in the parts raise when a file was cut short or changed."""

Attributes = Mapping[str, str]
Start = Callable[[str, Attributes], None]
End = Callable[[str], None]
Text = Callable[[str], None]
Result = TypeVar("Result")
Opened = TypeVar("Opened", bound="Archive")


def damaged() -> WorkbookRefused:
    """The answer to everything that only looks like a workbook."""
    return WorkbookRefused("damaged", _("The workbook is damaged and cannot be read."))


def too_large() -> WorkbookRefused:
    """The answer to a few bytes that become many."""
    return WorkbookRefused("too_large", _("The workbook grows too large when it is unpacked."))


class Archive:
    """An opened zip of XML parts which were all unpacked once and counted; raises ``WorkbookRefused`` if it is none.

    Sizes written in the file are not believed: bytes are counted while they are unpacked, and nothing is kept.
    """

    def __init__(self, data: bytes) -> None:
        _refuse_other_types(data)
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(data))
            self._names = frozenset(self._zip.namelist())
            self._refuse_bombs()
        except _BROKEN as broken:
            raise damaged() from broken

    def has(self, part: str) -> bool:
        """Whether the file holds this part."""
        return part in self._names

    def has_below(self, folder: str) -> bool:
        """Whether the file holds a part in this folder."""
        return any(name.startswith(folder) and not name.endswith("/") for name in self._names)

    def parse(self, part: str, start: Start, end: End | None = None, text: Text | None = None) -> None:
        """Reads one XML part by callbacks, names without namespace; refuses entities, raises what ``reading`` catches."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = _refuse_entities
        local: dict[str, str] = {}  # "x:row" → "row": some programs write every name with a prefix

        def on_start(name: str, attributes: Attributes) -> None:
            if name not in local:
                local[name] = name.rpartition(":")[2]
            start(local[name], attributes)

        def on_end(name: str) -> None:
            if end is not None:
                end(local[name])

        parser.StartElementHandler = on_start
        parser.EndElementHandler = on_end
        parser.CharacterDataHandler = text
        for chunk in self._chunks(part):
            parser.Parse(chunk)
        parser.Parse(b"", True)

    def _chunks(self, part: str) -> Iterator[bytes]:
        with self._zip.open(part) as stream:
            while chunk := stream.read(_CHUNK):
                yield chunk

    def _refuse_bombs(self) -> None:
        total = 0
        for entry in self._zip.infolist():
            if entry.flag_bits & 1:
                raise needs_password()
            if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise damaged()  # no spreadsheet program writes others, and zipfile cannot unpack them bit by bit
            unpacked = 0
            with self._zip.open(entry) as stream:
                while chunk := stream.read(_CHUNK):
                    unpacked += len(chunk)
                    total += len(chunk)
                    grown = unpacked > _HARMLESS and unpacked > RATIO_LIMIT * entry.compress_size
                    if total > UNPACKED_LIMIT or grown:
                        raise too_large()


class Package(Archive):
    """An opened .xlsx file."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.workbook = reading(self, Package._workbook_part)

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What a part points to: id → (kind of relation, part)."""
        folder, name = posixpath.split(part)
        found: dict[str, tuple[str, str]] = {}

        def start(tag: str, attributes: Attributes) -> None:
            if tag == "Relationship" and attributes.get("TargetMode") != "External":
                target = posixpath.normpath(posixpath.join("/", folder, attributes["Target"])).lstrip("/")
                found[attributes["Id"]] = (attributes["Type"].rpartition("/")[2], target)

        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if self.has(path):
            self.parse(path, start)
        return found

    def _workbook_part(self) -> str:
        if not self.has("[Content_Types].xml"):
            raise _wrong_type()
        types: set[str] = set()

        def start(tag: str, attributes: Attributes) -> None:
            if tag in ("Override", "Default"):
                types.add(attributes["ContentType"])

        self.parse("[Content_Types].xml", start)
        main = next((target for kind, target in self.relations("").values() if kind == "officeDocument"), None)
        if main is None or not self.has(main):
            raise _wrong_type()
        if any("macroEnabled.main+xml" in kind or "vbaProject" in kind or "macrosheet" in kind for kind in types):
            raise holds_macros()
        if any(name.rpartition("/")[2] == "vbaProject.bin" or "/macrosheets/" in name for name in self._names):
            raise holds_macros()
        if not any(workbook in kind for kind in types for workbook in _WORKBOOKS):
            raise _wrong_type()
        return main


def reading(package: Opened, read: Callable[[Opened], Result]) -> Result:
    """Runs ``read``; a part that is missing, cut short or makes no sense refuses the whole workbook as damaged."""
    try:
        return read(package)
    except _BROKEN as broken:
        raise damaged() from broken


def _refuse_other_types(data: bytes) -> None:
    if not data.startswith(MAGIC_ZIP):
        raise _wrong_type()


def _refuse_entities(*_declaration: object) -> None:
    raise WorkbookRefused("entities", _("The workbook declares XML entities, which no spreadsheet program writes."))


def _wrong_type() -> WorkbookRefused:
    return WorkbookRefused("wrong_type", _("The file is not an Excel workbook (.xlsx)."))


def needs_password() -> WorkbookRefused:
    """The answer to a workbook that is encrypted."""
    return WorkbookRefused("password", _("The workbook is protected by a password; save it without a password."))


def holds_macros() -> WorkbookRefused:
    """The answer to a workbook that brings a program along."""
    return WorkbookRefused("macros", _("The workbook holds macros; save it as an Excel workbook (.xlsx) without macros."))
