"""Reading procedures: lists, one record, and whether a procedure is in force."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, not_, or_, select, union
from sqlalchemy.orm import aliased, joinedload, selectinload

from procedures.models import UNREVIEWED_KINDS, Procedure, ProcedureUnit, Service, Validity
from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.kernel.text import like_patterns
from qms.units.models import Unit
from qms.units.queries import below


@dataclass(frozen=True)
class NamedService:
    """A TTHC code that a procedure names, with its name where the agency's register has it."""

    code: str
    name: str | None


def _withdrawn(procedure: Procedure, today: date) -> bool:
    return procedure.withdrawn_on is not None and procedure.withdrawn_on <= today


def review_due_on(procedure: Procedure, today: date) -> date | None:
    """Until when the yearly review is owed (7.5.2): the later of the days after effect and after review.

    None for forms, external documents and whatever is withdrawn.
    """
    if procedure.kind in UNREVIEWED_KINDS or _withdrawn(procedure, today):
        return None
    return max(procedure.effective_review_due_on, procedure.reviewed_review_due_on or procedure.effective_review_due_on)


def validity(procedure: Procedure, today: date) -> Validity:
    """Whether the procedure is in force on the day, from its days alone."""
    if _withdrawn(procedure, today):
        return Validity.WITHDRAWN
    if procedure.effective_on > today:
        return Validity.COMING
    due = review_due_on(procedure, today)
    return Validity.REVIEW_DUE if due is not None and due < today else Validity.IN_FORCE


OWED_REVIEW_DAY = case(
    (Procedure.kind.in_(UNREVIEWED_KINDS), None),
    (Procedure.reviewed_review_due_on > Procedure.effective_review_due_on, Procedure.reviewed_review_due_on),
    else_=Procedure.effective_review_due_on,
)
"""The same day as ``review_due_on`` of what is not withdrawn, to sort by."""


def is_in(state: Validity, today: date) -> ColumnElement[bool]:
    """The same answer as ``validity``, for the database; no condition may become NULL, as one is negated."""
    withdrawn = and_(Procedure.withdrawn_on.is_not(None), Procedure.withdrawn_on <= today)
    coming = and_(not_(withdrawn), Procedure.effective_on > today)
    overdue = and_(
        not_(withdrawn),
        Procedure.effective_on <= today,
        Procedure.kind.not_in(UNREVIEWED_KINDS),
        Procedure.effective_review_due_on < today,
        func.coalesce(Procedure.reviewed_review_due_on, Procedure.effective_review_due_on) < today,
    )
    conditions: dict[Validity, ColumnElement[bool]] = {
        Validity.WITHDRAWN: withdrawn,
        Validity.COMING: coming,
        Validity.REVIEW_DUE: overdue,
        Validity.IN_FORCE: not_(or_(withdrawn, coming, overdue)),
    }
    return conditions[state]


def _seen(actor: Actor) -> Select[Procedure]:
    """Procedures of the units one may see, and those that apply to one of these units."""
    if actor.may_everywhere(Permission.PROCEDURES_READ):
        return select(Procedure)
    visible = visible_units(actor, Permission.PROCEDURES_READ)
    each = aliased(Procedure)  # a union and no OR: each half is found by its index
    applied = select(ProcedureUnit.procedure_id).where(ProcedureUnit.unit_id.in_(visible))
    return select(Procedure).where(Procedure.id.in_(union(select(each.id).where(each.unit_id.in_(visible)), applied)))


def listed(actor: Actor) -> Select[Procedure]:
    """The procedures one may see, each with its unit."""
    return _seen(actor).join(Unit, Unit.id == Procedure.unit_id).options(joinedload(Procedure.unit))


def serves(code: str) -> ColumnElement[bool]:
    """Whether a procedure belongs to the unit of that code or one below it, or applies there."""
    applied = select(ProcedureUnit.procedure_id).where(ProcedureUnit.unit_id.in_(below(code)))
    return or_(Procedure.unit_id.in_(below(code)), Procedure.id.in_(applied))


def overdue_in(actor: Actor, code: str, today: date) -> Select[int]:
    """How many procedures of the unit of that code have an overdue review."""
    return overdue_count(actor, today).where(serves(code))


def matching(actor: Actor, text: str, today: date, most: int) -> Sequence[Procedure]:
    """The procedures that have every word in code or title: those in force first, then by code."""
    words = [Procedure.folded.like(pattern, escape="\\") for pattern in like_patterns(text)]
    query = _seen(actor).where(*words).options(joinedload(Procedure.unit))
    withdrawn = case((is_in(Validity.WITHDRAWN, today), 1), else_=0)
    return db.session.scalars(query.order_by(withdrawn, Procedure.code, Procedure.id).limit(most)).all()


def find(actor: Actor, procedure_id: int) -> Procedure | None:
    """The procedure with what its page shows, when the actor may see it."""
    return db.session.scalar(
        _seen(actor)
        .where(Procedure.id == procedure_id)
        .options(
            joinedload(Procedure.unit),
            selectinload(Procedure.services),
            selectinload(Procedure.applications).joinedload(ProcedureUnit.unit),
        )
    )


def named_services(procedure: Procedure) -> Sequence[NamedService]:
    """The services the procedure names, in their order; names come from any register that has the code."""
    codes = [service.service_code for service in procedure.services]
    rows = db.session.execute(
        select(Service.code, func.min(Service.name).label("name")).where(Service.code.in_(codes)).group_by(Service.code)
    )
    names: dict[str, str] = {row.code: row.name for row in rows}
    return [NamedService(code, names.get(code)) for code in codes]


def overdue_count(actor: Actor, today: date) -> Select[int]:
    """How many procedures one may see have an overdue review, for the menu."""
    return _seen(actor).where(is_in(Validity.REVIEW_DUE, today)).with_only_columns(func.count())


def live_count(actor: Actor, today: date) -> Select[int]:
    """How many procedures one may see are in force, reviewed in time or not."""
    live = or_(is_in(Validity.IN_FORCE, today), is_in(Validity.REVIEW_DUE, today))
    return _seen(actor).where(live).with_only_columns(func.count())


def id_of(reference: str) -> int | None:
    """Id of the procedure that a reference "UNIT/CODE" names."""
    unit, _slash, code = reference.partition("/")
    return db.session.scalar(
        select(Procedure.id).join(Unit, Unit.id == Procedure.unit_id).where(Unit.code == unit, Procedure.code == code)
    )
