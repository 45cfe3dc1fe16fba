"""The database is the second lock: each CHECK refuses what the services refuse."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from audits.models import Answer, Audit, AuditState, EvidenceItem, EvidenceKind, Question
from qms.kernel.bulk import OPTIONS
from qms.kernel.db import db
from tests.office import TODAY, Office, past_the_trail


def refused(rule: str, model: Any, record_id: int, **values: Any) -> None:
    """The change breaks exactly this CHECK."""
    with pytest.raises(IntegrityError, match=rule), past_the_trail():
        db.session.execute(update(model).where(model.id == record_id).values(**values), execution_options=OPTIONS)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("reported_has_day", {"state": AuditState.REPORTED}),
        ("reported_has_day", {"reported_on": TODAY}),
        ("started_has_day", {"state": AuditState.UNDER_WAY}),
        ("started_has_lead", {"state": AuditState.UNDER_WAY, "started_on": TODAY}),
        ("cancelled_has_day", {"state": AuditState.CANCELLED}),
        ("cancelled_has_day", {"cancelled_on": TODAY}),
        (
            "reported_after_started",
            {"state": AuditState.REPORTED, "started_on": TODAY, "reported_on": TODAY - timedelta(days=1)},
        ),
    ],
)
def test_an_audit_cannot_contradict_its_days(any_app: Flask, office: Office, rule: str, values: dict[str, Any]) -> None:
    unit = office.unit()
    lead = None if rule == "started_has_lead" else office.person(unit=unit).id
    refused(rule, Audit, office.audit(unit, lead_auditor_id=lead).id, **values)


@pytest.mark.parametrize(
    ("rule", "values"),
    [
        ("finding_has_words", {"answer": Answer.OBSERVATION}),
        ("finding_has_words", {"answer": Answer.MAJOR}),
        ("not_applicable_has_reason", {"answer": Answer.NOT_APPLICABLE}),
    ],
)
def test_an_answer_cannot_lack_its_words(any_app: Flask, office: Office, rule: str, values: dict[str, Any]) -> None:
    refused(rule, Question, office.question(office.audit(office.unit())).id, **values)


def test_a_nonconformity_hangs_on_findings_only(any_app: Flask, office: Office) -> None:
    unit = office.unit()
    question = office.question(office.audit(unit))
    refused("raised_from_finding", Question, question.id, nonconformity_id=office.nonconformity(unit).id)


def test_an_answer_that_led_to_a_nonconformity_is_complete(any_app: Flask, office: Office) -> None:
    unit = office.unit()
    question = office.question(office.audit(unit), answer=Answer.MINOR)
    values = {"nonconformity_id": office.nonconformity(unit).id, "incomplete": True}
    refused("raised_is_complete", Question, question.id, **values)


@pytest.mark.parametrize(("rule", "kind"), [("photo_has_file", EvidenceKind.PHOTO), ("fact_has_record", EvidenceKind.FACT)])
def test_evidence_cannot_lack_what_it_shows(any_app: Flask, office: Office, rule: str, kind: EvidenceKind) -> None:
    refused(rule, EvidenceItem, office.evidence_item(office.audit(office.unit())).id, kind=kind)
