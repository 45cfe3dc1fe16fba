"""Units and announcements as the register workbook holds them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select

from qms.kernel.bulk import ids_by, insert_rows, stored, update_rows
from qms.kernel.days import entered_late
from qms.kernel.db import db
from qms.kernel.text import fold
from qms.units.models import Announcement, Unit, UnitAncestry

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


class UnitTaker:
    """The sheet ``units``."""

    sheet = "units"
    kind = "unit"

    def code(self, values: Mapping[str, Any]) -> str:
        """The code of the unit."""
        return str(values["code"])

    def rows(self, day: date) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Every unit, in the order in which they came."""
        units = list(stored(Unit))
        codes = {unit["id"]: unit["code"] for unit in units}
        return {
            (unit["code"],): {name: unit[name] for name in _UNIT}
            | {
                "parent_code": codes.get(unit["parent_id"]),
                "successor_code": codes.get(unit["successor_id"]),
                "not_applicable_clauses": tuple(filter(None, (unit["not_applicable_clauses"] or "").split(";"))),
            }
            for unit in units
        }

    def save(self, new: Sequence[dict[str, Any]], changed: Sequence[tuple[dict[str, Any], dict[str, Any]]], day: date) -> None:
        """Writes units first, then who stands above and after whom, then the ancestry."""
        insert_rows(Unit, [_unit(values) for values in new])
        ids = ids_by(Unit.code)
        update_rows(Unit, [_unit(after) | {"id": ids[after["code"]]} for _before, after in changed])
        links = [
            {
                "id": ids[values["code"]],
                "parent_id": ids.get(values["parent_code"]),
                "successor_id": ids.get(values["successor_code"]),
            }
            for values in (*new, *(after for _before, after in changed))
        ]
        update_rows(Unit, links)
        if new or any(before["parent_code"] != after["parent_code"] for before, after in changed):
            rebuild_ancestry()


class AnnouncementTaker:
    """The sheet ``announcements``."""

    sheet = "announcements"
    kind = "announcement"

    def code(self, values: Mapping[str, Any]) -> str:
        """Unit and number of the announcement."""
        return f"{values['unit_code']}/{values['number']}"

    def rows(self, day: date) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Every announcement, in the order in which they came."""
        codes = {number: code for code, number in ids_by(Unit.code).items()}
        return {
            (codes[row["unit_id"]], row["number"]): {"unit_code": codes[row["unit_id"]]}
            | {name: row[name] for name in _ANNOUNCEMENT}
            for row in stored(Announcement)
        }

    def save(self, new: Sequence[dict[str, Any]], changed: Sequence[tuple[dict[str, Any], dict[str, Any]]], day: date) -> None:
        """Writes announcements; the day of entry changes only with the day of the announcement."""
        units = ids_by(Unit.code)
        insert_rows(
            Announcement,
            [_announcement(values) | {"unit_id": units[values["unit_code"]]} | _entered(values, day) for values in new],
        )
        ids = {
            (unit_id, number): record_id
            for record_id, unit_id, number in db.session.execute(
                select(Announcement.id, Announcement.unit_id, Announcement.number)
            )
        }
        rows = [
            (before, after, {"id": ids[units[after["unit_code"]], after["number"]]} | _announcement(after))
            for before, after in changed
        ]
        moved = [row | _entered(after, day) for before, after, row in rows if before["announced_on"] != after["announced_on"]]
        update_rows(Announcement, moved)
        update_rows(Announcement, [row for before, after, row in rows if before["announced_on"] == after["announced_on"]])


def rebuild_ancestry() -> None:
    """Brings ``UnitAncestry`` in line with the parents of all units; writes only pairs that differ."""
    parents = dict(db.session.execute(select(Unit.id, Unit.parent_id)).all())
    wanted = {(unit_id, ancestor) for unit_id in parents for ancestor in _above(unit_id, parents)}
    present = {(unit, ancestor) for unit, ancestor in db.session.execute(select(UnitAncestry.unit_id, UnitAncestry.ancestor_id))}
    for unit_id, ancestor_id in sorted(present - wanted):
        db.session.execute(delete(UnitAncestry).where(UnitAncestry.unit_id == unit_id, UnitAncestry.ancestor_id == ancestor_id))
    insert_rows(UnitAncestry, [{"unit_id": unit, "ancestor_id": ancestor} for unit, ancestor in sorted(wanted - present)])


def _above(unit_id: int, parents: Mapping[int, int | None]) -> list[int]:
    found: list[int] = []
    current: int | None = unit_id
    while current is not None and current not in found:
        found.append(current)
        current = parents[current]
    return found


def _unit(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _UNIT} | {
        "not_applicable_clauses": ";".join(values["not_applicable_clauses"]) or None,
        "folded": fold(" ".join(filter(None, (values["code"], values["name"], values["name_en"])))),
    }


def _announcement(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in _ANNOUNCEMENT}


def _entered(values: Mapping[str, Any], day: date) -> dict[str, Any]:
    return {"announced_entered_on": day, "announced_late": entered_late(values["announced_on"], day)}


TAKERS = (UnitTaker(), AnnouncementTaker())
