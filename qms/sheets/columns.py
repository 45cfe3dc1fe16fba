"""What a column of a sheet holds: how its cells are read and written, and which record of another sheet they name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any

from flask_babel import LazyString

from qms.kernel.language import _l

LONGEST_TEXT = 32_767
"""Characters that an Excel cell holds at most; a longer text would be cut when somebody saves the file."""

DAY_FROM, DAY_TO = 1900, 2200
"""Years in which a day of a register may lie; outside of it somebody mistyped."""

CODE_LENGTH, PAPER_LENGTH, CLAUSE_LENGTH = 80, 200, 20
"""Characters of a code, of the number and symbol of a document, of a clause."""


class Kind(StrEnum):
    """How a cell is read and written, and the Python type of its value."""

    TEXT = "text"  # str
    CODE = "code"  # str, compared exactly, may stand in a list
    NUMBER = "number"  # str: the number of a paper ("05/QĐ-UBND") or of a place in a row ("01")
    DAY = "day"  # date
    YES_NO = "yes_no"  # bool
    WHOLE = "whole"  # int
    DECIMAL = "decimal"  # Decimal
    CHOICE = "choice"  # str, one of the choices
    CODES = "codes"  # tuple[str, ...], separated by ";"
    CLAUSE = "clause"  # str, one of the catalogue
    CLAUSES = "clauses"  # tuple[str, ...], separated by ";", each of the catalogue
    USERNAME = "username"  # str
    ROLES = "roles"  # tuple[GivenRole, ...], separated by ";", the role one of the choices


LISTS = frozenset({Kind.CODES, Kind.CLAUSES, Kind.ROLES})
AS_TEXT = frozenset({Kind.CODE, Kind.NUMBER, Kind.CLAUSE, Kind.USERNAME}) | LISTS
"""Kinds that Excel must not take for a number or a day: their columns are formatted as text."""


@dataclass(frozen=True)
class GivenRole:
    """A role as the register grants it: ``unit_code`` is None for the person's own unit."""

    role: str
    unit_code: str | None

    def __str__(self) -> str:
        return self.role if self.unit_code is None else f"{self.role}@{self.unit_code}"


@dataclass(frozen=True)
class Reference:
    """A record of another sheet that a cell names: without it the row is refused.

    The cell's value is the key of that record, unless ``by`` names the columns of the own row that make it up. Where a key
    is not enough, ``holds`` answers for the values of a row; it is handed every sheet by its name. ``wrong`` and ``allowed``
    are said instead of the named sheet's own sentences and are filled with the row's values and ``value``.
    """

    sheet: str
    by: tuple[str, ...] = ()
    holds: Callable[[Mapping[str, Any], Mapping[str, Any]], bool] | None = None
    wrong: LazyString | None = None
    allowed: LazyString | None = None


TO_UNIT = Reference("units")
"""By far the most common one: the code of a unit."""


@dataclass(frozen=True)
class Column:
    """One column: English name and Vietnamese title (either may be its header), and what its cells may hold.

    ``personal``: it tells who somebody is, so the trail keeps it beside its chain. ``happened``: its day tells what happened,
    so that it is worth a second look when it lies ahead.
    """

    name: str
    title: LazyString
    title_vi: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    """Of an enumeration with titles its members, so that the titles are words of the register in either language."""
    words: Mapping[str, LazyString] = field(default_factory=dict)
    """Other words for some choices, where a register says it more shortly than a page."""
    minimum: int | None = None
    maximum: int | None = None
    longest: int = LONGEST_TEXT
    default: object = None
    refers_to: Reference | None = None
    names: str | None = None
    """The sheet whose codes such a cell usually names, though it may name others."""
    personal: bool = False
    happened: bool = False

    @cached_property
    def empty(self) -> object:
        """What an empty cell means: the default, no items, or nothing."""
        return () if self.kind in LISTS else self.default

    def word(self, choice: str) -> LazyString | str:
        """What a choice is called in a register; the choice itself where nobody has a word for it."""
        known: LazyString | str = self.words.get(choice) or getattr(choice, "title", choice)
        return known


_UNIT_CODE = _l("Unit code")


def unit_column(title: LazyString = _UNIT_CODE, title_vi: str = "Mã đơn vị", *, name: str = "unit_code") -> Column:
    """The column that says which unit, by its code; no row goes without."""
    return Column(name, title, title_vi, Kind.CODE, required=True, longest=CODE_LENGTH, refers_to=TO_UNIT)
