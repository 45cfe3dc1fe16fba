"""Units and announcements read for the register workbook, and written from it."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import select

from qms.kernel.bulk import ids_by, stored
from qms.kernel.days import entered_late
from qms.kernel.db import db
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


def codes_by_id() -> dict[int, str]:
    """The code of every unit by its id."""
    return {number: code for code, number in ids_by(Unit.code).items()}


def units(_day: date) -> Iterator[Values]:
    """Every unit, in the order in which they came."""
    codes = codes_by_id()
    for unit in stored(Unit):
        yield {name: unit[name] for name in _UNIT} | {
            "parent_code": codes.get(unit["parent_id"]),
            "successor_code": codes.get(unit["successor_id"]),
            "not_applicable_clauses": tuple(filter(None, (unit["not_applicable_clauses"] or "").split(";"))),
        }


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
    codes = codes_by_id()
    for row in stored(Announcement):
        yield {"unit_code": codes[row["unit_id"]]} | {name: row[name] for name in _ANNOUNCEMENT}


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
