"""Rules inside one row: what its columns may say together, by nothing but their values.

What an old register may hold is wide; refused is only what cannot have been: an end before its start, half of a pair.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import cast

from qms.kernel.language import _

Values = Mapping[str, object]
Named = Callable[[str], str]
"""Column → how the workbook calls it."""
Finding = tuple[str, str, str]
"""(column at fault, what is wrong, what is allowed)"""


@dataclass(frozen=True)
class RowRule:
    """One rule of a row: the columns it looks at, and what it finds wrong in their values."""

    columns: tuple[str, ...]
    find: Callable[[Values, Named], Finding | None]


def not_before(end: str, start: str) -> RowRule:
    """A day of an end does not lie before the day of its start."""

    def find(values: Values, named: Named) -> Finding | None:
        first, last = cast("date | None", values.get(start)), cast("date | None", values.get(end))
        if first is None or last is None or last >= first:
            return None
        wrong = _("The day %(day)s lies before %(start)s.", day=f"{last:%d/%m/%Y}", start=named(start))
        return end, wrong, _("A day not before %(day)s.", day=f"{first:%d/%m/%Y}")

    return RowRule((end, start), find)


def together(one: str, other: str) -> RowRule:
    """Two cells are both filled or both empty."""

    def find(values: Values, named: Named) -> Finding | None:
        if (values.get(one) is None) == (values.get(other) is None):
            return None
        empty, filled = (one, other) if values.get(one) is None else (other, one)
        wrong = _("%(empty)s is empty while %(filled)s is filled.", empty=named(empty), filled=named(filled))
        return empty, wrong, _("Both are filled or both are empty.")

    return RowRule((one, other), find)


def only_with(dependent: str, condition: str) -> RowRule:
    """A cell is filled only where another one is."""

    def find(values: Values, named: Named) -> Finding | None:
        if values.get(dependent) is None or values.get(condition) is not None:
            return None
        wrong = _("%(filled)s is filled while %(empty)s is empty.", filled=named(dependent), empty=named(condition))
        return dependent, wrong, _("Only together with %(column)s.", column=named(condition))

    return RowRule((dependent, condition), find)
