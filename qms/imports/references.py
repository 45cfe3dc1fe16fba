"""What rows say of each other and of what is already there: references, cycles, agencies, the history of nonconformities."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from qms.imports.cells import quote
from qms.imports.order import history_problems
from qms.imports.problems import Problem
from qms.imports.sheet import Column, Kind
from qms.imports.taker import Values
from qms.imports.workbook import Row
from qms.imports.world import Page, World
from qms.kernel.language import _
from qms.standard.catalogue import EDITION, clauses

Event = tuple[str, date]


def reference_problems(world: World) -> Iterator[Problem]:
    """Every reference of the workbook that leads nowhere, and every circle of units.

    A row that is there word for word already is left alone, so its references are not asked again.
    """
    applying = _procedures_of_units(world)
    for page in world.values():
        touched = set(page.touched)
        for row, key, values in page.rows:
            if key is not None and key not in touched:
                continue
            for column in page.sheet.columns:
                if column.refers_to is not None and column.name in row.values:
                    yield from _missing(world, page, row, column, values, applying)
    yield from _circles(world, "parent_code", _("The unit stands above itself."), _("The units form a tree."))
    yield from _circles(world, "successor_code", _("The unit is its own successor."), _("Successors lead to an end."))


def agency_problems(world: World) -> Iterator[Problem]:
    """Announcements and reviews belong to agencies, after the import as well (4.3, 9.3)."""
    units = world["units"]
    rows = {key: row for row, key, _values in units.rows if key is not None}
    for name in ("announcements", "reviews"):
        page = world[name]
        own = {key: row for row, key, _values in page.rows if key is not None}
        for key, values in page.after.items():
            unit = units.after.get((values.get("unit_code"),))
            if unit is None or unit.get("agency", True):  # an unknown unit, or a cell that could not be read, is told already
                continue
            if key in own:
                wrong = _('The unit "%(code)s" is no agency.', code=quote(str(values["unit_code"])))
                yield Problem(name, own[key].number, "unit_code", wrong, _("A unit that has a QMS of its own (agency = yes)."))
            elif (values["unit_code"],) in rows:
                number = rows[values["unit_code"],].number
                wrong = _("The unit has announcements or reviews of an agency.")
                yield Problem("units", number, "agency", wrong, _("It stays an agency (agency = yes)."))


def histories(world: World) -> tuple[dict[str, set[Event]], dict[str, set[Event]]]:
    """Closings and reopenings of every nonconformity before and after, by its code.

    The days of a row are the whole history unless there are events in the workbook, or more of them than a row can tell.
    """
    before, listed = defaultdict(set), defaultdict(set)
    events = world["nonconformity_events"]
    for values in events.before.values():
        before[values["nonconformity_code"]].add((values["event"], values["on"]))
    for _row, key, values in events.rows:
        if key is not None:
            listed[values["nonconformity_code"]].add((values["event"], values["on"]))
    page = world["nonconformities"]
    after: dict[str, set[Event]] = {}
    for (code,), values in page.after.items():
        told = _told(page.before.get((code,), {}))
        if listed[code] or before[code] != told:
            after[code] = before[code] | listed[code]
        else:
            after[code] = _told(values)
    return dict(before), after


def history_contradictions(world: World) -> Iterator[Problem]:
    """Where the days of a nonconformity are not the latest of its events."""
    page, events = world["nonconformities"], world["nonconformity_events"]
    _before, after = histories(world)
    rows = {key[0]: row for row, key, _values in page.rows if key is not None}
    first: dict[str, Row] = {}
    for event_row, key, values in events.rows:
        if key is not None:
            first.setdefault(values["nonconformity_code"], event_row)
    changed = {key[0] for key in page.touched} | first.keys()
    for code in changed & after.keys():
        values, row = page.after[code,], rows.get(code)
        if row is not None and any(name in row.present and name not in row.values for name in ("closed_on", "reopened_on")):
            continue  # the day could not be read: told already
        if code not in first and after[code] == _told(values):
            continue
        place = ("nonconformities", row.number) if row is not None else ("nonconformity_events", first[code].number)
        yield from history_problems(place, values.get("closed_on"), values.get("reopened_on"), sorted(after[code]))


def _told(values: Mapping[str, object]) -> set[Event]:
    days = (("closed", values.get("closed_on")), ("reopened", values.get("reopened_on")))
    return {(event, day) for event, day in days if isinstance(day, date)}


def _procedures_of_units(world: World) -> set[tuple[str, str]]:
    """(unit, code) of every procedure that a unit owns or that applies to it."""
    owned = {(key[0], key[1]) for key in world["procedures"].after}
    applied = {(key[2], key[1]) for key in world["procedure_units"].after}
    return owned | applied


def _missing(
    world: World, page: Page, row: Row, column: Column, values: Values, applying: set[tuple[str, str]]
) -> Iterator[Problem]:
    value = row.values[column.name]
    items = value if isinstance(value, tuple) else (value,)
    for item in items:
        sentence = None if item is None or item == "" else _wrong(world, page, column, item, values, applying)
        if sentence is not None:
            yield Problem(page.sheet.name, row.number, column.name, *sentence)


def _wrong(
    world: World, page: Page, column: Column, item: object, values: Values, applying: set[tuple[str, str]]
) -> tuple[str, str] | None:
    code, unit = _code_of(column, item), values.get("unit_code")
    if column.refers_to == "clauses":
        found = code in clauses()
    elif column.refers_to != "procedures":
        found = code is None or (code,) in world[column.refers_to or ""].after
    elif page.sheet.name == "procedure_units":
        found = (unit, code) in world["procedures"].after
    else:
        found = (unit, code) in applying
    return None if found else _sentences(column.refers_to or "", page.sheet.name, quote(str(code)), quote(str(unit)))


def _code_of(column: Column, item: object) -> str | None:
    """The code that an item names; None for a role in the person's own unit."""
    return str(item).partition("@")[2] or None if column.kind is Kind.ROLES else str(item)


def _sentences(refers_to: str, sheet: str, shown: str, unit: str) -> tuple[str, str]:
    if refers_to == "clauses":
        wrong, allowed = _('The standard has no clause "%(value)s".', value=shown), _("A clause of %(edition)s.", edition=EDITION)
    elif refers_to == "units":
        wrong = _('There is no unit "%(value)s".', value=shown)
        allowed = _("A unit of the sheet units, or one that is already here.")
    elif refers_to == "people":
        wrong = _('There is no person with the user name "%(value)s".', value=shown)
        allowed = _("A user name of the sheet people, or one that is already here.")
    elif refers_to == "audits":
        wrong = _('There is no audit "%(value)s".', value=shown)
        allowed = _("An audit of the sheet audits, or one that is already here.")
    elif refers_to == "nonconformities":
        wrong = _('There is no nonconformity "%(value)s".', value=shown)
        allowed = _("A nonconformity of the sheet nonconformities, or one that is already here.")
    elif sheet == "procedure_units":
        wrong = _('The unit "%(unit)s" owns no document "%(value)s".', unit=unit, value=shown)
        allowed = _("A document of the sheet procedures, or one that is already here.")
    else:
        wrong = _('No document "%(value)s" belongs or applies to the unit "%(unit)s".', value=shown, unit=unit)
        allowed = _("A document that the unit owns or that applies to it.")
    return wrong, allowed


def _circles(world: World, column: str, wrong: str, allowed: str) -> Iterator[Problem]:
    page = world["units"]
    links = {key[0]: values.get(column) for key, values in page.after.items()}
    in_circle = _in_circle(links)
    for row, key, _values in page.rows:
        if key is not None and key[0] in in_circle:
            yield Problem("units", row.number, column, wrong, allowed)


def _in_circle(links: Mapping[str, str | None]) -> set[str]:
    seen: set[str] = set()
    found: set[str] = set()
    for start in links:
        path: dict[str, int] = {}
        code: str | None = start
        while code is not None and code in links and code not in seen:
            seen.add(code)
            path[code] = len(path)
            code = links[code]
        if code is not None and code in path:
            found.update(_from(path, code))
    return found


def _from(path: Mapping[str, int], code: str) -> Iterable[str]:
    return (other for other, place in path.items() if place >= path[code])
