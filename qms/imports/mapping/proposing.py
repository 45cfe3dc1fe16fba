"""The first proposal: which register a workbook holds, which of its sheets belong together, and which column is what."""

import re
from collections.abc import Iterator, Sequence

from qms.imports.cells import folded
from qms.imports.grid import Grid
from qms.imports.mapping.tables import BETWEEN, Table, table, tables
from qms.imports.mapping.value import Fill, Mapping, Part, Source
from qms.sheets.columns import Column, Kind
from qms.sheets.sheet import Sheet

STATE = "state"
"""The pseudo column of a register whose states offices keep as words."""
_ALIKE = 0.7
"""How much of their titles two sheets share that hold one register."""
_ASIDE = re.compile(r"\s*\([^()]*\)\s*$")


def propose(
    grids: Sequence[Grid], sheets: Sequence[Sheet], register: str | None = None, parts: tuple[Part, ...] | None = None
) -> Mapping:
    """The whole first mapping of a workbook; register and sheets where nobody has said them.

    Raises ``LookupError`` where no register may be taken from any workbook.
    """
    offered = [sheet for sheet in sheets if sheet.taking is not None and register in (None, sheet.name)]
    if not offered:
        raise LookupError(f"nobody brings a register {register or ''} that is taken from any workbook")
    by_name = {sheet.name: sheet for sheet in sheets}
    grid_of = {grid.name: grid for grid in grids}
    found = tables(grids) if parts is None else [table(grid_of[one.sheet], one.header, one.depth) for one in parts]
    best: tuple[int, int, Sheet, Table | None] = (-1, 0, offered[0], None)
    for sheet in offered:
        for one in found:
            score = (len(fills_for(one, sheet, by_name)), one.count)
            if score > best[:2]:
                best = (*score, sheet, one)
    _score, _rows, sheet, main = best
    if main is None:
        return Mapping(sheet.name, parts or (), {})
    together = found if parts is not None else [one for one in found if one is main or _alike(one, main)]
    fills: dict[str, Fill] = {}
    for one in (main, *together):
        for name, fill in fills_for(one, sheet, by_name).items():
            fills.setdefault(name, fill)
    return Mapping(sheet.name, tuple(Part(one.sheet, one.header, one.depth) for one in together), fills)


def fills_for(one: Table, sheet: Sheet, by_name: dict[str, Sheet]) -> dict[str, Fill]:
    """Which column of the register, and of those beside it, each title seems to be; the surest first, each title once."""
    candidates = []
    for place, title in enumerate(one.titles):
        if not title:
            continue
        samples = [row[place] for row in one.first if row[place]]
        for turn, name in enumerate(_ways(title)):
            for rank, fill, column in _known(sheet, by_name):
                if name == rank[1] and _looks(column, samples):
                    candidates.append((turn, rank[0], place, fill))
    fills: dict[str, Fill] = {}
    used = set[int]()
    for _turn, _rank, place, name in sorted(candidates):
        if name not in fills and place not in used:
            fills[name] = Fill(Source.COLUMN, one.titles[place])
            used.add(place)
    for name in () if sheet.taking is None else sheet.taking.beside:
        _give_subject(fills, sheet, by_name[name])
    return fills


def subject_of(beside: Sheet, register: str) -> Column | None:
    """The column without which a row holds no record of the register beside it: what an action is, not whose it is."""
    return next(
        (
            column
            for column in beside.columns
            if column.required
            and column.kind in (Kind.TEXT, Kind.CODE)
            and not (column.refers_to is not None and column.refers_to.sheet == register)
        ),
        None,
    )


def _give_subject(fills: dict[str, Fill], sheet: Sheet, beside: Sheet) -> None:
    """A measure that stands beside the one who carries it out is an action, where the workbook has no other column for it."""
    subject, before = subject_of(beside, sheet.name), f"{beside.name}."
    if subject is None or before + subject.name in fills or not any(name.startswith(before) for name in fills):
        return
    usual = () if beside.taking is None else beside.taking.titles.get(subject.name, ())
    for name, fill in fills.items():
        column = sheet.by_name.get(name)
        if column is not None and not column.required and folded(fill.title) in usual:
            fills[before + subject.name] = fills.pop(name)
            return


def _ways(title: str) -> list[str]:
    """How a title may be looked for: whole, without what stands in brackets, and its last line alone."""
    whole = folded(title)
    found = [whole, folded(_ASIDE.sub("", title))]
    if BETWEEN in title:
        found.append(folded(title.rpartition(BETWEEN)[2]))
    return list(dict.fromkeys(found))


def _known(sheet: Sheet, by_name: dict[str, Sheet]) -> Iterator[tuple[tuple[int, str], str, Column | None]]:
    """Every title that is known: how usual it is and how it reads, the fill it means, the column."""
    yield from _titles(sheet, "", 0)
    taking = sheet.taking
    if taking is not None:
        yield from (((10 + turn, title), STATE, None) for turn, title in enumerate(taking.titles.get(STATE, ())))
        for name in taking.beside:
            beside = by_name[name]
            yield from (found for found in _titles(beside, f"{name}.", 1000) if not is_given(found[2], beside, sheet))


def _titles(sheet: Sheet, before: str, later: int) -> Iterator[tuple[tuple[int, str], str, Column]]:
    usual = {} if sheet.taking is None else sheet.taking.titles
    for column in sheet.columns:
        own = dict.fromkeys((folded(column.name), folded(column.title_vi)))
        for turn, title in enumerate((*own, *usual.get(column.name, ()))):
            yield (later + turn, title), before + column.name, column


def is_given(column: Column | None, beside: Sheet, sheet: Sheet) -> bool:
    """Whether the row itself says it: which record of the register a record beside it belongs to."""
    return (
        column is not None and column.refers_to is not None and column.refers_to.sheet == sheet.name and column.name in beside.key
    )


def _looks(column: Column | None, samples: Sequence[str]) -> bool:
    """Whether some cell may be what the column holds; a day and a number have a digit."""
    if column is None or not samples or column.kind not in (Kind.DAY, Kind.WHOLE, Kind.DECIMAL):
        return True
    return any(any(letter.isdigit() for letter in sample) for sample in samples)


def _alike(one: Table, main: Table) -> bool:
    here, there = ({folded(title) for title in table_.titles if title} for table_ in (one, main))
    return len(here & there) >= _ALIKE * max(len(here), len(there))
