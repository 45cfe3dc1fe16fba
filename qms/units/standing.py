"""Where every unit stands at a day: who inherited its records, its agency, whether it is in scope or new.

Prepared once per evaluation into a temporary table that every piece of evidence joins. When only some units are asked for, the
table holds these, those whose records reach them, and nobody else, so no select looks at the records of the others.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import BigInteger, Column, Integer, MetaData, Table, insert, or_, select
from sqlalchemy.orm import Session

from qms.kernel.bulk import chunks
from qms.kernel.days import add_months
from qms.standard.catalogue import exclusion_mask, split_codes
from qms.units.models import Unit, UnitAncestry

temporary = MetaData()

standing = Table(
    "standing",
    temporary,
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("heir_id", Integer, nullable=False, index=True),
    Column("agency_id", Integer, index=True),
    # units of one agency share a pool; a unit without an agency is alone in its own
    Column("heir_pool", BigInteger, nullable=False, index=True),
    Column("in_scope", Integer, nullable=False),
    # asked for, and in scope: gets a verdict
    Column("judged", Integer, nullable=False, index=True),
    Column("asked", Integer, nullable=False),
    Column("is_new", Integer, nullable=False),
    Column("not_applicable", BigInteger, nullable=False),
    prefixes=["TEMPORARY"],
)
"""heir_id: the unit for which this unit's records count at the day (itself, unless it handed them on)."""


@dataclass(frozen=True)
class UnitFacts:
    """What the tree rules read of a unit."""

    id: int
    parent_id: int | None
    successor_id: int | None
    agency: bool
    in_scope_from: date | None
    in_scope_to: date | None
    not_applicable_clauses: str | None


@dataclass(frozen=True)
class Place:
    """The result of the tree rules for one unit at one day."""

    unit_id: int
    heir_id: int
    agency_id: int | None
    in_scope: bool
    is_new: bool


def has_left(unit: UnitFacts, day: date) -> bool:
    """Whether the unit's scope ended by the day."""
    return unit.in_scope_to is not None and unit.in_scope_to <= day


def is_in_scope(unit: UnitFacts, day: date) -> bool:
    """``in_scope_from <= D`` and (``in_scope_to`` empty or > D)."""
    return unit.in_scope_from is not None and unit.in_scope_from <= day and not has_left(unit, day)


def places(units: Iterable[UnitFacts], day: date) -> dict[int, Place]:
    """Heir, agency, scope and newness of every unit at a day (succession and "new" of the evaluation's rules)."""
    by_id = {unit.id: unit for unit in units}
    heirs: dict[int, int] = {}
    first_scope: dict[int, date] = {}
    for unit in by_id.values():
        heir = unit
        while has_left(heir, day) and heir.successor_id is not None:
            heir = by_id[heir.successor_id]
        heirs[unit.id] = heir.id
        # every unit on the way counts as a predecessor, not only the last heir's own
        step = unit
        if unit.in_scope_from is not None:
            while True:
                first_scope[step.id] = min(first_scope.get(step.id, unit.in_scope_from), unit.in_scope_from)
                if not has_left(step, day) or step.successor_id is None:
                    break
                step = by_id[step.successor_id]
    year_ago = add_months(day, -12)
    agencies: dict[int, int | None] = {}

    def agency_of(unit_id: int) -> int | None:
        path = []
        at: int | None = unit_id
        while at is not None and at not in agencies and not by_id[at].agency:
            path.append(at)
            at = by_id[at].parent_id
        found = None if at is None else at if by_id[at].agency else agencies[at]
        for passed in path:
            agencies[passed] = found
        return found

    return {
        unit.id: Place(
            unit.id,
            heirs[unit.id],
            agency_of(unit.id),
            is_in_scope(unit, day),
            unit.id in first_scope and year_ago < first_scope[unit.id] <= day,
        )
        for unit in by_id.values()
    }


def _facts(session: Session, units: Collection[int] | None) -> dict[int, UnitFacts]:
    """What the tree rules read: of all units, or of those that have a part in the standing of some.

    That is everybody in their agencies (one pool of procedures), who is above, who handed on and who inherited.
    """
    columns = [getattr(Unit, name) for name in UnitFacts.__dataclass_fields__]
    if units is None:
        return {row[0]: UnitFacts(*row) for row in session.execute(select(*columns))}
    found: dict[int, UnitFacts] = {}
    fresh: set[int] = set(units)
    seen: set[int] = set()
    for some in chunks(units):
        above = select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id.in_(some))
        agencies = select(Unit.id).where(Unit.id.in_(above), Unit.agency.is_(True))
        fresh.update(session.scalars(select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_(agencies))))
    while fresh:
        seen |= fresh
        reached: set[int] = set()
        for some in chunks(sorted(fresh)):
            above = select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id.in_(some))
            near = or_(Unit.id.in_(above), Unit.id.in_(some), Unit.successor_id.in_(some))
            for row in session.execute(select(*columns).where(near)):
                facts = UnitFacts(*row)
                found[facts.id] = facts
                reached.update({facts.id, facts.successor_id or facts.id})
        fresh = reached - seen
    return found


def prepare(session: Session, day: date, asked: Collection[int] | None = None) -> None:
    """Fills the temporary table for a day, for all units or for those asked; it vanishes with the transaction."""
    facts = _facts(session, asked)
    found = places(facts.values(), day)
    connection = session.connection()
    temporary.drop_all(connection, tables=[standing], checkfirst=True)
    standing.create(connection)
    wanted = facts.keys() if asked is None else set(asked)
    rows = []
    for place in found.values():
        heir = found[place.heir_id]
        agency = facts[place.agency_id] if place.agency_id is not None else None
        rows.append(
            {
                "unit_id": place.unit_id,
                "heir_id": place.heir_id,
                "agency_id": place.agency_id,
                "heir_pool": heir.agency_id if heir.agency_id is not None else -heir.unit_id,
                "in_scope": int(place.in_scope),
                "asked": int(place.unit_id in wanted),
                "judged": int(place.in_scope and place.unit_id in wanted),
                "is_new": int(place.is_new),
                "not_applicable": exclusion_mask(split_codes(agency.not_applicable_clauses)) if agency else 0,
            }
        )
    if rows:
        connection.execute(insert(standing), rows)
    connection.exec_driver_sql("ANALYZE standing")  # or the database takes it for as large as the records
