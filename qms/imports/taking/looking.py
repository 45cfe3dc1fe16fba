"""What every step looks at: the file of a draft, and what has been said of it so far."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qms.drafts.models import Draft
from qms.imports.grid import Grid
from qms.imports.mapping import tables
from qms.imports.mapping import value as mappings
from qms.imports.mapping.proposing import STATE, is_given
from qms.imports.mapping.tables import Table
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.sheets.columns import Column
from qms.sheets.sheet import Sheet


@dataclass(frozen=True)
class Looking:
    """A draft as a step sees it: the cells of its file, and the mapping as it stands."""

    draft: Draft
    grids: Sequence[Grid]
    mapping: mappings.Mapping
    sheets: Mapping[str, Sheet]
    moment: Moment

    @property
    def register(self) -> Sheet:
        """The register that the workbook becomes."""
        return self.sheets[self.mapping.register]

    @property
    def filled(self) -> list[Sheet]:
        """The register, and those whose records may stand in the same rows."""
        taking = self.register.taking
        return [self.register, *(self.sheets[name] for name in (() if taking is None else taking.beside))]

    @cached_property
    def taken(self) -> list[Table]:
        """The tables of the file that are taken, with the header rows that were said."""
        by_name = {grid.name: grid for grid in self.grids}
        parts = [part for part in self.mapping.parts if part.sheet in by_name]
        return [tables.table(by_name[part.sheet], part.header, part.depth) for part in parts]

    @property
    def titles(self) -> list[str]:
        """Every title of these tables once, in the order of the first table that has it."""
        return list(dict.fromkeys(title for table in self.taken for title in table.titles if title))

    def columns(self) -> Iterator[tuple[str, Sheet, Column]]:
        """What may be filled: the name of the fill, the register, its column."""
        for sheet in self.filled:
            for column in sheet.columns:
                if sheet is not self.register and is_given(column, sheet, self.register):
                    continue
                yield (column.name if sheet is self.register else f"{sheet.name}.{column.name}"), sheet, column

    def title_of(self, name: str) -> str:
        """What a fill is called for people."""
        if name == STATE:
            return str(_("State"))
        found = {fill: (sheet, column) for fill, sheet, column in self.columns()}.get(name)
        if found is None:
            return name
        sheet, column = found
        return str(column.title) if sheet is self.register else f"{sheet.title}: {column.title}"
