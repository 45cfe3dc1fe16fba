"""The register workbook of the office as it stands; taken over again it changes nothing."""

from collections import Counter
from collections.abc import Iterable, Sequence

from qms.accounts.permissions import Permission
from qms.imports.reach import owners, reached_codes, unit_of
from qms.imports.registers import SHEETS
from qms.imports.takeover import house_takers
from qms.imports.taker import Taker, Values
from qms.imports.world import imagine
from qms.imports.writer import write_workbook
from qms.kernel.moment import Moment


def export_workbook(moment: Moment, takers: Sequence[Taker] | None = None, language: str | None = None) -> bytes:
    """Every record of the units in which the actor may export (the system: of all), in the order in which they came.

    ``language="vi"`` prints the Vietnamese titles as headers, else the English names.
    """
    sheets = register_rows(moment, takers)
    return write_workbook([sheet for sheet in SHEETS if sheet.name in sheets], sheets, language)


def register_rows(moment: Moment, takers: Sequence[Taker] | None = None) -> dict[str, list[Values]]:
    """The rows of each sheet as they are exported."""
    world = imagine({}, house_takers() if takers is None else takers, moment.today)
    reached = reached_codes(moment.person, Permission.REGISTERS_EXPORT)
    owned = owners(world)
    rows = {
        name: [values for values in page.before.values() if reached is None or unit_of(name, values, owned) in reached]
        for name, page in world.items()
    }
    rows["nonconformity_events"] = list(_long_histories(rows["nonconformity_events"]))
    return rows


def _long_histories(events: Iterable[Values]) -> Iterable[Values]:
    """Events that the two days of the nonconformity's own row cannot tell."""
    listed = list(events)
    times = Counter((values["nonconformity_code"], values["event"]) for values in listed)
    long = {code for (code, _event), count in times.items() if count > 1}
    return (values for values in listed if values["nonconformity_code"] in long)
