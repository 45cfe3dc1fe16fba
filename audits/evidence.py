"""What internal audits prove to the evaluation."""

from functools import reduce
from operator import add
from typing import Any, cast

from flask import url_for
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    FromClause,
    Integer,
    Select,
    and_,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    union_all,
)

from audits.models import PROVING_KINDS, Audit, AuditState
from qms.accounts.models import Person
from qms.kernel.evidence import Evidence, Proof, proof
from qms.kernel.window import Window
from qms.standard.catalogue import audited_clauses
from qms.units.standing import admitted, standing

AGENCY_CLAUSES = frozenset({"4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "6.3", "9.3"})
"""Clauses that concern the agency as a whole: an audit of the agency's own unit serves all its units."""

MASKS = {Proof.IN_TIME: "in_time", Proof.TAKEN_OVER: "taken_over", Proof.LATE: "every"}


def _proves() -> ColumnElement[bool]:
    """Of a proving kind and independent: led from outside the unit, or with a documented exception (9.2.2 c)."""
    inside = exists().where(Person.id == Audit.lead_auditor_id, Person.unit_id == Audit.unit_id).correlate(Audit)
    return and_(Audit.kind.in_(PROVING_KINDS), or_(~inside, Audit.independence_exception.is_not(None)))


def _reported(least: Proof, holder: FromClause) -> ColumnElement[bool]:
    return admitted(least, Audit.reported_late, Audit.reported_on, Audit.reported_entered_on, holder)


def audited(window: Window) -> Select[Any]:
    """9.2; QĐ 19/2014 Art. 4.4b: independent audits of the unit reported in the year with tolerance."""
    holder = standing.alias("holder")
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Audit.code.label("reference"),
            proof(lambda least: _reported(least, holder)).label("proof"),
        )
        .join_from(Audit, holder, holder.c.unit_id == Audit.unit_id)
        .where(_proves(), Audit.reported_on > window.year_with_tolerance, Audit.reported_on <= window.day)
    )


def _masks(window: Window) -> CTE:
    """For each unit the clauses that its audits of 36 months reached together, one mask for each quality of proof."""
    holder = standing.alias("holder")
    audit = (
        select(
            holder.c.heir_id,
            *(
                case((_reported(least, holder), Audit.clause_mask), else_=literal(0, BigInteger)).label(name)
                for least, name in MASKS.items()
            ),
        )
        .join_from(Audit, holder, holder.c.unit_id == Audit.unit_id)
        .where(_proves(), Audit.reported_on > window.months(36), Audit.reported_on <= window.day)
        .subquery("audits_in_view")
    )
    bits = [literal(1 << bit, BigInteger) for bit in range(len(audited_clauses()))]

    def together(name: str) -> ColumnElement[int]:
        # the databases have no common aggregate for OR: each bit is there when one audit has it
        return reduce(add, (func.max(audit.c[name].bitwise_and(bit)) for bit in bits))

    masks = select(audit.c.heir_id, *(together(name).label(name) for name in MASKS.values())).group_by(audit.c.heir_id)
    return masks.cte("masks").prefix_with("MATERIALIZED")


def _reached(window: Window) -> CTE:
    """For each unit its clauses as bits: those it must cover, and those that audits reached, by the quality of the proof."""
    unit, masks = standing.alias("unit_at"), _masks(window)
    own, agency = masks.alias("own"), masks.alias("of_agency")
    every = literal((1 << len(audited_clauses())) - 1, BigInteger)
    shared = literal(sum(1 << bit for bit, number in enumerate(audited_clauses()) if number in AGENCY_CLAUSES), BigInteger)
    asked = every.bitwise_and(unit.c.not_applicable.bitwise_not())

    def reached(name: str) -> ColumnElement[int]:
        of_agency = func.coalesce(agency.c[name], 0).bitwise_and(shared)
        return func.coalesce(own.c[name], 0).bitwise_or(of_agency).bitwise_and(asked)

    columns = [reached(name).label(name) for name in MASKS.values()]
    return (
        select(unit.c.unit_id, asked.label("asked"), *columns)
        .join_from(unit, own, own.c.heir_id == unit.c.unit_id, isouter=True)
        .outerjoin(agency, agency.c.heir_id == unit.c.agency_id)
        .where(unit.c.judged == 1)
        .cte("reached")
        .prefix_with("MATERIALIZED")
    )


def _number_of(bits: ColumnElement[int]) -> ColumnElement[int]:
    """How many bits are set; most are asked for nothing, and that is soon said."""
    each = (bits.bitwise_rshift(literal(bit, Integer)).bitwise_and(1) for bit in range(len(audited_clauses())))
    return case((bits == 0, 0), else_=reduce(add, each))


def clauses_covered(window: Window) -> Select[Any]:
    """9.2.2: each of the 28 clauses that applies, and whether an independent audit reported in 36 months reached it.

    The clauses of an audit are bits, and those of all audits of a unit are put together once. What was reached is one row for
    each quality of proof, which stands for so many clauses; each that was not is a row of its own, as it is named.
    """
    units = _reached(window)
    better: ColumnElement[int] = literal(0, BigInteger)
    rows = []
    for quality, name in MASKS.items():
        only = units.c[name].bitwise_and(better.bitwise_not())
        rows.append(
            select(
                units.c.unit_id,
                literal("").label("reference"),
                literal(quality.value).label("proof"),
                _number_of(only).label("times"),
            ).where(only != 0)
        )
        better = units.c[name]
    missing = units.c.asked.bitwise_and(units.c.every.bitwise_not())
    clause = union_all(
        *(
            select(literal(1 << bit, BigInteger).label("bit"), literal(number).label("number"))
            for bit, number in enumerate(audited_clauses())
        )
    ).subquery("clause")
    rows.append(
        select(units.c.unit_id, clause.c.number, literal(Proof.FAILED.value), literal(1))
        .join_from(units, clause, missing.bitwise_and(clause.c.bit) != 0)
        .where(missing != 0)
    )
    item = union_all(*rows).subquery("clauses")
    return select(item.c.unit_id, item.c.reference, item.c.proof, item.c.times)


def _plan(_unit_id: int) -> str:
    return url_for("audits.new")


def _unfinished(unit_id: int) -> Select[Any]:
    """Audits of the unit that would prove something once they are reported, those under way first."""
    found: Any = (
        select(Audit.code.label("reference"), Audit.id.label("record_id"), Audit.planned_on.label("day"))
        .where(Audit.unit_id == unit_id, Audit.state.in_((AuditState.UNDER_WAY, AuditState.PLANNED)), _proves())
        .order_by(Audit.state.desc(), Audit.planned_on, Audit.id)
    )
    return cast(Select[Any], found)


EVIDENCE = (
    Evidence("audited", audited, kind="audit", act=_plan, unfinished=_unfinished),
    Evidence("clauses_covered", clauses_covered, kind="audit", act=_plan, unfinished=_unfinished),
)

ENTERED: tuple[Any, ...] = (select(Audit.unit_id, Audit.reported_entered_on.label("entered_on")),)
