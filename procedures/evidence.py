"""What documented procedures prove to the evaluation: each function is one select, unit by unit, item by item."""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, union_all

from procedures.models import PROVING_KINDS, UNREVIEWED_KINDS, Procedure, ProcedureService, ProcedureUnit, Service
from qms.kernel.window import Window
from qms.units.standing import standing


def in_force(window: Window) -> ColumnElement[bool]:
    """In force at D: effective by D and not withdrawn by D."""
    return and_(
        Procedure.effective_on <= window.day,
        or_(Procedure.withdrawn_on.is_(None), Procedure.withdrawn_on > window.day),
    )


def procedures_in_force(window: Window) -> Select[Any]:
    """4.4.2, 7.5: procedures of the proving kinds that the unit owns or that apply to it; one that does both counts once."""
    owner, user = standing.alias("owner"), standing.alias("user_of")
    owned = (
        select(
            owner.c.heir_id.label("unit_id"),
            Procedure.id,
            Procedure.code,
            case((Procedure.effective_late, 0), else_=1).label("timely"),
        )
        .join_from(Procedure, owner, owner.c.unit_id == Procedure.unit_id)
        .where(in_force(window), Procedure.kind.in_(PROVING_KINDS))
    )
    applied = (
        select(
            user.c.heir_id,
            Procedure.id,
            Procedure.code,
            case((or_(Procedure.effective_late, ProcedureUnit.from_late), 0), else_=1),
        )
        .join_from(ProcedureUnit, Procedure, Procedure.id == ProcedureUnit.procedure_id)
        .join(user, user.c.unit_id == ProcedureUnit.unit_id)
        .where(
            in_force(window),
            Procedure.kind.in_(PROVING_KINDS),
            ProcedureUnit.from_on <= window.day,
            or_(ProcedureUnit.to_on.is_(None), ProcedureUnit.to_on > window.day),
        )
    )
    both = union_all(owned, applied).subquery()
    return select(
        both.c.unit_id,
        func.min(both.c.code).label("reference"),
        literal(1).label("met"),
        func.max(both.c.timely).label("timely"),
    ).group_by(both.c.unit_id, both.c.id)


def services_covered(window: Window) -> Select[Any]:
    """4.3, 8.1; TT 26/2014 Art. 36: each TTHC valid at D, and whether a procedure in force in the agency names its code."""
    writer, holder = standing.alias("writer"), standing.alias("holder")
    named = (
        select(
            writer.c.heir_pool,
            ProcedureService.service_code,
            func.max(case((Procedure.effective_late, 0), else_=1)).label("timely"),
        )
        .join_from(ProcedureService, Procedure, Procedure.id == ProcedureService.procedure_id)
        .join(writer, writer.c.unit_id == Procedure.unit_id)
        .where(in_force(window))
        .group_by(writer.c.heir_pool, ProcedureService.service_code)
        .subquery()
    )
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Service.code.label("reference"),
            case((named.c.service_code.is_not(None), 1), else_=0).label("met"),
            func.coalesce(named.c.timely, 0).label("timely"),
        )
        .join_from(Service, holder, holder.c.unit_id == Service.unit_id)
        .outerjoin(named, and_(named.c.heir_pool == holder.c.heir_pool, named.c.service_code == Service.code))
        .where(Service.valid_from <= window.day, or_(Service.valid_to.is_(None), Service.valid_to > window.day))
    )


def procedures_reviewed(window: Window) -> Select[Any]:
    """7.5.2: each procedure in force but forms and external documents, reviewed (or made effective) within 12 months."""
    owner = standing.alias("owner")
    by_effect = Procedure.effective_review_due_on >= window.day
    by_review = and_(Procedure.reviewed_on <= window.day, Procedure.reviewed_review_due_on >= window.day)
    timely = or_(and_(by_effect, Procedure.effective_late.is_(False)), and_(by_review, Procedure.reviewed_late.is_(False)))
    return (
        select(
            owner.c.heir_id.label("unit_id"),
            Procedure.code.label("reference"),
            case((or_(by_effect, by_review), 1), else_=0).label("met"),
            case((timely, 1), else_=0).label("timely"),
        )
        .join_from(Procedure, owner, owner.c.unit_id == Procedure.unit_id)
        .where(in_force(window), Procedure.kind.not_in(UNREVIEWED_KINDS))
    )


EVIDENCE = {
    "procedures_in_force": procedures_in_force,
    "services_covered": services_covered,
    "procedures_reviewed": procedures_reviewed,
}
