"""What internal audits prove to the evaluation."""

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, case, exists, literal, or_, select, union_all

from audits.models import PROVING_KINDS, Audit
from qms.accounts.models import Person
from qms.kernel.window import Window
from qms.standard.catalogue import audited_clauses
from qms.units.standing import standing

AGENCY_CLAUSES = frozenset({"4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "6.3", "9.3"})
"""Clauses that concern the agency as a whole: an audit of the agency's own unit serves all its units."""


def _proves() -> ColumnElement[bool]:
    """Of a proving kind and independent: led from outside the unit, or with a documented exception (9.2.2 c)."""
    inside = exists().where(Person.id == Audit.lead_auditor_id, Person.unit_id == Audit.unit_id).correlate(Audit)
    return and_(Audit.kind.in_(PROVING_KINDS), or_(~inside, Audit.independence_exception.is_not(None)))


def audited(window: Window) -> Select[Any]:
    """9.2; QĐ 19/2014 Art. 4.4b: independent audits of the unit reported in the year with tolerance."""
    holder = standing.alias("holder")
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Audit.code.label("reference"),
            literal(1).label("met"),
            case((Audit.reported_late, 0), else_=1).label("timely"),
        )
        .join_from(Audit, holder, holder.c.unit_id == Audit.unit_id)
        .where(_proves(), Audit.reported_on > window.year_with_tolerance, Audit.reported_on <= window.day)
    )


def clauses_covered(window: Window) -> Select[Any]:
    """9.2.2: each of the 28 clauses that applies, and whether an independent audit reported in 36 months reached it."""
    unit = standing.alias("unit_at")
    clause = union_all(
        *(
            select(
                literal(1 << bit, BigInteger).label("bit"),
                literal(number).label("number"),
                literal(int(number in AGENCY_CLAUSES)).label("shared"),
            )
            for bit, number in enumerate(audited_clauses())
        )
    ).subquery("clause")
    audits = (
        select(standing.c.heir_id, Audit.clause_mask, Audit.reported_late)
        .join_from(Audit, standing, standing.c.unit_id == Audit.unit_id)
        .where(_proves(), Audit.reported_on > window.months(36), Audit.reported_on <= window.day)
        .cte("audits_in_view")
    )

    def some(*, in_time: bool, shared: bool) -> ColumnElement[bool]:
        seen = audits.alias()
        query = exists().where(
            seen.c.heir_id == (unit.c.agency_id if shared else unit.c.unit_id), seen.c.clause_mask.bitwise_and(clause.c.bit) != 0
        )
        if shared:
            query = query.where(clause.c.shared == 1)
        if in_time:
            query = query.where(seen.c.reported_late.is_(False))
        return query.correlate(unit, clause)

    def reached(*, in_time: bool) -> ColumnElement[bool]:
        # two look-ups by equality; one OR over both would read every audit for every unit and clause
        return or_(some(in_time=in_time, shared=False), some(in_time=in_time, shared=True))

    return (
        select(
            unit.c.unit_id,
            clause.c.number.label("reference"),
            case((reached(in_time=False), 1), else_=0).label("met"),
            case((reached(in_time=True), 1), else_=0).label("timely"),
        )
        .join_from(unit, clause, literal(1) == 1)
        .where(unit.c.judged == 1, unit.c.not_applicable.bitwise_and(clause.c.bit) == 0)
    )


EVIDENCE = {"audited": audited, "clauses_covered": clauses_covered}
