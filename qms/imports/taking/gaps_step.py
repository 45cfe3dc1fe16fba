"""The step that asks what becomes of what is missing: a value that the house computes, one for all, a number, or nothing."""

from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from qms.imports.mapping.distinct import Choices, choices_of, column_of
from qms.imports.mapping.missing import Gap, gaps
from qms.imports.mapping.value import LEFT_OUT, Fill, Mapping, Source
from qms.imports.reach import seen_codes
from qms.imports.taking.looking import Looking
from qms.imports.world import Office
from qms.kernel.language import _
from qms.sheets.columns import Kind

OUT, NOT_TAKEN = "out", "not-taken"
"""What is sent where the rows without a value stay out, and where nothing of a register beside is taken."""
_NEEDS_A_VALUE = (Source.SAME, Source.COUNTED)


@dataclass(frozen=True)
class Asked:
    """One gap: its title, what was said of it and with which value, what may be chosen, and the register beside it lies in."""

    gap: Gap
    title: str
    said: str
    value: str
    choices: Choices
    beside: str
    is_day: bool


def asks(looking: Looking) -> bool:
    """Only where something is missing."""
    return bool(gaps(looking.grids, looking.mapping, looking.sheets))


def shown(looking: Looking) -> dict[str, Any]:
    """What is missing, with what may be done about each and what was said of it."""
    office = Office({}, list(looking.sheets.values()), looking.moment.today, seen_codes(looking.moment.person))
    asked = [
        Asked(
            gap,
            looking.title_of(gap.fill),
            *_said(looking, gap),
            choices_of(gap.fill, looking.mapping, looking.sheets, office),
            _beside(gap),
            _is_day(looking, gap),
        )
        for gap in gaps(looking.grids, looking.mapping, looking.sheets)
    ]
    return {"asked": asked, "out": OUT, "not_taken": NOT_TAKEN}


def taken(looking: Looking, form: MultiDict[str, str]) -> tuple[Mapping, list[str]]:
    """The mapping with what was chosen for each, and what is wrong with it."""
    fills, wrong = dict(looking.mapping.fills), []
    dropped = set[str]()
    for number, gap in enumerate(gaps(looking.grids, looking.mapping, looking.sheets)):
        sent, value = form.get(f"gap_{number}", ""), form.get(f"value_{number}_{form.get(f'gap_{number}', '')}", "").strip()
        fill = fills.get(gap.fill)
        if _beside(gap) in dropped:
            continue
        if sent == NOT_TAKEN and _beside(gap):
            dropped.add(_beside(gap))
            fills = {name: one for name, one in fills.items() if not name.startswith(f"{_beside(gap)}.")}
            continue
        if sent == OUT and gap.may_leave_out and fill is not None:
            fills[gap.fill] = replace(fill, words={**fill.words, "": LEFT_OUT}, otherwise=None)
            continue
        if sent not in gap.may:
            wrong.append(str(_('Choose what becomes of "%(column)s".', column=looking.title_of(gap.fill))))
            continue
        source = Source(sent)
        if source in _NEEDS_A_VALUE and not value:
            wrong.append(str(_('Give the value for "%(column)s".', column=looking.title_of(gap.fill))))
        answer = Fill(source, value=value if source in _NEEDS_A_VALUE else "")
        if fill is None or fill.source is not Source.COLUMN:
            fills[gap.fill] = answer
        else:
            words = {word: meaning for word, meaning in fill.words.items() if word}
            fills[gap.fill] = replace(fill, words=words, otherwise=answer)
    return replace(looking.mapping, fills=fills), wrong


def _is_day(looking: Looking, gap: Gap) -> bool:
    column = column_of(gap.fill, looking.mapping, looking.sheets)
    return column is not None and column.kind is Kind.DAY


def _beside(gap: Gap) -> str:
    """The register beside in which a value is missing; "" where it is the register itself."""
    return gap.fill.rpartition(".")[0]


def _said(looking: Looking, gap: Gap) -> tuple[str, str]:
    """What was chosen and the value given; of several things that may be done the first is proposed."""
    fill = looking.mapping.fills.get(gap.fill)
    answer = fill.otherwise if fill is not None and fill.source is Source.COLUMN else fill
    if answer is not None:
        return answer.source.value, answer.value
    if fill is not None and fill.words.get("") == LEFT_OUT:
        return OUT, ""
    first = next(iter(gap.may), None)
    return ("" if first is None else first.value), gap.pattern if first is Source.COUNTED else ""
