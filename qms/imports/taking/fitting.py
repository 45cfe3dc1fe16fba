"""Whether a kept mapping fits a file: the sheets of the file that have every column the mapping reads."""

from dataclasses import replace

from qms.imports.cells import folded
from qms.imports.mapping import tables
from qms.imports.mapping.value import Fill, Mapping, Part, Source
from qms.imports.taking.looking import Looking


def fitted(mapping: Mapping, looking: Looking) -> Mapping | None:
    """The mapping for this file, by titles alone; None where no sheet has them all, or nobody brings the register."""
    sheet = looking.sheets.get(mapping.register)
    if sheet is None or sheet.taking is None:
        return None
    read = {folded(title) for fill in mapping.fills.values() for title in _read(fill)}
    read |= {folded(one.title) for one in mapping.only}
    found = [table for table in tables.tables(looking.grids) if read and read <= {folded(title) for title in table.titles}]
    return replace(mapping, parts=tuple(Part(table.sheet, table.header, table.depth) for table in found)) if found else None


def _read(fill: Fill) -> list[str]:
    own = [fill.title] if fill.source is Source.COLUMN else []
    return own if fill.otherwise is None else [*own, *_read(fill.otherwise)]
