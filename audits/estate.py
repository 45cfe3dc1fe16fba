"""What a person holds in audits, how it is given over, and what is stored about the person."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, func, literal, select
from sqlalchemy.orm import joinedload

from audits import service
from audits.models import Audit, AuditState, Question
from audits.work import LIVING
from audits.workflow import WORKFLOW, handing_over
from qms.accounts.models import Person
from qms.kernel.db import db
from qms.kernel.feature import Estate, Holding
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.stored import Stored
from qms.units.models import Unit


def _is_held(person_id: int) -> ColumnElement[bool]:
    """The audits the person leads that are planned or under way."""
    return and_(Audit.lead_auditor_id == person_id, Audit.state.in_(LIVING))


def _led(person_id: int) -> Sequence[Audit]:
    return db.session.scalars(
        select(Audit)
        .where(_is_held(person_id))
        .options(joinedload(Audit.unit), joinedload(Audit.lead_auditor))
        .order_by(Audit.planned_on, Audit.id)
    ).all()


def held(person_id: int) -> Select[*tuple[Any, ...]]:
    """A row for each of them (``Estate.select``)."""
    return (
        select(
            literal(WORKFLOW.kind).label("kind"),
            Audit.code.label("code"),
            cast(Audit.state, String).label("text"),
            Unit.name.label("unit"),
            Audit.planned_on.label("due_on"),
            Audit.id.label("record_id"),
        )
        .join(Unit, Unit.id == Audit.unit_id)
        .where(_is_held(person_id))
    )


def tell(row: Row[Any]) -> Holding:
    """Such a row in words: of which unit, and how far the audit is."""
    page = url_for("audits.show", audit_id=row.record_id)
    title = _("Audit of %(unit)s", unit=row.unit)
    return Holding(title, f"{row.code} · {AuditState(row.text).title}", row.due_on, page)


def give_over(giver: Person, receiver: Person, moment: Moment) -> int:
    """The receiver leads every one of them from now on. Independence is asked for each audit (9.2.2 c).

    Raises ``Refused`` with each audit that cannot be given; another lead is appointed there first.
    """
    audits = _led(giver.id)
    refusals: list[Refusal] = []
    for audit in audits:
        try:
            service.change_lead(audit, receiver, handing_over(audit, moment))
        except Refused as refused:
            refusals += [Refusal(one.code, f"{audit.code}: {one}") for one in refused.refusals]
    if refusals:
        raise Refused(refusals)
    return len(audits)


def personal(person_id: int) -> Sequence[Stored]:
    """The audits a person leads or led, and in which audits how many answers are the person's."""
    led = select(Audit.code, Audit.planned_on, Audit.state).where(Audit.lead_auditor_id == person_id)
    answered = (
        select(Audit.code, func.count().label("answers"))
        .join(Question, Question.audit_id == Audit.id)
        .where(Question.answered_by_id == person_id)
        .group_by(Audit.code)
    )
    return [
        Stored(_("Audits led"), led.order_by(Audit.planned_on, Audit.id), _audit),
        Stored(_("Audit questions answered"), answered.order_by(Audit.code), _answers),
    ]


def _audit(row: Any) -> Mapping[str, Any]:
    return {"code": row.code, "planned_on": row.planned_on.isoformat(), "state": row.state.value}


def _answers(row: Any) -> Mapping[str, Any]:
    return {"code": row.code, "answers": row.answers}


ESTATE = Estate(held, tell, give_over)
