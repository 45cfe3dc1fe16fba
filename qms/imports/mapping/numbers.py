"""Where a row of a mapped workbook stands: several of its sheets become one register, so a number alone says too little."""

from dataclasses import dataclass, replace
from typing import Self

from qms.imports.grid import column_letters
from qms.imports.workbook import Located, Reading
from qms.sheets.problems import Seen

_APART = 10_000_000
"""More rows than a sheet has, so that no two rows of two sheets have one number."""


class RowNumber(int):
    """The number of a row, by itself another one for each sheet; as text what the person sees: "5", or "5 (Năm 2023)"."""

    row: int
    sheet: str
    several: bool

    @classmethod
    def of(cls, place: int, row: int, sheet: str, *, several: bool) -> Self:
        """Row ``row`` of the sheet that is taken at that place."""
        line = cls(place * _APART + row)
        line.row, line.sheet, line.several = row, sheet, several
        return line

    def __str__(self) -> str:
        return f"{self.row} ({self.sheet})" if self.several else str(self.row)

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)


@dataclass
class MappedReading(Reading):
    """What a workbook says by a mapping; problems and notes are located in the workbook of the office."""

    places: dict[tuple[str, str], int] | None = None
    """(sheet of the workbook, name of the fill) → its column from 0."""
    titled: dict[str, str] | None = None
    """Name of the fill → title of the column in the workbook."""
    main: str = ""

    def located(self, one: Located) -> Located:
        """The same with the sheet, the row, the cell and the title that the person sees."""
        line = one.row
        if not isinstance(line, RowNumber):
            return one
        fill = one.column if one.sheet == self.main else f"{one.sheet}.{one.column}"
        index = (self.places or {}).get((line.sheet, str(fill)))
        cell = None if index is None else f"{column_letters(index)}{line.row}"
        return replace(one, row=line.row, cell=cell, seen=Seen(line.sheet, (self.titled or {}).get(str(fill))))
