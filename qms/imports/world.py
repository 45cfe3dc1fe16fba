"""The office as it stands and as it would stand after a workbook: plain rows, so that every check sees both alike.

Whoever imports sees only what is within reach. A record elsewhere is not there at all: its row is a new one, whatever stands
behind its key, and a reference to it leads nowhere. So no preview tells what another agency holds.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from qms.imports.cells import clean
from qms.imports.workbook import Register
from qms.sheets.columns import Kind
from qms.sheets.sheet import Key, Page, Sheet, Values


class Office(Mapping[str, Page]):
    """Every sheet by its name, read when it is first asked for, narrowed to the units with the codes ``seen`` (None: all)."""

    def __init__(self, register: Register, sheets: Sequence[Sheet], day: date, seen: frozenset[str] | None) -> None:
        self.sheets = {sheet.name: sheet for sheet in sheets}
        self.brought = [sheet.name for sheet in sheets if register.get(sheet.name)]
        """The sheets in which the workbook has rows, in their order."""
        self._register = register
        self._day = day
        self._seen = seen
        self._pages: dict[str, Page] = {}
        self._owners: dict[str, dict[Key, str | None]] = {}

    def __getitem__(self, name: str) -> Page:
        if name not in self._pages:
            sheet = self.sheets[name]
            page = self._pages[name] = Page(sheet, self._stored(sheet), {})
            _lay_over(page, self._register.get(name, ()))
        return self._pages[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.sheets)

    def __len__(self) -> int:
        return len(self.sheets)

    @property
    def loaded(self) -> list[Page]:
        """The sheets that somebody has asked for: what the checks rest on."""
        return list(self._pages.values())

    def is_hidden(self, name: str, key: Key) -> bool:
        """Whether the key belongs to a record out of reach."""
        return key in self._owners.get(name, {}) and key not in self[name].before

    def unit_of(self, sheet: Sheet, values: Mapping[str, Any]) -> str | None:
        """Code of the unit to which a row belongs after the import; None where it names a record that is not there."""
        other = owning_sheet(sheet, self.sheets)
        if other is None:
            code = values.get(sheet.owner)
            return None if code is None else str(code)
        record = self[other.name].after.get((values.get(sheet.owner),))
        return None if record is None else self.unit_of(other, record)

    def unchanged_since(self, page: Page) -> bool:
        """Whether the records of a sheet still are what this office was read from."""
        return list(self._stored(page.sheet).items()) == list(page.before.items())

    def _stored(self, sheet: Sheet) -> dict[Key, Values]:
        """The records within reach; who owns the others is kept too, so that what hangs on them is out of reach as well."""
        found: dict[Key, Values] = {}
        owners: dict[Key, str | None] = {}
        other = None if self._seen is None else owning_sheet(sheet, self.sheets)
        if other is not None:
            self[other.name]
        for raw in sheet.rows(self._day):
            values = as_read(sheet, raw)
            key = tuple(values[name] for name in sheet.key)
            if self._seen is not None:
                named = values.get(sheet.owner)
                owners[key] = named if other is None else self._owners[other.name].get((named,))
                if self._seen.isdisjoint((owners[key], *(values.get(name) for name in sheet.seen_by))):
                    continue
            found[key] = values
        self._owners[sheet.name] = owners
        return found


def owning_sheet(sheet: Sheet, sheets: Mapping[str, Sheet]) -> Sheet | None:
    """The sheet whose records own those of this one; None where a unit does."""
    refers_to = sheet.by_name[sheet.owner].refers_to
    other = None if refers_to is None else sheets[refers_to.sheet]
    return None if other is None or other.by_name[other.owner].refers_to is None else other


def as_read(sheet: Sheet, values: Mapping[str, Any]) -> Values:
    """Values as they would come back out of a workbook: texts cleaned, nothing for an empty one, roles in one order."""
    found: Values = {name: (clean(value) or None) if isinstance(value, str) else value for name, value in values.items()}
    for column in sheet.columns:
        if column.kind is Kind.ROLES and column.name in found:
            found[column.name] = _in_order(found[column.name], found.get(sheet.owner), column.choices)
    return found


def _in_order(roles: Iterable[object], home: object, choices: Sequence[str]) -> tuple[str, ...]:
    pairs = (str(role).partition("@") for role in roles)
    own = {(role, "" if unit_code == home else unit_code) for role, _at, unit_code in pairs}
    ordered = sorted(own, key=lambda pair: (choices.index(pair[0]), pair[1]))
    return tuple(f"{role}@{unit_code}" if unit_code else role for role, unit_code in ordered)


def _lay_over(page: Page, rows: Iterable[Any]) -> None:
    """What the rows of the workbook make of the records."""
    sheet, before = page.sheet, page.before
    page.after = dict(before)
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
