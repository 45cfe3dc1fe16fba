"""How a workbook of an office's own making becomes a register: one value, kept as JSON.

Everything in it is told by what the person sees (names of sheets, titles of columns, words in cells), so it fits the file of the
next year, in which the same titles stand elsewhere. It holds no cell of a record but the words that somebody gave a meaning to.
"""

from collections.abc import Mapping as Mappings
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any


class Source(StrEnum):
    """Where the value of a column of the register comes from."""

    COLUMN = "column"  # a column of the workbook, by its title
    SAME = "same"  # one value for every row, as it would be typed into a cell
    RULE = "rule"  # computed by the house, as the register declares (``Taking.rules``)
    COUNTED = "counted"  # numbers given in the order of the rows, by a pattern such as "KPH-{yyyy}-{nnn}"
    NOTHING = "nothing"  # left as not known


LEFT_OUT = "\x00out"
"""The meaning of a word whose rows are no records of this register and stay out."""


@dataclass(frozen=True)
class Fill:
    """How one column of the register is filled.

    ``title`` is the title of the column in the workbook, lines of a two-line header joined by " / ". ``value`` is the value of
    ``SAME`` or the pattern of ``COUNTED``. ``words`` tells what the words of the cells mean: folded word → value as it would be
    typed, "" for an empty cell, ``LEFT_OUT`` for a row that stays out. ``otherwise`` fills the cells that are empty.
    """

    source: Source
    title: str = ""
    value: str = ""
    words: Mappings[str, str] = field(default_factory=dict)
    otherwise: "Fill | None" = None


@dataclass(frozen=True)
class Part:
    """One sheet of the workbook that is taken: the row of its header (from 1; 0: none) and over how many rows that stands."""

    sheet: str
    header: int
    depth: int = 1


@dataclass(frozen=True)
class Condition:
    """Only rows whose cell under ``title`` holds this text (compared without case and marks) are taken."""

    title: str
    holds: str


@dataclass(frozen=True)
class Mapping:
    """A workbook's way into one register, and into those that may stand in the same rows (``Taking.beside``).

    ``fills`` goes by "column", or "sheet.column" for a register beside it.
    """

    register: str
    parts: tuple[Part, ...]
    fills: Mappings[str, Fill]
    only: tuple[Condition, ...] = ()


def as_json(mapping: Mapping) -> dict[str, Any]:
    """The mapping as it is kept."""
    return asdict(mapping)


def from_json(kept: Mappings[str, Any]) -> Mapping:
    """The mapping that was kept."""
    return Mapping(
        kept["register"],
        tuple(Part(**part) for part in kept["parts"]),
        {name: _fill(fill) for name, fill in kept["fills"].items()},
        tuple(Condition(**condition) for condition in kept["only"]),
    )


def _fill(kept: Mappings[str, Any]) -> Fill:
    otherwise = kept["otherwise"]
    given = {**kept, "source": Source(kept["source"]), "otherwise": None if otherwise is None else _fill(otherwise)}
    return Fill(**given)
