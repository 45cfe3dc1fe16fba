"""What documented procedures prove to the evaluation: each function is one select, unit by unit, item by item."""

from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, FromClause, Select, and_, func, or_, select, union_all

from procedures.models import PROVING_KINDS, UNREVIEWED_KINDS, Procedure, ProcedureService, ProcedureUnit, Service
from qms.kernel.evidence import Evidence, Proof, proof
from qms.kernel.window import Window
from qms.units.standing import admitted, standing


def in_force(window: Window) -> ColumnElement[bool]:
    """In force at D: effective by D and not withdrawn by D."""
    return and_(
        Procedure.effective_on <= window.day,
        or_(Procedure.withdrawn_on.is_(None), Procedure.withdrawn_on > window.day),
    )


def _effective(least: Proof, holder: FromClause) -> ColumnElement[bool]:
    return admitted(least, Procedure.effective_late, Procedure.effective_on, Procedure.effective_entered_on, holder)


def procedures_in_force(window: Window) -> Select[Any]:
    """4.4.2, 7.5: procedures of the proving kinds that the unit owns or that apply to it; one that does both counts once.

    What was taken over is asked of the agency for which the procedure counts, also where another one wrote it.
    """
    owner, user = standing.alias("owner"), standing.alias("user_of")
    owned = (
        select(
            owner.c.heir_id.label("unit_id"),
            Procedure.id,
            Procedure.code,
            proof(lambda least: _effective(least, owner)).label("proof"),
        )
        .join_from(Procedure, owner, owner.c.unit_id == Procedure.unit_id)
        .where(in_force(window), Procedure.kind.in_(PROVING_KINDS))
    )

    def applies(least: Proof) -> ColumnElement[bool]:
        applied = admitted(least, ProcedureUnit.from_late, ProcedureUnit.from_on, ProcedureUnit.from_entered_on, user)
        return and_(applied, _effective(least, user))

    applied = (
        select(user.c.heir_id, Procedure.id, Procedure.code, proof(applies))
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
        func.max(both.c.proof).label("proof"),
    ).group_by(both.c.unit_id, both.c.id)


def services_covered(window: Window) -> Select[Any]:
    """4.3, 8.1; TT 26/2014 Art. 36: each TTHC valid at D, and whether a procedure in force in the agency names its code."""
    writer, holder = standing.alias("writer"), standing.alias("holder")
    named = (
        select(
            writer.c.heir_pool,
            ProcedureService.service_code,
            func.max(proof(lambda least: _effective(least, writer))).label("proof"),
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
            func.coalesce(named.c.proof, Proof.FAILED.value).label("proof"),
        )
        .join_from(Service, holder, holder.c.unit_id == Service.unit_id)
        .outerjoin(named, and_(named.c.heir_pool == holder.c.heir_pool, named.c.service_code == Service.code))
        .where(Service.valid_from <= window.day, or_(Service.valid_to.is_(None), Service.valid_to > window.day))
    )


def procedures_reviewed(window: Window) -> Select[Any]:
    """7.5.2: each procedure in force but forms and external documents, reviewed (or made effective) within 12 months."""
    owner = standing.alias("owner")

    def reviewed(least: Proof) -> ColumnElement[bool]:
        seen = admitted(least, Procedure.reviewed_late, Procedure.reviewed_on, Procedure.reviewed_entered_on, owner)
        return or_(
            and_(Procedure.effective_review_due_on >= window.day, _effective(least, owner)),
            and_(Procedure.reviewed_on <= window.day, Procedure.reviewed_review_due_on >= window.day, seen),
        )

    return (
        select(
            owner.c.heir_id.label("unit_id"),
            Procedure.code.label("reference"),
            proof(reviewed).label("proof"),
            Procedure.id.label("record_id"),
        )
        .join_from(Procedure, owner, owner.c.unit_id == Procedure.unit_id)
        .where(in_force(window), Procedure.kind.not_in(UNREVIEWED_KINDS))
    )


def _register(_unit_id: int) -> str:
    return url_for("registers.take_over")


EVIDENCE = (
    Evidence("procedures_in_force", procedures_in_force, kind="procedure", act=_register),
    Evidence("services_covered", services_covered, act=_register),
    Evidence("procedures_reviewed", procedures_reviewed, kind="procedure", act=_register),
)

ENTERED: tuple[Any, ...] = (
    select(Procedure.unit_id, Procedure.effective_entered_on.label("entered_on")),
    select(Procedure.unit_id, Procedure.reviewed_entered_on.label("entered_on")),
    select(ProcedureUnit.unit_id, ProcedureUnit.from_entered_on.label("entered_on")),
)
