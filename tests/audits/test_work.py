"""What my work says of an audit is what the workflow says: its next step, and what holds it."""

import pytest
from flask import Flask

from audits import service
from audits.models import Answer, Audit, AuditKind
from audits.work import unit, work
from qms.kernel.db import db, writing
from qms.kernel.feature import WorkItem
from tests.audits.answers import give
from tests.audits.conftest import Ward
from tests.office import TODAY
from tests.statements import statements

NOT_APPLICABLE = (Answer.NOT_APPLICABLE, {"reason": "không có việc này"})
FOUND = (Answer.MINOR, {"finding": "3/20", "requirement": "7.5.3", "statement": "Thiếu sổ"})


def seen(app: Flask, ward: Ward) -> WorkItem:
    """The one audit in the lead auditor's work."""
    db.session.rollback()
    with app.test_request_context():
        (item,) = work(ward.office.moment(ward.lead))
    return item


@pytest.mark.parametrize(
    ("last", "step", "holding"),
    [
        ((Answer.OPEN, {}), "Trả lời câu hỏi", "Còn 1 câu hỏi chưa trả lời"),
        ((Answer.OBSERVATION, {}), "Trả lời câu hỏi", "câu 3"),
        (FOUND, "Lập sự không phù hợp", "câu 3"),
        (NOT_APPLICABLE, "Báo cáo kết quả đánh giá", None),
    ],
)
def test_the_step_is_the_one_that_settles_what_holds_the_report(
    app: Flask, ward: Ward, audit: Audit, last: tuple[Answer, dict[str, object]], step: str, holding: str | None
) -> None:
    moment = ward.office.moment(ward.lead)
    with writing():
        for question, (answer, words) in zip(audit.questions, (NOT_APPLICABLE, NOT_APPLICABLE, last), strict=True):
            give(question, answer, moment, **words)
    item = seen(app, ward)
    assert item.step == step
    assert holding in (item.obstacle or "") if holding else item.obstacle is None


def test_an_audit_that_nobody_leads_waits_for_a_lead_whoever_looks(app: Flask, ward: Ward) -> None:
    officer = ward.office.moment(ward.officer)
    with writing():
        service.plan_audit(ward.unit, AuditKind.PLANNED, TODAY, None, ("7.5",), officer)
    with app.test_request_context():
        (item,) = unit(officer)
    assert item.step == "Cử trưởng đoàn đánh giá khác" and item.obstacle and not item.owed_ids


def test_the_checklists_of_all_audits_under_way_are_one_statement(app: Flask, ward: Ward, audit: Audit) -> None:
    officer = ward.office.moment(ward.officer)

    def asked() -> int:
        db.session.rollback()
        db.session.expire_all()
        with app.test_request_context(), statements() as found:
            unit(officer)
        return len(found)

    few = asked()
    for _number in range(3):
        more = ward.plan()
        with writing():
            service.start(more, ward.office.moment(ward.lead))
    assert asked() == few
