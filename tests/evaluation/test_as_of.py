"""What happened after a day never changes the answer for that day."""

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete, select, update

from audits.models import Audit, AuditState
from nonconformities.models import Action, ActionState, EventKind, Nonconformity, NonconformityEvent, Response
from procedures.models import Procedure, ProcedureService, ProcedureUnit, Service
from qms.evaluation.outcome import Outcome
from qms.evaluation.service import evaluate
from qms.kernel.bulk import OPTIONS
from qms.reviews.models import ManagementReview
from qms.units.models import Announcement, Unit
from tests.evaluation.random_office import DAYS_ASKED, build
from tests.office import TODAY, Office, past_the_trail


def forget_after(day: date) -> None:
    """Takes away everything that happened after a day."""
    late_procedures = select(Procedure.id).where(Procedure.effective_on > day)
    late_findings = select(Nonconformity.id).where(Nonconformity.raised_on > day)
    gone: list[tuple[Any, Any]] = [
        (Announcement, Announcement.announced_on > day),
        (ManagementReview, ManagementReview.held_on > day),
        (ProcedureUnit, (ProcedureUnit.from_on > day) | ProcedureUnit.procedure_id.in_(late_procedures)),
        (ProcedureService, ProcedureService.procedure_id.in_(late_procedures)),
        (Procedure, Procedure.effective_on > day),
        (Service, Service.valid_from > day),
        (NonconformityEvent, (NonconformityEvent.on > day) | NonconformityEvent.nonconformity_id.in_(late_findings)),
        (Response, (Response.held_from > day) | Response.nonconformity_id.in_(late_findings)),
        (Action, (Action.added_on > day) | Action.nonconformity_id.in_(late_findings)),
        (Nonconformity, Nonconformity.raised_on > day),
    ]
    undone: list[tuple[Any, Any, dict[str, Any]]] = [
        (Announcement, Announcement.revoked_on, {}),
        (Procedure, Procedure.reviewed_on, {"reviewed_review_due_on": None}),
        (Procedure, Procedure.withdrawn_on, {}),
        (ProcedureUnit, ProcedureUnit.to_on, {}),
        (Service, Service.valid_to, {}),
        (Audit, Audit.reported_on, {"state": AuditState.PLANNED, "started_on": None}),
        (Nonconformity, Nonconformity.moved_on, {"moved_to": None, "move_counts": False}),
        (Response, Response.withdrawn_on, {}),
        (Action, Action.moved_on, {"moved_to": None, "move_counts": False}),
        (Action, Action.completed_on, {"state": ActionState.OPEN}),
        (Action, Action.cancelled_on, {"state": ActionState.OPEN}),
        (Unit, Unit.in_scope_to, {}),
    ]
    with past_the_trail() as session:
        for model, late in gone:
            session.execute(delete(model).where(late), execution_options=OPTIONS)
        for model, column, others in undone:
            undo = update(model).where(column > day).values({column.key: None, **others})
            session.execute(undo, execution_options=OPTIONS)
        session.expire_all()


@pytest.mark.parametrize("seed", [51, 52, 53])
def test_forgetting_everything_after_a_day_leaves_its_answer(app: Flask, office: Office, seed: int) -> None:
    build(office, seed)
    before = {day: evaluate(day, office.moment()) for day in DAYS_ASKED}
    for day in reversed(DAYS_ASKED):
        forget_after(day)
        assert evaluate(day, office.moment()).as_dict() == before[day].as_dict()


def answer(office: Office) -> Outcome:
    return evaluate(TODAY, office.moment())


def test_each_later_fact_by_itself_changes_nothing(any_app: Flask, office: Office) -> None:
    ward = office.agency("P")
    unit = office.unit("A", parent=ward)
    announcement = office.announcement(ward)
    procedure = office.procedure(unit, effective_on=date(2025, 8, 1), services="1.000001")
    office.service(unit, "1.000001")
    office.service(unit, "1.000002")
    audit = office.audit(unit, lead_auditor_id=office.person("lead", unit=ward).id)
    closed = office.nonconformity(unit, "NC-1")
    office.event(closed, EventKind.CLOSED, date(2026, 8, 1))
    open_ = office.nonconformity(unit, "NC-2")
    response = office.response(open_, date(2026, 3, 10))
    action = office.action(open_, "1")
    wanted = answer(office).as_dict()
    later = TODAY + timedelta(days=1)

    office.event(closed, EventKind.REOPENED, later)
    office.event(open_, EventKind.CLOSED, later)
    office.review(ward, later)
    office.announcement(ward, later)
    office.procedure(unit, effective_on=later, services="1.000002")
    office.audit(unit, reported_on=later)
    office.action(closed, "1", due_on=date(2026, 4, 1), added_on=later)
    office.nonconformity(unit, "NC-3", raised_on=later)
    assert answer(office).as_dict() == wanted

    with past_the_trail():
        announcement.revoked_on = procedure.reviewed_on = procedure.withdrawn_on = response.withdrawn_on = later
        procedure.reviewed_review_due_on = later + timedelta(days=365)
        audit.state, audit.reported_on = AuditState.REPORTED, later
        action.state, action.completed_on = ActionState.DONE, later
        unit.in_scope_to = later
    assert answer(office).as_dict() == wanted
    assert evaluate(later, office.moment()).as_dict() != wanted | {"as_of": later.isoformat()}
