"""What a workbook is told: problems that stop it, notes that do not, a refusal of a file that is no workbook."""

from collections.abc import Iterable
from dataclasses import dataclass

from qms.kernel.language import _


def place(sheet: str, row: int | None, column: str | None) -> str:
    """Where in the workbook, in words: "units, row 3, kind"."""
    if row is None:
        return sheet
    if column is None:
        return str(_("%(sheet)s, row %(row)s", sheet=sheet, row=row))
    return str(_("%(sheet)s, row %(row)s, %(column)s", sheet=sheet, row=row, column=column))


@dataclass(frozen=True)
class Problem:
    """One error: where, what is wrong, what is allowed (sentences in the reader's language).

    ``row`` is the row number that Excel shows; None where the whole sheet is meant. ``column`` is the English name.
    """

    sheet: str
    row: int | None
    column: str | None
    wrong: str
    allowed: str

    @property
    def place(self) -> str:
        """Where, in words."""
        return place(self.sheet, self.row, self.column)

    def __str__(self) -> str:
        return f"{self.place}: {self.wrong} {self.allowed}"


@dataclass(frozen=True)
class Note:
    """A row that is taken over as it stands although the rules of today would not let it happen so."""

    sheet: str
    row: int
    column: str | None
    sentence: str

    @property
    def place(self) -> str:
        """Where, in words."""
        return place(self.sheet, self.row, self.column)

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class Problems(Exception):
    """Nothing was written; ``found`` lists every problem of the whole workbook, sheet by sheet, row by row."""

    def __init__(self, found: Iterable[Problem]) -> None:
        # checks come in rounds (cells, rows, references); people read a sheet from top to bottom
        distinct = list(dict.fromkeys(found))
        turn = {sheet: place for place, sheet in enumerate(dict.fromkeys(problem.sheet for problem in distinct))}
        self.found = tuple(sorted(distinct, key=lambda problem: (turn[problem.sheet], problem.row or 0)))
        super().__init__(f"{len(self.found)} problems in the workbook")


class WorkbookRefused(Exception):
    """The file is no workbook that can be read: one stable code, one sentence."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.code = code
        self.sentence = sentence
