"""What is missing: needed columns that the workbook does not have, and empty cells; with what may be done about each."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Mappings
from dataclasses import dataclass

from flask_babel import LazyString

from qms.imports.cells import folded
from qms.imports.grid import Grid
from qms.imports.mapping.proposing import STATE, subject_of
from qms.imports.mapping.rows import Line, records
from qms.imports.mapping.value import LEFT_OUT, Fill, Mapping, Source
from qms.sheets.columns import Column
from qms.sheets.sheet import Sheet
from qms.sheets.taking import Rule

_ASKED = Fill(Source.COLUMN)


@dataclass(frozen=True)
class Gap:
    """One column that is not filled (``empty`` is None), or not in so many rows; what may be done, the best first.

    Where it is what a register beside the main one is about, ``NOTHING`` leaves that register out.

    ``rule`` says in words what the house would compute, ``pattern`` how it would number.
    """

    fill: str
    empty: int | None
    may: tuple[Source, ...]
    may_leave_out: bool = False
    rule: LazyString | None = None
    pattern: str = ""


def gaps(grids: Sequence[Grid], mapping: Mapping, sheets: Mappings[str, Sheet]) -> list[Gap]:
    """Everything that has to be answered before the workbook can be taken, in the order of the columns."""
    every = list(records(grids, mapping, sheets[mapping.register]))
    found = []
    for name, column, sheet in _needed(mapping, sheets):
        fill = mapping.fills.get(name)
        if fill is None or fill.source is not Source.COLUMN:
            if column.default is None:
                beside = sheet.name != mapping.register and column == subject_of(sheet, mapping.register)
                found.append(Gap(name, None, (Source.NOTHING,)) if beside else _gap(name, column, sheet, None))
            continue
        rows = [line for line in every if not _out(line, mapping) and _concerns(line, name, mapping)]
        empty = sum(_empty(line, fill) for line in rows)
        if empty and column.default is None:
            found.append(_gap(name, column, sheet, empty))
    return [*found, *_days_of_states(every, mapping, sheets)]


def _needed(mapping: Mapping, sheets: Mappings[str, Sheet]) -> Iterator[tuple[str, Column, Sheet]]:
    """The required columns of the register, and of each beside it of which the workbook has something."""
    main = sheets[mapping.register]
    yield from ((column.name, column, main) for column in main.columns if column.required)
    for name in () if main.taking is None else main.taking.beside:
        subject = subject_of(sheets[name], mapping.register)
        whole = subject is None or mapping.fills.get(f"{name}.{subject.name}", _ASKED).source is not Source.NOTHING
        if any(fill.startswith(f"{name}.") for fill in mapping.fills):
            for column in sheets[name].columns if whole or subject is None else (subject,):
                given = column.name in sheets[name].key  # which record it belongs to, and its number there
                if column.required and not given:
                    yield f"{name}.{column.name}", column, sheets[name]


def _gap(name: str, column: Column, sheet: Sheet, empty: int | None) -> Gap:
    taking = sheet.taking
    rule: Rule | None = None if taking is None else taking.rules.get(column.name)
    pattern = taking.counted if taking is not None and (column.name,) == sheet.key else None
    may = [
        *([Source.RULE] if rule is not None else []),
        *([Source.COUNTED] if pattern else []),
        Source.SAME,
        *([] if column.required else [Source.NOTHING]),
    ]
    return Gap(name, empty, tuple(may), empty is not None, None if rule is None else rule.title, pattern or "")


def _days_of_states(every: Sequence[Line], mapping: Mapping, sheets: Mappings[str, Sheet]) -> Iterator[Gap]:
    """The days that a state needs and the workbook does not give: said, one day for all, or left as not known."""
    taking, fill = sheets[mapping.register].taking, mapping.fills.get(STATE)
    if taking is None or fill is None:
        return
    for needs in dict.fromkeys(state.needs for state in taking.states if state.needs):
        names = {state.name for state in taking.states if state.needs == needs}
        rows = [line for line in every if fill.words.get(folded(line.text(fill.title))) in names and not _out(line, mapping)]
        day = mapping.fills.get(needs)
        without = sum(day is None or day.source is not Source.COLUMN or _empty(line, day) for line in rows)
        if without:
            yield Gap(needs, without, (Source.NOTHING, Source.SAME))


def _empty(line: Line, fill: Fill) -> bool:
    text = line.text(fill.title)
    return not text or fill.words.get(folded(text)) == ""


def _out(line: Line, mapping: Mapping) -> bool:
    """Whether a word of the row leaves it out."""
    return any(
        fill.source is Source.COLUMN and fill.words.get(folded(line.text(fill.title))) == LEFT_OUT and line.text(fill.title)
        for fill in mapping.fills.values()
    )


def _concerns(line: Line, name: str, mapping: Mapping) -> bool:
    """Whether the row says something of the register that a column belongs to; a row without an action lacks no day of one."""
    before = name.rpartition(".")[0]
    if not before:
        return True
    beside = (fill for other, fill in mapping.fills.items() if other.startswith(f"{before}."))
    return any(fill.source is Source.COLUMN and not _empty(line, fill) for fill in beside)
