"""Whether every record, unit and clause that a row names is there: among the records within reach, or in the workbook."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from qms.imports.alike import Meant
from qms.imports.world import Office
from qms.kernel.language import _
from qms.sheets.columns import Column, Kind, Reference
from qms.sheets.problems import Problem, quote
from qms.sheets.sheet import Page, Row, Values, World
from qms.standard.catalogue import EDITION, clauses

_CLAUSES = frozenset({Kind.CLAUSE, Kind.CLAUSES})


def reference_problems(office: Office) -> Iterator[Problem]:
    """Every reference of the workbook that leads nowhere.

    What a record names already is not asked again: its row may stand in the workbook because something else changes.
    """
    meant = Meant(office)
    for page in (office[name] for name in office.brought):
        touched = set(page.touched)
        columns = [column for column in page.sheet.columns if column.refers_to is not None or column.kind in _CLAUSES]
        for row, key, values in page.rows:
            if key is not None and key not in touched:
                continue
            stored = page.before.get(key or (), {})
            for column in columns:
                if column.name in row.values:
                    yield from _missing(office, page, row, column, values, stored, meant)


def _missing(
    world: World, page: Page, row: Row, column: Column, values: Values, stored: Mapping[str, Any], meant: Meant
) -> Iterator[Problem]:
    known = set(_items(stored.get(column.name))) if _same_place(column, values, stored) else set()
    for item in _items(values[column.name]):
        if item in known:
            continue
        sentences = _wrong_clause(item) if column.kind in _CLAUSES else _wrong_record(world, column, item, values, meant)
        if sentences is not None:
            yield Problem(page.sheet.name, row.number, column.name, *sentences)


def _same_place(column: Column, values: Values, stored: Mapping[str, Any]) -> bool:
    """Whether a code still means what it meant: one that is completed by other columns does only while these stay."""
    if column.refers_to is None or column.refers_to.holds is None:
        by: tuple[str, ...] = () if column.refers_to is None else column.refers_to.by
        return all(values.get(name) == stored.get(name) for name in by if name != column.name)
    return values.get("unit_code") == stored.get("unit_code")


def _items(value: object) -> Iterable[str]:
    listed = value if isinstance(value, tuple) else (value,)
    return [str(item) for item in listed if item is not None and item != ""]


def _wrong_clause(code: str) -> tuple[str, str] | None:
    if code in clauses():
        return None
    return _('The standard has no clause "%(value)s".', value=quote(code)), _("A clause of %(edition)s.", edition=EDITION)


def _wrong_record(world: World, column: Column, item: str, values: Values, meant: Meant) -> tuple[str, str] | None:
    reference = column.refers_to
    assert reference is not None
    code = item
    if column.kind is Kind.ROLES:  # role@unit; without the unit it is the person's own, which another column names
        code = item.partition("@")[2]
        if not code:
            return None
    if _holds(world, reference, code, values):
        return None
    sheet = world[reference.sheet].sheet
    wrong, allowed = reference.wrong or sheet.missing, reference.allowed or sheet.present
    filled = {name: quote(str(value)) for name, value in values.items()} | {"value": quote(code)}
    offered = meant.by(reference.sheet, code)
    perhaps = "" if offered is None else " " + _("Perhaps %(code)s is meant.", code=quote(offered))
    return str(wrong) % filled, f"{allowed}{perhaps}"


def _holds(world: World, reference: Reference, code: str, values: Values) -> bool:
    if reference.holds is not None:
        return reference.holds(world, values)
    key = tuple(values.get(name) for name in reference.by) or (code,)
    return key in world[reference.sheet].after
