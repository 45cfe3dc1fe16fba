"""One row of any workbook: the value of each column as its fill says, and the state that the office keeps as a word."""

import re
from collections.abc import Mapping as Mappings
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qms.imports.cells import Unreadable, allowed, folded, is_blank, read_cell, text_of
from qms.imports.grid import Fault, Shown
from qms.imports.mapping.value import LEFT_OUT, Fill, Source
from qms.kernel.language import _
from qms.sheets.columns import Column, Kind
from qms.sheets.problems import quote
from qms.sheets.sheet import Sheet
from qms.sheets.taking import State

_NUMBERED = re.compile(r"\{(y{4}|n+)\}")
_NOTHING = Fill(Source.NOTHING)

Cells = Mappings[str, Shown]
"""What a row shows, by folded title."""


class LeftOut(Exception):
    """A word of the row says that it is no record of this register."""


@dataclass
class Filling:
    """How the columns of one register are filled out of the rows of a workbook; numbers that are given are remembered."""

    sheet: Sheet
    fills: Mappings[str, Fill]
    states: tuple[State, ...] = ()
    state: Fill | None = None
    numbers: set[str] = field(default_factory=set)
    """What was numbered here."""
    _given: dict[str, int] = field(default_factory=dict)

    @property
    def present(self) -> frozenset[str]:
        """The columns that the workbook says something of."""
        return frozenset(name for name, fill in self.fills.items() if fill.source is not Source.NOTHING)

    def computes(self, name: str) -> bool:
        """Whether a rule of the house gives the column, or its empty cells."""
        fill = self.fills.get(name)
        return fill is not None and Source.RULE in (fill.source, None if fill.otherwise is None else fill.otherwise.source)

    def state_of(self, cells: Cells) -> State | None:
        """The state that the row's word means; None where it has none. Raises ``Unreadable`` and ``LeftOut``."""
        if self.state is None:
            return None
        shown = cells.get(folded(self.state.title))
        meaning = _meaning(self.state, shown)
        if isinstance(shown, Fault):
            raise Unreadable(_("The cell shows the error %(code)s.", code=quote(shown.code)))
        if meaning is None and not (shown is None or is_blank(shown)):
            word = folded(text_of(shown))
            meaning = next((state.name for state in self.states if word in state.words), None)
            if meaning is None:
                wrong = _('"%(value)s" is not among the allowed values.', value=quote(text_of(shown)))
                names = ", ".join(str(state.title) for state in self.states)
                raise Unreadable(wrong, _("One of: %(choices)s.", choices=names))
        return next((state for state in self.states if state.name == meaning), None)

    def values(self, cells: Cells, known: Mappings[str, Any], needed: frozenset[str]) -> tuple[dict[str, object], list["Wrong"]]:
        """What the row says, and what is wrong with it. Raises ``LeftOut``.

        ``known`` are values of the register that this one stands beside; ``needed`` are the columns whose day a state asks for
        and this row's state does not: there a day for all is not meant for it.
        """
        values: dict[str, object] = {}
        found: list[Wrong] = []
        computed: list[tuple[Column, Fill]] = []
        for name, fill in self.fills.items():
            if fill.source is Source.NOTHING:
                continue
            column = self.sheet.by_name[name]
            try:
                last, value = self._read(column, fill, cells, quiet=name in needed)
            except Unreadable as unreadable:
                found.append(Wrong(name, unreadable.wrong, unreadable.allowed or allowed(column)))
                continue
            values[name] = value
            if last is not None:
                computed.append((column, last))
        unread = {wrong.column for wrong in found}
        for column, fill in computed:
            if fill.source is Source.COUNTED:
                values[column.name] = self._number(fill.value, values)
                continue
            rule = None if self.sheet.taking is None else self.sheet.taking.rules.get(column.name)
            filled = {name: value for name, value in values.items() if value is not None and name not in unread}
            value = None if rule is None else rule.compute({**known, **filled})
            values[column.name] = column.empty if value is None else value
        return values, found

    def _read(self, column: Column, fill: Fill, cells: Cells, *, quiet: bool) -> tuple[Fill | None, object]:
        """The value, or what computes it once the others are known."""
        last: Fill = fill
        if fill.source is Source.COLUMN:
            shown = cells.get(folded(fill.title))
            meaning = _meaning(fill, shown)
            if meaning:
                return None, read_cell(column, meaning)
            if meaning is None and shown is not None and not is_blank(shown):
                return None, read_cell(column, self._house_word(column, shown))
            last = fill.otherwise or _NOTHING
        if last.source is Source.SAME and not quiet:
            return None, read_cell(column, last.value)
        return (last if last.source in (Source.RULE, Source.COUNTED) and not quiet else None), column.empty

    def _house_word(self, column: Column, shown: Shown) -> Shown:
        """What the register itself knows of a word, so that a file of the next year may hold one that nobody was asked of."""
        taking = self.sheet.taking
        if column.kind is not Kind.CHOICE or taking is None or isinstance(shown, Fault):
            return shown
        return taking.words.get(column.name, {}).get(folded(text_of(shown)), shown)

    def _number(self, pattern: str, values: Mappings[str, object]) -> str:
        """The next number by a pattern, counted anew for each year where the pattern names the year."""
        days = (values.get(column.name) for column in self.sheet.columns if column.kind is Kind.DAY and column.required)
        day = next((day for day in days if isinstance(day, date)), None)
        year = "" if day is None else str(day.year)
        place = _NUMBERED.sub(lambda match: year if match[1][0] == "y" else match[0], pattern)
        self._given[place] = self._given.get(place, 0) + 1
        number = _NUMBERED.sub(lambda match: str(self._given[place]).zfill(len(match[1])), place)
        self.numbers.add(number)
        return number


@dataclass(frozen=True)
class Wrong:
    """What is wrong with the value of one column."""

    column: str
    wrong: str
    allowed: str


def _meaning(fill: Fill, shown: Shown | None) -> str | None:
    """What somebody said the word means: "" for an empty cell, None where nobody was asked."""
    if not fill.words or isinstance(shown, Fault):
        return None
    meaning = fill.words.get("" if shown is None or is_blank(shown) else folded(text_of(shown)))
    if meaning == LEFT_OUT:
        raise LeftOut
    return meaning
