"""The office as it stands and as it would stand after a workbook: plain rows, so that every check sees both alike."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from qms.imports.cells import clean
from qms.imports.registers import PEOPLE, SHEETS
from qms.imports.sheet import Kind, Sheet
from qms.imports.taker import Key, Taker, Values
from qms.imports.workbook import Register, Row

_ROLES = {role: turn for turn, role in enumerate(PEOPLE.by_name["roles"].choices)}


@dataclass
class Page:
    """One sheet: records as they stand, as they would stand, and what the workbook's rows make of them.

    ``rows`` are the rows of the workbook with their key (None: could not be read, or stands there twice) and their values;
    an absent column has the value of the record, or of an empty cell.
    """

    sheet: Sheet
    before: dict[Key, Values]
    after: dict[Key, Values]
    rows: list[tuple[Row, Key | None, Values]] = field(default_factory=list)
    new: list[Key] = field(default_factory=list)
    changed: list[Key] = field(default_factory=list)
    unchanged: int = 0

    @property
    def touched(self) -> list[Key]:
        """What would be written."""
        return [*self.new, *self.changed]


World = Mapping[str, Page]
"""Every sheet by its name, also those that the workbook does not have."""


def imagine(register: Register, takers: Iterable[Taker], day: date) -> World:
    """Reads every record that a workbook may name and lays the workbook's rows over them; every sheet needs its taker."""
    by_sheet = {taker.sheet: taker for taker in takers}
    return {sheet.name: _page(sheet, by_sheet[sheet.name].rows(day), register.get(sheet.name, ())) for sheet in SHEETS}


def as_read(sheet: Sheet, values: Mapping[str, Any]) -> Values:
    """Values as they would come back out of a workbook: texts cleaned, nothing for an empty one, roles in one order."""
    found: Values = {name: (clean(value) or None) if isinstance(value, str) else value for name, value in values.items()}
    for column in sheet.columns:
        if column.kind is Kind.ROLES and column.name in found:
            found[column.name] = _in_order(found[column.name], found.get("unit_code"))
    return found


def _in_order(roles: Iterable[object], home: object) -> tuple[str, ...]:
    pairs = (str(role).partition("@") for role in roles)
    own = {(role, "" if unit_code == home else unit_code) for role, _at, unit_code in pairs}
    ordered = sorted(own, key=lambda pair: (_ROLES[pair[0]], pair[1]))
    return tuple(f"{role}@{unit_code}" if unit_code else role for role, unit_code in ordered)


def _page(sheet: Sheet, records: Mapping[Key, Values], rows: Sequence[Row]) -> Page:
    before = {key: as_read(sheet, values) for key, values in records.items()}
    page = Page(sheet, before, dict(before))
    taken: set[Key] = set()
    for row in rows:
        key = row.key(sheet)
        stored = None if key is None else before.get(key)
        values = as_read(sheet, {**(sheet.empty_values if stored is None else stored), **row.values})
        if key is None or key in taken:
            page.rows.append((row, None, values))
            continue
        taken.add(key)
        page.rows.append((row, key, values))
        page.after[key] = values
        if stored is None:
            page.new.append(key)
        elif stored != values:
            page.changed.append(key)
        else:
            page.unchanged += 1
    return page
