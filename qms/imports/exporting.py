"""The register workbook of the office as it stands; taken over again it changes nothing.

Records go from the database to the file one by one, sheet after sheet: however large the office, they are never in memory
together. A small office is written at once, a large one by the job process.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any

from qms.accounts.permissions import Permission
from qms.accounts.register_reach import reached_codes
from qms.imports.house import house_sheets, not_in_sheets
from qms.imports.world import as_read, owning_sheet
from qms.kernel.language import _l, current_language
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.kernel.work import Finish, LongWork, Progress, Result
from qms.reports import lists
from qms.sheets.sheet import Sheet, Values

if TYPE_CHECKING:
    from qms.imports import writer
else:
    writer = later("qms.imports.writer")

Registers = Iterable[tuple[Sheet, Iterable[Values]]]


def export_workbook(moment: Moment, sheets: Sequence[Sheet] | None = None, language: str | None = None) -> bytes:
    """Every record of the units in which the actor may export (the system: of all), in the order in which they came.

    ``language`` is that of sheets, headers and words; None: of this answer.
    """
    return written(register_rows(moment, sheets), language)


def written(registers: Registers, language: str | None = None) -> bytes:
    """The workbook of these rows."""
    content = BytesIO()
    writer.write_registers(content, registers, language or current_language(), not_in_sheets())
    return content.getvalue()


def few_registers(moment: Moment) -> Registers | None:
    """The registers with all their rows; None when these are more than a page writes itself."""
    found, left = [], lists.MOST_AT_ONCE
    for sheet, rows in register_rows(moment):
        some = list(islice(rows, left + 1))
        left -= len(some)
        if left < 0:
            return None
        found.append((sheet, some))
    return found


def register_rows(moment: Moment, sheets: Sequence[Sheet] | None = None) -> Iterator[tuple[Sheet, Iterator[Values]]]:
    """Each sheet with its rows as they are exported; one has to be read to its end before the next one is.

    Whose records a sheet's are may stand in a sheet before it: its keys within reach are remembered as they pass.
    """
    brought = house_sheets() if sheets is None else tuple(sheets)
    by_name = {sheet.name: sheet for sheet in brought}
    reached = reached_codes(moment.person, Permission.REGISTERS_EXPORT)
    passed: dict[str, set[object]] = defaultdict(set)

    def within_reach(sheet: Sheet) -> Iterator[Values]:
        other = owning_sheet(sheet, by_name)
        for raw in sheet.rows(moment.today):
            values = as_read(sheet, raw)
            if reached is not None:
                if values.get(sheet.owner) not in (reached if other is None else passed[other.name]):
                    continue
                passed[sheet.name].add(values[sheet.key[0]])
            yield values

    for sheet in brought:
        rows = within_reach(sheet)
        yield sheet, rows if sheet.exported is None else iter(sheet.exported(rows))


def template(language: str, moment: Moment | None = None) -> bytes:
    """An empty workbook to fill; with a moment its cells offer the records of whoever asks that stand alone by their code."""
    sheets = house_sheets()
    known = [] if moment is None else _that_are_named(register_rows(moment, sheets), sheets)
    return writer.write_template(sheets, language, not_in_sheets(), known)


def _that_are_named(registers: Registers, sheets: Sequence[Sheet]) -> Registers:
    """The units, people and whatever else a cell of another sheet names by one code, unless they are too many to choose from."""
    named = {column.names or (column.refers_to.sheet if column.refers_to else None) for one in sheets for column in one.columns}
    for sheet, rows in registers:
        if sheet.name in named and len(sheet.key) == 1:
            some = list(islice(rows, lists.MOST_AT_ONCE + 1))
            if len(some) <= lists.MOST_AT_ONCE:
                yield sheet, some


def file_name(moment: Moment) -> str:
    """What the workbook is called."""
    return f"registers-{moment.today.isoformat()}.xlsx"


def _export(_arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
    total = len(house_sheets())
    with progress.file.open("wb") as target:
        writer.write_registers(target, _counted(register_rows(moment), total, progress), current_language(), not_in_sheets())
    progress(total, total)
    return lambda: Result(file_name=file_name(moment))


def _counted(registers: Registers, total: int, progress: Progress) -> Registers:
    """Says at every row how many sheets are done, so that the work can be taken back at each."""

    def told(rows: Iterable[Values], done: int) -> Iterator[Values]:
        for row in rows:
            progress(done, total)
            yield row

    for done, (sheet, rows) in enumerate(registers):
        yield sheet, told(rows, done)


EXPORT = LongWork("export_registers", _l("Register workbook"), Permission.REGISTERS_EXPORT, _export)
