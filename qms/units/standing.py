"""Where every unit stands at a day: who inherited its records, its agency, whether it is in scope or new.

Prepared once per evaluation into a temporary table that every piece of evidence joins. When only some units are asked for, the
table holds these, those whose records reach them, and nobody else, so no select looks at the records of the others.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Date,
    FromClause,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    func,
    insert,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.sql.expression import SQLColumnExpression

from qms.kernel.bulk import chunks
from qms.kernel.days import add_months
from qms.kernel.evidence import Proof
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
    # the day on which the first record of the agency was entered, and until when what is older is history taken over
    Column("started_on", Date),
    Column("taken_over_until", Date),
    prefixes=["TEMPORARY"],
)
"""heir_id: the unit for which this unit's records count at the day (itself, unless it handed them on)."""

starts = Table(
    "standing_starts",
    temporary,
    Column("heir_pool", BigInteger, primary_key=True, autoincrement=False),
    Column("started_on", Date, nullable=False),
    Column("taken_over_until", Date, nullable=False),
    prefixes=["TEMPORARY"],
)

TAKE_OVER_DAYS = 90
"""How long after its start an agency may still bring its history along."""


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


def _facts(connection: Connection, units: Collection[int] | None) -> dict[int, UnitFacts]:
    """What the tree rules read: of all units, or of those that have a part in the standing of some.

    That is everybody in their agencies (one pool of procedures), who is above, who handed on and who inherited.
    """
    columns = [getattr(Unit, name) for name in UnitFacts.__dataclass_fields__]
    if units is None:
        return {row[0]: UnitFacts(*row) for row in connection.execute(select(*columns))}
    found: dict[int, UnitFacts] = {}
    fresh: set[int] = set(units)
    seen: set[int] = set()
    for some in chunks(units):
        above = select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id.in_(some))
        agencies = select(Unit.id).where(Unit.id.in_(above), Unit.agency.is_(True))
        fresh.update(connection.scalars(select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_(agencies))))
    while fresh:
        seen |= fresh
        reached: set[int] = set()
        for some in chunks(sorted(fresh)):
            above = select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id.in_(some))
            near = or_(Unit.id.in_(above), Unit.id.in_(some), Unit.successor_id.in_(some))
            for row in connection.execute(select(*columns).where(near)):
                facts = UnitFacts(*row)
                found[facts.id] = facts
                reached.update({facts.id, facts.successor_id or facts.id})
        fresh = reached - seen
    return found


def prepare(connection: Connection, day: date, asked: Collection[int] | None, entered: Sequence[Select[Any]]) -> None:
    """Fills the temporary table for a day, for all units or for those asked (ids).

    ``entered`` are selects of all facts, ``unit_id`` and ``entered_on``: the first one of an agency is its start.
    """
    facts = _facts(connection, asked)
    found = places(facts.values(), day)
    temporary.drop_all(connection, checkfirst=True)
    temporary.create_all(connection)
    wanted = facts.keys() if asked is None else set(asked)
    rows = []
    masks: dict[str | None, int] = {None: 0}  # agencies name few clauses, and mostly none
    for place in found.values():
        heir = found[place.heir_id]
        declared = None if place.agency_id is None else facts[place.agency_id].not_applicable_clauses
        if declared not in masks:
            masks[declared] = exclusion_mask(split_codes(declared))
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
                "not_applicable": masks[declared],
            }
        )
    if rows:
        connection.execute(insert(standing), rows)
    connection.exec_driver_sql("ANALYZE standing")  # or the database takes it for as large as the records
    _note_starts(connection, entered)


def _note_starts(connection: Connection, entered: Sequence[Select[Any]]) -> None:
    """Writes into each row on which day the agency, for which the unit's records count, entered its first record."""
    firsts = []
    for number, facts in enumerate(entered):
        fact = facts.subquery(f"fact_{number}")
        firsts.append(
            select(standing.c.unit_id, func.min(fact.c.entered_on).label("entered_on"))
            .join_from(standing, fact, fact.c.unit_id == standing.c.unit_id)
            .group_by(standing.c.unit_id)
        )
    if not firsts:
        return
    first = union_all(*firsts).subquery("first_entries")
    by_pool = (
        select(standing.c.heir_pool, func.min(first.c.entered_on).label("started_on"))
        .join_from(first, standing, standing.c.unit_id == first.c.unit_id)
        .where(first.c.entered_on.is_not(None))
        .group_by(standing.c.heir_pool)
    )
    rows = [
        {"heir_pool": pool, "started_on": day, "taken_over_until": day + timedelta(days=TAKE_OVER_DAYS)}
        for pool, day in connection.execute(by_pool)
    ]
    if rows:
        connection.execute(insert(starts), rows)
        mine = starts.c.heir_pool == standing.c.heir_pool
        days = {
            name: select(starts.c[name]).where(mine).correlate(standing).scalar_subquery()
            for name in ("started_on", "taken_over_until")
        }
        connection.execute(update(standing).values(days))


def admitted(
    least: Proof,
    late: SQLColumnExpression[bool],
    day: SQLColumnExpression[Any],
    entered_on: SQLColumnExpression[Any],
    holder: FromClause,
) -> ColumnElement[bool]:
    """Whether a dated fact counts when only facts at least that good do; ``late``: entered over 30 days after its day.

    Taken over: dated on or before the start of the agency (of the standing row ``holder``) and entered within 90 days after it.
    """
    if least is Proof.LATE:
        return true()
    in_time = late.is_(False)
    if least is Proof.IN_TIME:
        return in_time
    return or_(in_time, and_(day <= holder.c.started_on, entered_on <= holder.c.taken_over_until))
