"""What a register declares so that any workbook can be taken over into it: usual titles and words, and what may be computed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask_babel import LazyString


@dataclass(frozen=True)
class Rule:
    """A value that the house computes where the office kept none: said in words, never in silence.

    ``compute`` is handed the values of the row that could be read (by column) and answers the value, or None where it cannot.
    For a register beside another, the other's values of the same row are there too, but for columns that both have filled.
    """

    title: LazyString
    compute: Callable[[Mapping[str, Any]], object | None]


@dataclass(frozen=True)
class State:
    """A state that an office keeps as a word where the register keeps a day: ``needs`` is the column of that day, if any
    ("sheet.column" of a register beside, as a mapping names it).

    ``words`` are folded words that usually mean it.
    """

    name: str
    title: LazyString
    words: tuple[str, ...]
    needs: str | None = None


@dataclass(frozen=True)
class Taking:
    """Everything of one register that the mapping page needs beside its columns.

    ``titles``: column (or "state") → folded titles under which offices keep it, the most usual first. ``words``: column →
    folded word → choice. ``rules`` by column. ``states`` in the order of a record's life. ``beside``: registers whose records
    may stand in the same row. ``left_out``: folded words of findings that are no record of this register. ``counted``: the
    pattern proposed for codes where the office has none, such as "KPH-{yyyy}-{nnn}".
    """

    titles: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    words: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    rules: Mapping[str, Rule] = field(default_factory=dict)
    states: tuple[State, ...] = ()
    beside: tuple[str, ...] = ()
    left_out: tuple[str, ...] = ()
    counted: str | None = None
