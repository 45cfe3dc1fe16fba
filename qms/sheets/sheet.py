"""One sheet of the register workbook, whole: the one value that a feature brings for it.

``qms.imports`` reads, checks, takes over and exports whatever the features bring and knows none of them by name; so a new
register is one value of this type in the ``register.py`` of its feature, listed in its ``feature.py``.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from flask_babel import LazyString

from qms.kernel.moment import Moment
from qms.kernel.staging import Staging
from qms.sheets.columns import Column
from qms.sheets.problems import Note, Problem
from qms.sheets.row_rules import RowRule
from qms.sheets.taking import Taking

Values = dict[str, Any]
"""One row by column name, as ``read_workbook`` gives it; roles as text ("staff", "auditor@PMA")."""

Key = tuple[Any, ...]

_AS_TAB = re.compile(r"(?!')[^\[\]:*?/\\]{1,31}(?<!')")
"""What Excel takes as the name of a sheet."""

Change = tuple[Values, Values]
"""A record as it stands and as the workbook wants it."""


@dataclass(frozen=True)
class Row:
    """One row: its number as Excel shows it, the values that could be read, and the columns that the sheet has.

    An absent column stands in neither (its value stays as it is); an empty cell of a present column stands in ``values`` as
    the column's empty value; a cell with a problem stands in ``present`` only.
    """

    number: int
    values: dict[str, object]
    present: frozenset[str]

    def key(self, sheet: "Sheet") -> Key | None:
        """The values of the key columns; None where one of them is empty or could not be read."""
        key = tuple(self.values.get(name) for name in sheet.key)
        return None if None in key else key


@dataclass
class Page:
    """One sheet: records as they stand, as they would stand, and what the workbook's rows make of them.

    Only records within reach of whoever imports stand here. ``rows`` are the rows of the workbook with their key (None: could
    not be read, stands there twice, or is out of reach) and their values; an absent column has the value of the record, or of
    an empty cell.
    """

    sheet: "Sheet"
    before: dict[Key, Values]
    after: dict[Key, Values]
    rows: list[tuple[Row, Key | None, Values]] = field(default_factory=list)
    new: list[Key] = field(default_factory=list)
    changed: list[Key] = field(default_factory=list)
    unchanged: int = 0

    @property
    def touched(self) -> list[Key]:
        """What would be written."""
        return [*self.new, *self.changed]


World = Mapping[str, Page]
"""Every sheet by its name, also those that the workbook does not have; a sheet is read when it is first asked for."""


@dataclass(frozen=True)
class Saving:
    """What is written of one sheet: its new records and its changes, beside everything else that the workbook says.

    ``staging`` takes the rows; nothing reaches the tables before all sheets are ready, so what is new is found by
    ``staging.ids`` and in ``world``, not by a query. ``day`` is when the facts were entered.
    """

    staging: Staging
    world: World
    day: date
    new: Sequence[Values]
    changed: Sequence[Change]

    @property
    def written(self) -> list[Values]:
        """All records as they will stand."""
        return [*self.new, *(after for _before, after in self.changed)]

    def changed_in(self, *columns: str) -> list[Values]:
        """The changed records that differ in one of these columns, as they will stand."""
        return [after for before, after in self.changed if any(before[name] != after[name] for name in columns)]


def _named_by_key(sheet: "Sheet", values: Mapping[str, Any]) -> str:
    parts = (values[name] for name in sheet.key)
    return "/".join(part.isoformat() if isinstance(part, date) else str(part) for part in parts)


@dataclass(frozen=True)
class Sheet:
    """Everything about one sheet.

    ``kind`` is the word of the trail for one record, ``told_under`` the words under which other doors tell of changes that
    this sheet shows. ``owner`` is the column that names the unit a record belongs to, or the record whose owner it shares;
    ``seen_by`` are columns with further units that may know of it. ``missing`` and ``present`` say that a record named
    elsewhere is not there, and which ones are.

    ``rows`` gives all records as they would be exported on a day, in a stable order; ``save`` stages rows without a problem;
    ``exported`` narrows what an export shows. ``rules`` look at one row, ``checks`` and ``notes`` at all that the workbook
    and the records say together. ``after`` are sheets that must be written before, beyond those that columns refer to.
    ``checked_with`` are sheets whose rows make the ``checks`` be asked too. ``later`` names columns of the contract that
    this version cannot take over yet. ``taking`` is what the page for any workbook needs to
    know; None: the register is not offered there. ``purpose`` says in a few words what a row is, ``tables`` in which tables its
    records are kept. Raises ``ValueError`` for a name that no spreadsheet takes.
    """

    name: str
    title: LazyString
    title_vi: str
    kind: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Callable[[date], Iterable[Values]]
    save: Callable[[Saving], None]
    missing: LazyString | None = None
    present: LazyString | None = None
    owner: str = "unit_code"
    seen_by: tuple[str, ...] = ()
    rules: tuple[RowRule, ...] = ()
    checks: tuple[Callable[[World, Moment], Iterator[Problem]], ...] = ()
    checked_with: tuple[str, ...] = ()
    notes: tuple[Callable[[World], Iterator[Note]], ...] = ()
    told_under: tuple[str, ...] = ()
    trail_code: Callable[[Staging, Values], str] | None = None
    exported: Callable[[Iterable[Values]], Iterable[Values]] | None = None
    after: tuple[str, ...] = ()
    later: frozenset[str] = frozenset()
    taking: Taking | None = None
    purpose: LazyString | None = None
    tables: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in (self.name, self.title_vi):
            if not _AS_TAB.fullmatch(name):
                raise ValueError(f"a spreadsheet takes no sheet of the name {name!r}")

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """The columns by their English name."""
        return {column.name: column for column in self.columns}

    @cached_property
    def empty_values(self) -> Mapping[str, object]:
        """What a new record has where its row has no such column."""
        return {column.name: column.empty for column in self.columns}

    @cached_property
    def personal(self) -> frozenset[str]:
        """The columns that tell who somebody is."""
        return frozenset(column.name for column in self.columns if column.personal)

    @cached_property
    def kinds(self) -> frozenset[str]:
        """Every word under which the trail tells that a record of this sheet changed."""
        return frozenset((self.kind, *self.told_under))

    def code(self, staging: Staging, values: Values) -> str:
        """How the trail names the record: by its key, unless the sheet says otherwise."""
        named = _named_by_key(self, values) if self.trail_code is None else self.trail_code(staging, values)
        return named[:200]
