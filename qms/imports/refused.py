"""What a whole workbook is told: everything that is wrong with it at once, or that it is no workbook."""

from collections.abc import Iterable

from qms.sheets.problems import Problem


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
