"""What a sheet of the register workbook may hold: its columns, their kinds, its key."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from flask_babel import LazyString

LONGEST_TEXT = 32_767
"""Characters that an Excel cell holds at most; a longer text would be cut when somebody saves the file."""

DAY_FROM, DAY_TO = 1900, 2200
"""Years in which a day of a register may lie; outside of it somebody mistyped."""


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
    CLAUSE = "clause"  # str
    CLAUSES = "clauses"  # tuple[str, ...], separated by ";"
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
class Column:
    """One column: English name and Vietnamese title (either may be its header), and what its cells may hold."""

    name: str
    title: LazyString
    title_vi: str
    kind: Kind = Kind.TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    minimum: int | None = None
    maximum: int | None = None
    longest: int = LONGEST_TEXT
    default: object = None
    refers_to: str | None = None

    @cached_property
    def empty(self) -> object:
        """What an empty cell means: the default, no items, or nothing."""
        return () if self.kind in LISTS else self.default


@dataclass(frozen=True)
class Sheet:
    """One sheet; ``later`` names columns of the contract that this version cannot take over yet."""

    name: str
    title: LazyString
    title_vi: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    later: frozenset[str] = frozenset()

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their English name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def empty_values(self) -> Mapping[str, object]:
        """What a new record has where its row has no such column."""
        return {column.name: column.empty for column in self.columns}
