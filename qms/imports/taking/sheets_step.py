"""The step that asks which sheets of the workbook are taken, where their header stands, and which register they become."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from werkzeug.datastructures import MultiDict

from qms.imports.grid import Grid
from qms.imports.mapping import tables
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.tables import Table
from qms.imports.mapping.value import Mapping, Part
from qms.imports.taking.looking import Looking
from qms.kernel.language import _
from qms.sheets.problems import quote

_DEPTHS = (1, 2)
_LOWEST = 200
"""How far down a header may be said to stand."""


@dataclass(frozen=True)
class Asked:
    """One sheet of the workbook, whether it is taken, and how it shows with its header row."""

    table: Table
    chosen: bool


def asks(looking: Looking) -> bool:
    """Where the file holds one table there is nothing to choose."""
    return len(tables.tables(looking.grids)) > 1


def shown(looking: Looking) -> dict[str, Any]:
    """Every sheet that holds a table, with its first rows; the registers that may be chosen."""
    said = {part.sheet: part for part in looking.mapping.parts}
    asked = []
    for table in tables.tables(looking.grids):
        part = said.get(table.sheet)
        seen = table if part is None else tables.table(_grid(looking, table.sheet), part.header, part.depth)
        asked.append(Asked(seen, part is not None))
    return {"asked": asked, "registers": registers(looking), "register": looking.mapping.register, "depths": _DEPTHS}


def taken(looking: Looking, form: MultiDict[str, str]) -> tuple[Mapping, list[str]]:
    """The mapping of what was chosen: as it was where only the order of things is the same, proposed anew otherwise."""
    wrong, parts = [], []
    for number, table in enumerate(tables.tables(looking.grids)):
        if f"take_{number}" not in form:
            continue
        header, depth = form.get(f"header_{number}", type=int), form.get(f"depth_{number}", type=int)
        if header is None or not 1 <= header <= _LOWEST or depth not in _DEPTHS:
            wrong.append(
                _('Give the row of the header of "%(sheet)s", from 1 to %(most)s.', sheet=quote(table.sheet), most=_LOWEST)
            )
            header, depth = table.header, table.depth
        parts.append(Part(table.sheet, header, depth))
    if not parts:
        wrong.append(_("Choose at least one sheet."))
        return looking.mapping, [str(one) for one in wrong]
    register = form.get("register", "")
    if register not in {sheet.name for sheet in registers(looking)}:
        register = looking.mapping.register
    if (register, tuple(parts)) == (looking.mapping.register, looking.mapping.parts):
        return looking.mapping, [str(one) for one in wrong]
    proposed = propose(looking.grids, list(looking.sheets.values()), register, tuple(parts))
    if register != looking.mapping.register:
        return proposed, [str(one) for one in wrong]
    titles = {title for part in parts for title in _titles(looking, part)}
    still = {name: fill for name, fill in looking.mapping.fills.items() if not fill.title or fill.title in titles}
    only = tuple(one for one in looking.mapping.only if one.title in titles)
    return replace(proposed, fills={**proposed.fills, **still}, only=only), [str(one) for one in wrong]


def registers(looking: Looking) -> Sequence[Any]:
    """The registers into which any workbook may be taken."""
    return [sheet for sheet in looking.sheets.values() if sheet.taking is not None]


def _grid(looking: Looking, name: str) -> Grid:
    return next(grid for grid in looking.grids if grid.name == name)


def _titles(looking: Looking, part: Part) -> Sequence[str]:
    return tables.table(_grid(looking, part.sheet), part.header, part.depth).titles
