"""The register workbook of the office as it stands; taken over again it changes nothing."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from qms.accounts.permissions import Permission
from qms.accounts.register_reach import reached_codes
from qms.imports.house import house_sheets
from qms.imports.world import Office
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.sheets.sheet import Sheet, Values

if TYPE_CHECKING:
    from qms.imports import writer
else:
    writer = later("qms.imports.writer")


def export_workbook(moment: Moment, sheets: Sequence[Sheet] | None = None, language: str | None = None) -> bytes:
    """Every record of the units in which the actor may export (the system: of all), in the order in which they came.

    ``language="vi"`` prints the Vietnamese titles as headers, else the English names.
    """
    brought = house_sheets() if sheets is None else tuple(sheets)
    return writer.write_workbook(brought, register_rows(moment, brought), language)


def register_rows(moment: Moment, sheets: Sequence[Sheet] | None = None) -> dict[str, list[Values]]:
    """The rows of each sheet as they are exported."""
    brought = house_sheets() if sheets is None else tuple(sheets)
    reached = reached_codes(moment.person, Permission.REGISTERS_EXPORT)
    office = Office({}, brought, moment.today, reached)
    return {sheet.name: list(_exported(office, sheet, reached)) for sheet in brought}


def _exported(office: Office, sheet: Sheet, reached: frozenset[str] | None) -> Iterable[Values]:
    records = office[sheet.name].before.values()
    own = [values for values in records if reached is None or office.unit_of(sheet, values) in reached]
    return own if sheet.exported is None else sheet.exported(own)
