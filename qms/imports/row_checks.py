"""What is wrong with one row by itself: rules of its sheet, and columns that a new record cannot do without."""

from collections.abc import Iterable, Iterator, Mapping

from qms.imports.headers import written
from qms.kernel.language import _
from qms.sheets.problems import Problem
from qms.sheets.sheet import Row, Sheet, World


def row_problems(
    sheet: Sheet,
    row: int,
    values: Mapping[str, object],
    present: Iterable[str],
    stored: Mapping[str, object] | None = None,
) -> list[Problem]:
    """Which rules the row breaks.

    ``present`` are the columns that the sheet has, ``values`` those of them that could be read. Without ``stored`` only rules
    are asked whose columns were all read; with ``stored`` (what the record has already, or a new one's empty values) only the
    others, that is those which need a column the sheet does not have. So each rule is asked once, by the one who can.
    """
    columns = frozenset(present)
    unread = columns - values.keys()
    problems = []
    for rule in sheet.rules:
        in_sheet = columns.issuperset(rule.columns)
        if in_sheet == (stored is not None) or not unread.isdisjoint(rule.columns):
            continue
        finding = rule.find(values if stored is None else {**stored, **values}, lambda name: written(sheet.by_name[name]))
        if finding is not None:
            problems.append(Problem(sheet.name, row, *finding))
    return problems


def absent_problems(sheet: Sheet, row: Row) -> list[Problem]:
    """What a row must fill to become a new record, in columns that its sheet does not have."""
    return [
        Problem(sheet.name, row.number, column.name, _("The column is missing."), required())
        for column in sheet.columns
        if column.required and column.name not in row.present
    ]


def required() -> str:
    """What is said of a cell that must be filled."""
    return str(_("A value is required in every row."))


def stored_problems(world: World, names: Iterable[str]) -> Iterator[Problem]:
    """Columns that a new record lacks, and rules that need what the record has already, in these sheets."""
    for page in (world[name] for name in names):
        for row, key, _values in page.rows:
            if key is None:
                continue
            stored = page.before.get(key)
            if stored is None:
                yield from absent_problems(page.sheet, row)
            empty = page.sheet.empty_values if stored is None else stored
            yield from row_problems(page.sheet, row.number, row.values, row.present, empty)
