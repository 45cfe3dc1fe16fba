"""An official paper as plain values, before any file format: renderers read it, features compose it.

All text is cleaned when a value is made, so a renderer never meets decomposed letters or control characters.
"""

from dataclasses import dataclass, fields
from datetime import date
from enum import StrEnum

from qms.reports.characters import clean
from qms.reports.letterhead import Letterhead

STILL = date(2000, 1, 1)
"""The day of making of a paper that has none of its own, so that the same paper is the same bytes."""


class _Cleaned:
    """Cleans every text of a frozen dataclass as it is made."""

    def __post_init__(self) -> None:
        for field in fields(self):  # type: ignore[arg-type]  # only dataclasses inherit this
            value = getattr(self, field.name)
            if isinstance(value, str) and not isinstance(value, StrEnum):
                object.__setattr__(self, field.name, clean(value))
            elif isinstance(value, tuple):
                object.__setattr__(self, field.name, _cleaned(value))


def _cleaned(value: object) -> object:
    if isinstance(value, str):
        return clean(value)
    return tuple(_cleaned(part) for part in value) if isinstance(value, tuple) else value


class Align(StrEnum):
    """How the cells of a column stand."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


@dataclass(frozen=True)
class Run(_Cleaned):
    """Words of one face inside a paragraph."""

    text: str
    bold: bool = False
    italic: bool = False


@dataclass(frozen=True)
class Heading(_Cleaned):
    """A section title, bold; never the last thing on a page. Level 1 is "I. …" in capitals, level 2 "1. …"."""

    level: int
    text: str


@dataclass(frozen=True)
class Text(_Cleaned):
    """A justified paragraph."""

    runs: tuple[Run, ...]
    indent: bool = True
    """Whether the first line is indented."""
    small: bool = False
    """A technical note: 12 points, set left."""
    leads: bool = False
    """Whether it announces what follows ("in the table below"), and so is never the last thing on a page."""


def paragraph(*parts: str | Run, indent: bool = True, small: bool = False, leads: bool = False) -> Text:
    """A paragraph from plain words and runs."""
    runs = tuple(Run(part) if isinstance(part, str) else part for part in parts)
    return Text(runs, indent=indent, small=small, leads=leads)


@dataclass(frozen=True)
class Caption(_Cleaned):
    """The italic line over a table: "Bảng 1. Kết quả …"; the label names the sheet in a workbook."""

    label: str
    text: str

    @property
    def line(self) -> str:
        """Label and text as printed."""
        return f"{self.label}. {self.text}"


@dataclass(frozen=True)
class Column(_Cleaned):
    """A column: head, width relative to the other columns, alignment of its cells."""

    title: str
    width: float
    align: Align = Align.LEFT


@dataclass(frozen=True)
class Group(_Cleaned):
    """A bold row across the whole table that opens the rows of, say, one agency."""

    text: str


@dataclass(frozen=True)
class Table(_Cleaned):
    """A ruled table whose head is repeated on every page; ``\\n`` in a cell breaks the line.

    ValueError when a row has another number of cells than there are columns.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...] | Group, ...]
    total: tuple[str, ...] | None = None
    """A last row in bold."""

    def __post_init__(self) -> None:
        super().__post_init__()
        for row in (*self.rows, *([self.total] if self.total else [])):
            if not isinstance(row, Group) and len(row) != len(self.columns):
                raise ValueError(f"a row of {len(row)} cells in a table of {len(self.columns)} columns")


@dataclass(frozen=True)
class PageBreak:
    """What follows starts on a new page."""


@dataclass(frozen=True)
class KeepTogether:
    """Blocks that stay on one page where they fit on one."""

    blocks: tuple["Heading | Text | Caption | Table", ...]


Block = Heading | Text | Caption | Table | KeepTogether | PageBreak


@dataclass(frozen=True)
class Signature(_Cleaned):
    """Who signs: authority and title in capitals ("TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH"); the name stays blank until someone does."""

    titles: tuple[str, ...]
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Annex(_Cleaned):
    """What follows the signature from a new page on: "PHỤ LỤC", its title, and the paper it belongs to."""

    label: str
    title: str
    belongs_to: str
    """The whole line: "(Kèm theo Báo cáo số …)"."""
    blocks: tuple[Block, ...]


@dataclass(frozen=True, kw_only=True)
class Paper(_Cleaned):
    """One official paper, complete.

    Its last block is a paragraph, the closing sentence: the signature is kept together with it, so that no signature stands
    alone on a page. ValueError otherwise.
    """

    letterhead: Letterhead
    language: str
    """"vi" or "en": the language of the words, told to screen readers."""
    kind: str
    """Name of the type in capitals: "BÁO CÁO"."""
    subject: str
    place_and_date: str
    number_symbol: str
    """"BC-UBND"; the number before it is left to the clerk."""
    blocks: tuple[Block, ...]
    signature: Signature
    title_for_file: str
    """The title in the properties of the file."""
    bases: tuple[str, ...] = ()
    """Legal bases, each a sentence that ends with a semicolon, the last with a full stop."""
    addressee: str = ""
    """The whole line: "Kính gửi: Sở Khoa học và Công nghệ …"."""
    recipients: tuple[str, ...] = ()
    co_signature: Signature | None = None
    """Who signs on the left, in place of the recipients: the other side of a minute."""
    draft: bool = False
    """Prints the custom's draft mark under the number."""
    annex: Annex | None = None
    made_on: date = STILL
    """The day of making in the properties of the file: the same however often the paper is printed."""

    def __post_init__(self) -> None:
        super().__post_init__()
        if not self.blocks or not isinstance(self.blocks[-1], Text):
            raise ValueError("a paper ends with a sentence, so that its signature never stands alone")

    @property
    def closing(self) -> Text:
        """The sentence that the signature stands under."""
        last = self.blocks[-1]
        assert isinstance(last, Text)  # held above
        return last
