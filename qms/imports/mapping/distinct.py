"""The words of a workbook that need a meaning: each distinct one once, with its count and what it seems to mean."""

from collections import Counter
from collections.abc import Mapping as Mappings
from collections.abc import Sequence
from dataclasses import dataclass

from qms.imports.cells import Unreadable, chosen, folded, read_cell
from qms.imports.grid import Fault, Grid, Shown
from qms.imports.mapping.called import meanings_of, plain
from qms.imports.mapping.day_words import day_choices, is_mistyped_day, proposed_meaning
from qms.imports.mapping.proposing import STATE
from qms.imports.mapping.rows import records
from qms.imports.mapping.tables import shown_text
from qms.imports.mapping.value import LEFT_OUT, Fill, Mapping, Source
from qms.kernel.language import _
from qms.sheets.columns import Column, Kind
from qms.sheets.sheet import Sheet, World

Choices = Sequence[tuple[str, str]]
"""What a word may mean, as it would be typed into a cell, and what that is called."""
_UNITS, _PEOPLE = "units", "people"
_YES, _NO = "yes", "no"
_YES_WORDS = frozenset({"x", "co", "yes", "true", "1", "✓", "✔", "v", "da", "dat"})
_NO_WORDS = frozenset({"khong", "no", "false", "0", "-", "chua"})


@dataclass(frozen=True)
class Word:
    """One word as it shows, in how many rows it stands, and its meaning as ``Fill.words`` keeps it; None: as it stands."""

    text: str
    count: int
    meaning: str | None


@dataclass(frozen=True)
class Words:
    """The words of one column, the most frequent first, and what they may mean."""

    fill: str
    words: Sequence[Word]
    choices: Choices


def words_of(grids: Sequence[Grid], mapping: Mapping, sheets: Mappings[str, Sheet], office: World) -> list[Words]:
    """The words of every column of the mapping that holds an enumeration, a yes or no, a unit, a person, or a state.

    Of a column of days only what is no day is a word: a month alone, a note. A whole day that is mistyped is mended in its cell.
    """
    asked = {
        name: fill
        for name, fill in mapping.fills.items()
        if fill.source is Source.COLUMN and (name == STATE or _has_words(column_of(name, mapping, sheets)))
    }
    columns = {name: column_of(name, mapping, sheets) for name in asked}
    days = {name: column for name, column in columns.items() if column is not None and column.kind is Kind.DAY}
    counts: dict[str, Counter[str]] = {name: Counter() for name in asked}
    for line in records(grids, mapping, sheets[mapping.register]):
        for name, fill in asked.items():
            text = line.text(fill.title)
            if text and (name not in days or _is_no_day(days[name], line.cells[fill.title])):
                counts[name][text] += 1
    found = []
    for name, fill in asked.items():
        choices = day_choices(counts[name]) if name in days else choices_of(name, mapping, sheets, office)
        meant = _meanings(name, mapping, sheets, office)
        distinct: dict[str, Word] = {}
        for text, count in counts[name].most_common():
            key = folded(text)
            known = distinct.get(key)
            distinct[key] = Word(
                text if known is None else known.text,
                count + (known.count if known else 0),
                _meant(fill, key, text, name, mapping, sheets, meant),
            )
        found.append(Words(name, list(distinct.values()), choices))
    return found


def column_of(name: str, mapping: Mapping, sheets: Mappings[str, Sheet]) -> Column | None:
    """The column of the register, or of one beside it, that a fill is for; None for a state and for one that has gone."""
    sheet, _dot, column = name.rpartition(".")
    found = sheets.get(sheet or mapping.register)
    return None if found is None else found.by_name.get(column)


def choices_of(name: str, mapping: Mapping, sheets: Mappings[str, Sheet], office: World) -> Choices:
    """What may stand in a column, where that can be counted out; nothing otherwise."""
    if name == STATE:
        taking = sheets[mapping.register].taking
        return [] if taking is None else [(state.name, str(state.title)) for state in taking.states]
    column = column_of(name, mapping, sheets)
    if column is None:
        return []
    if column.kind is Kind.CHOICE:
        return [(str(choice), str(column.word(choice))) for choice in column.choices]
    if column.kind is Kind.YES_NO:
        return [(_YES, _("yes")), (_NO, _("no"))]
    if _names(column) == _UNITS:
        return [(str(row["code"]), f"{row['name']} ({row['code']})") for row in office[_UNITS].before.values()]
    if _names(column) == _PEOPLE:
        return [(str(row["username"]), f"{row['full_name']} ({row['username']})") for row in office[_PEOPLE].before.values()]
    return []


def _has_words(column: Column | None) -> bool:
    return column is not None and (column.kind in (Kind.CHOICE, Kind.YES_NO, Kind.DAY) or _names(column) in (_UNITS, _PEOPLE))


def _names(column: Column) -> str | None:
    """The sheet whose single records the cells of a column name."""
    if column.kind in (Kind.CODES, Kind.CLAUSES, Kind.ROLES):
        return None
    return column.refers_to.sheet if column.refers_to is not None else column.names


def _meanings(name: str, mapping: Mapping, sheets: Mappings[str, Sheet], office: World) -> dict[str, str]:
    """Folded word → meaning, as the register declares it and as the records are called."""
    taking = sheets[mapping.register].taking
    if name == STATE:
        states = () if taking is None else taking.states
        return {word: state.name for state in states for word in (folded(str(state.title)), *state.words)}
    column = column_of(name, mapping, sheets)
    if column is None:
        return {}
    if column.kind is Kind.YES_NO:
        return {**dict.fromkeys(_YES_WORDS, _YES), **dict.fromkeys(_NO_WORDS, _NO)}
    if _names(column) == _UNITS:
        return meanings_of(office[_UNITS].before.values(), "code", ("name", "name_en"), shortened=True)
    if _names(column) == _PEOPLE:
        return meanings_of(office[_PEOPLE].before.values(), "username", ("full_name",), shortened=False)
    own = sheets[name.rpartition(".")[0] or mapping.register].taking
    declared = {} if own is None else dict(own.words.get(column.name, {}))
    left_out = () if taking is None else taking.left_out
    return {**dict.fromkeys(left_out, LEFT_OUT), **declared}


def _is_no_day(column: Column, shown: Shown) -> bool:
    """Whether a cell of a column of days holds a word; an error of a formula is none."""
    if isinstance(shown, Fault):
        return False
    try:
        read_cell(column, shown)
    except Unreadable:
        return not is_mistyped_day(shown_text(shown))
    return False


def _meant(
    fill: Fill, key: str, text: str, name: str, mapping: Mapping, sheets: Mappings[str, Sheet], meant: Mappings[str, str]
) -> str | None:
    if key in fill.words:
        return fill.words[key]
    column = column_of(name, mapping, sheets)
    if column is not None and column.kind is Kind.CHOICE:
        return chosen(column, text) or meant.get(key)
    if column is not None and column.kind is Kind.DAY:
        return proposed_meaning(text)
    return meant.get(key) or (meant.get(plain(text)) if column is not None and _names(column) == _UNITS else None)
