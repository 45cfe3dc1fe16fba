"""What the oracle of the evaluation knows: all facts as lists, the tree of units, and which facts count."""

from calendar import monthrange
from collections.abc import Iterator
from copy import copy
from datetime import date, timedelta
from typing import Self

from sqlalchemy import select

from audits.models import Audit
from nonconformities.models import Nonconformity
from procedures.models import Procedure, ProcedureUnit, Service
from qms.kernel.db import db
from qms.reviews.models import ManagementReview
from qms.units.models import Announcement, Unit


def months(day: date, count: int) -> date:
    """A day some months later (or earlier), on the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Facts:
    """Everything the rules read, as lists, and the day they are asked for."""

    def __init__(self, day: date) -> None:
        session = db.session
        self.day = day
        self.least = "late"
        self._starts: dict[int, date] = {}
        self.units = {unit.id: unit for unit in session.scalars(select(Unit))}
        self.announcements = list(session.scalars(select(Announcement)))
        self.reviews = list(session.scalars(select(ManagementReview)))
        self.procedures = list(session.scalars(select(Procedure)))
        self.applications = list(session.scalars(select(ProcedureUnit)))
        self.services = list(session.scalars(select(Service)))
        self.audits = list(session.scalars(select(Audit)))
        self.nonconformities = list(session.scalars(select(Nonconformity)))

    def with_only(self, least: str) -> Self:
        """The same facts, of which only those count that were entered in time, or were taken over besides."""
        other = copy(self)
        other.least = least
        return other

    def facts(self) -> Iterator[tuple[int, date | None]]:
        """The unit and the day of entry of every dated fact."""
        for one in self.announcements:
            yield one.unit_id, one.announced_entered_on
        for review in self.reviews:
            yield review.unit_id, review.held_entered_on
        for procedure in self.procedures:
            yield procedure.unit_id, procedure.effective_entered_on
            yield procedure.unit_id, procedure.reviewed_entered_on
        for use in self.applications:
            yield use.unit_id, use.from_entered_on
        for audit in self.audits:
            yield audit.unit_id, audit.reported_entered_on
        for nonconformity in self.nonconformities:
            yield from ((nonconformity.unit_id, each.responded_entered_on) for each in nonconformity.responses)
            yield from ((nonconformity.unit_id, each.entered_on) for each in nonconformity.events)
            yield from ((nonconformity.unit_id, each.completed_entered_on) for each in nonconformity.actions)

    def house_of(self, owner_id: int) -> int:
        """The agency for which a unit's records count; the unit itself when it has none."""
        heir = self.handed_to(owner_id)
        agency = self.agency(heir)
        return heir if agency is None else agency.id

    def starts(self) -> dict[int, date]:
        """On which day each agency entered its first record."""
        if not self._starts:
            for owner_id, entered_on in self.facts():
                if entered_on is not None:
                    house = self.house_of(owner_id)
                    self._starts[house] = min(self._starts.get(house, entered_on), entered_on)
        return self._starts

    def counts(self, owner_id: int, day: date | None, entered_on: date | None) -> bool:
        """Whether a fact of a unit's records is good enough here."""
        if day is None or entered_on is None:
            return False
        if self.least == "late" or entered_on <= day + timedelta(days=30):
            return True
        start = self.starts()[self.house_of(owner_id)]
        return self.least == "taken_over" and day <= start and entered_on <= start + timedelta(days=90)

    def ended(self, unit: Unit) -> bool:
        return unit.in_scope_to is not None and unit.in_scope_to <= self.day

    def in_scope(self, unit: Unit) -> bool:
        return unit.in_scope_from is not None and unit.in_scope_from <= self.day and not self.ended(unit)

    def handed_to(self, unit_id: int) -> int:
        unit = self.units[unit_id]
        if self.ended(unit) and unit.successor_id is not None:
            return self.handed_to(unit.successor_id)
        return unit_id

    def agency(self, unit_id: int | None) -> Unit | None:
        while unit_id is not None:
            unit = self.units[unit_id]
            if unit.agency:
                return unit
            unit_id = unit.parent_id
        return None

    def predecessors(self, unit: Unit) -> list[Unit]:
        direct = [one for one in self.units.values() if one.successor_id == unit.id and self.ended(one)]
        return direct + [earlier for one in direct for earlier in self.predecessors(one)]

    def new(self, unit: Unit) -> bool:
        days = [one.in_scope_from for one in [unit, *self.predecessors(unit)] if one.in_scope_from is not None]
        return bool(days) and months(self.day, -12) < min(days) <= self.day

    def in_year(self, day: date | None) -> bool:
        return day is not None and months(self.day, -12) - timedelta(days=45) < day <= self.day

    def past(self, day: date | None) -> bool:
        return day is not None and day <= self.day

    def of(self, unit: Unit, owner_id: int) -> bool:
        return self.handed_to(owner_id) == unit.id

    def of_agency(self, unit: Unit, owner_id: int) -> bool:
        agency = self.agency(unit.id)
        return agency is not None and self.of(agency, owner_id)

    def in_force(self, procedure: Procedure) -> bool:
        return self.past(procedure.effective_on) and not self.past(procedure.withdrawn_on)

    def due(self, first: date, moved_to: date | None, moved_on: date | None) -> date:
        if moved_to is None or moved_on is None or moved_on > self.day or moved_on >= first:
            return first
        return moved_to if 1 <= (moved_to - first).days <= 60 else first
