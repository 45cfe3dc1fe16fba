"""Units and announcements read for the register workbook, and written from it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from qms.kernel.bulk import as_values
from qms.kernel.days import entered_late
from qms.kernel.db import Base, db
from qms.kernel.staging import Staging
from qms.kernel.text import search_text
from qms.sheets.sheet import Saving, Values
from qms.units.models import Announcement, Unit, UnitAncestry
from qms.units.tree import ancestry

_UNIT = (
    "code",
    "name",
    "name_en",
    "kind",
    "agency",
    "bloc",
    "basis",
    "serves_public",
    "in_scope_from",
    "in_scope_to",
    "exclusion_reason",
    "exclusion_decision",
)
_ANNOUNCEMENT = ("number", "announced_on", "confirmed_on", "notified_on", "posted_on", "scope", "edition", "revoked_on")


def of_units(model: type[Base], names: Sequence[str]) -> Select[Any]:
    """These columns of every record of a model, with the code of its unit as ``unit_code``, in the order in which they came."""
    table = model.__table__
    columns = (table.c[name] for name in names)
    joined = select(Unit.code.label("unit_code"), *columns).select_from(table).join(Unit, Unit.id == table.c.unit_id)
    return joined.order_by(*table.primary_key)


def units(_day: date) -> Iterator[Values]:
    """Every unit, in the order in which they came."""
    above, later = aliased(Unit), aliased(Unit)
    named = (above.code.label("parent_code"), later.code.label("successor_code"))
    columns = (getattr(Unit, name) for name in (*_UNIT, "not_applicable_clauses"))
    joined = select(*columns, *named).outerjoin(above, above.id == Unit.parent_id).outerjoin(later, later.id == Unit.successor_id)
    for row in as_values(joined.order_by(Unit.id)):
        yield row | {"not_applicable_clauses": tuple(filter(None, (row["not_applicable_clauses"] or "").split(";")))}


def save_units(saving: Saving) -> None:
    """Units with who stands above and after whom, then the ancestry."""
    staging = saving.staging
    fresh = staging.reserve(Unit, len(saving.new))
    ids = staging.ids(Unit.code) | {values["code"]: number for values, number in zip(saving.new, fresh, strict=True)}
    staging.insert(Unit, [_unit(values, ids) for values in saving.new])
    staging.update(Unit, [_unit(after, ids) for _before, after in saving.changed])
    moved = saving.changed_in("parent_code")
    if saving.new or moved:
        above = {ids[values["code"]]: ids.get(values["parent_code"]) for values in (*saving.new, *moved)}
        _rebuild_ancestry(staging, above)


def announcements(_day: date) -> Iterator[Values]:
    """Every announcement, in the order in which they came."""
    return as_values(of_units(Announcement, _ANNOUNCEMENT))


def save_announcements(saving: Saving) -> None:
    """Announcements; the day of entry changes only with the day of the announcement."""
    units_by_code = saving.staging.ids(Unit.code)
    fresh = [
        _announcement(values) | {"unit_id": units_by_code[values["unit_code"]]} | _entered(values, saving.day)
        for values in saving.new
    ]
    saving.staging.insert(Announcement, fresh)
    ids = saving.staging.ids(Announcement.unit_id, Announcement.number)

    def number(values: Values) -> dict[str, int]:
        return {"id": ids[units_by_code[values["unit_code"]], values["number"]]}

    saving.staging.update(Announcement, [number(after) | _announcement(after) for _before, after in saving.changed])
    moved = saving.changed_in("announced_on")
    saving.staging.update(Announcement, [number(after) | _entered(after, saving.day) for after in moved])


def _rebuild_ancestry(staging: Staging, moved: Mapping[int, int | None]) -> None:
    """Brings ``UnitAncestry`` in line with the parents of all units, ``moved`` ones as they will be; only pairs that differ."""
    parents: dict[int, int | None] = {**dict(db.session.execute(select(Unit.id, Unit.parent_id)).all()), **moved}
    wanted = ancestry(parents)
    present = {(unit, ancestor) for unit, ancestor in db.session.execute(select(UnitAncestry.unit_id, UnitAncestry.ancestor_id))}
    for write, pairs in ((staging.delete, present - wanted), (staging.insert, wanted - present)):
        write(UnitAncestry, [{"unit_id": unit, "ancestor_id": ancestor} for unit, ancestor in sorted(pairs)])


def _unit(values: Values, ids: Mapping[str, int]) -> dict[str, Any]:
    return (
        {"id": ids[values["code"]]}
        | {name: values[name] for name in _UNIT}
        | {
            "parent_id": ids.get(values["parent_code"]),
            "successor_id": ids.get(values["successor_code"]),
            "not_applicable_clauses": ";".join(values["not_applicable_clauses"]) or None,
            "folded": search_text(values["code"], values["name"], values["name_en"]),
        }
    )


def _announcement(values: Values) -> dict[str, Any]:
    return {name: values[name] for name in _ANNOUNCEMENT}


def _entered(values: Values, day: date) -> dict[str, Any]:
    return {"announced_entered_on": day, "announced_late": entered_late(values["announced_on"], day)}
