"""The step that asks which column of the workbook is what."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from qms.imports.mapping.proposing import STATE
from qms.imports.mapping.value import Condition, Fill, Mapping, Source
from qms.imports.taking.looking import Looking
from qms.kernel.language import _
from qms.sheets.problems import quote

_SAMPLES = 3


@dataclass(frozen=True)
class Asked:
    """One column of the workbook: its title, some of its cells, and the columns of the register that it fills."""

    title: str
    samples: Sequence[str]
    fills: Sequence[str]


def asks(_looking: Looking) -> bool:
    """Always: whoever takes a workbook over has seen what its columns were taken for."""
    return True


def shown(looking: Looking) -> dict[str, Any]:
    """Each title with samples and what it fills; what may be filled; the conditions and an empty one."""
    by_title: dict[str, list[str]] = {}
    for name, fill in looking.mapping.fills.items():
        if fill.source is Source.COLUMN:
            by_title.setdefault(fill.title, []).append(name)
    asked = [Asked(title, _samples(looking, title), by_title.get(title, [""])) for title in looking.titles]
    return {
        "asked": asked,
        "groups": _groups(looking),
        "conditions": [*looking.mapping.only, Condition("", "")],
        "required": [
            str(column.title) for _name, sheet, column in looking.columns() if sheet is looking.register and column.required
        ],
    }


def taken(looking: Looking, form: MultiDict[str, str]) -> tuple[Mapping, list[str]]:
    """The mapping with what was chosen, and what is wrong with it. Meanings of words stay with their title."""
    before = looking.mapping.fills
    fills = {name: fill for name, fill in before.items() if fill.source is not Source.COLUMN}
    wrong, chosen = [], set[str]()
    known = {name for name, _sheet, _column in looking.columns()} | {STATE}
    for number, title in enumerate(looking.titles):
        for name in filter(None, form.getlist(f"title_{number}")):
            if name in chosen or name not in known:
                wrong.append(_('"%(column)s" is chosen for two columns of the workbook.', column=looking.title_of(name)))
                continue
            chosen.add(name)
            kept = before.get(name)
            fills[name] = kept if kept is not None and kept.title == title else Fill(Source.COLUMN, title)
    if not chosen:
        wrong.append(_("Choose for at least one column of the workbook what it is."))
    only = []
    for title, holds in zip(form.getlist("only_title"), form.getlist("only_holds"), strict=False):
        if title in looking.titles and holds.strip():
            only.append(Condition(title, holds.strip()))
        elif holds.strip():
            wrong.append(_('Choose the column in which "%(text)s" has to stand.', text=quote(holds)))
    return replace(looking.mapping, fills=fills, only=tuple(only)), [str(one) for one in wrong]


def _samples(looking: Looking, title: str) -> list[str]:
    cells = (row[table.titles.index(title)] for table in looking.taken if title in table.titles for row in table.first)
    return list(dict.fromkeys(filter(None, cells)))[:_SAMPLES]


def _groups(looking: Looking) -> list[tuple[str, list[tuple[str, str]]]]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, sheet, column in looking.columns():
        label = f"{column.title} *" if column.required and sheet is looking.register else str(column.title)
        groups.setdefault(str(sheet.title), []).append((name, label))
    taking = looking.register.taking
    if taking is not None and taking.states:
        groups[str(looking.register.title)].append((STATE, str(_("State"))))
    return list(groups.items())
