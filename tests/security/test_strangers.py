"""Records, verbs and forms that do not belong to whoever reaches for them."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from audits.models import Answer, Audit, AuditState, Question
from nonconformities import service
from nonconformities.models import Nonconformity, NonconformityState
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.forms import ChangedMeanwhile, check_version
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office

SignIn = Callable[..., object]


@pytest.fixture
def ward(office: Office) -> Ward:
    """A ward with people; another ward beside it belongs to nobody here."""
    return Ward(office)


def test_records_of_another_ward_are_not_there(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    office = ward.office
    elsewhere = office.agency("X")
    audit = office.audit(elsewhere, state=AuditState.UNDER_WAY)
    number = office.question(audit).number
    nc = office.nonconformity(elsewhere)
    addresses = [f"/units/{elsewhere.id}", f"/procedures/{office.procedure(elsewhere).id}", f"/audits/{audit.id}"]
    addresses += [f"/audits/{audit.id}/report", f"/audits/{audit.id}/cancel", f"/nonconformities/{nc.id}"]
    verbs = [f"/audits/{audit.id}/questions/{number}", f"/audits/{audit.id}/start", f"/audits/{audit.id}/checklist"]
    steps = ("send-back", "verify", "close", "reopen")
    verbs += [f"/nonconformities/{nc.id}/{step}" for step in steps]
    sign_in(client, "officer")
    assert {address: client.get(address).status_code for address in addresses} == dict.fromkeys(addresses, 404)
    assert {address: client.post(address, data={"version": "1"}).status_code for address in verbs} == dict.fromkeys(verbs, 404)


def test_evidence_of_another_audit_cannot_be_chosen(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    office = ward.office
    mine = office.audit(ward.division, state=AuditState.UNDER_WAY, lead_auditor_id=ward.officer.id)
    question = office.question(mine)
    foreign = office.evidence_item(office.audit(ward.division, state=AuditState.UNDER_WAY))
    sign_in(client, "officer")
    data = {"client_id": str(uuid4()), "version": str(question.version), "answer": "conforms", "evidence": str(foreign.number)}
    refused = client.post(f"/audits/{mine.id}/questions/{question.number}", data=data, headers={"Accept": "application/json"})
    assert refused.status_code == 409 and refused.json["sentences"]
    assert db.session.get_one(Question, question.id).answer is Answer.OPEN


def test_an_action_is_reached_through_its_own_record_only(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    one, other = ward.acting(), ward.acting()
    sign_in(client, "staff")
    assert client.get(f"/nonconformities/{other.id}/actions/{one.actions[0].id}/complete").status_code == 404
    assert client.get(f"/nonconformities/{one.id}/actions/{one.actions[0].id}/complete").status_code == 200


def test_who_did_an_action_does_not_verify_it_even_with_the_role(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.verifying()
    ward.office.grant(ward.staff, Role.QUALITY_OFFICER, ward.ward)
    sign_in(client, "staff")
    data = {"version": str(nc.version), "effective": "yes", "note": "Tốt"}
    assert client.post(f"/nonconformities/{nc.id}/verify", data=data).status_code == 409
    assert db.session.get_one(Nonconformity, nc.id).state is NonconformityState.VERIFYING


def test_a_reader_calls_no_verb(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.verified()
    sign_in(client, "reader")
    assert client.post(f"/nonconformities/{nc.id}/close", data={"version": str(nc.version)}).status_code == 403
    assert client.get("/registers/export").status_code == 403
    assert client.post("/evaluation", data={"day": "01/11/2026"}).status_code == 403


def test_a_plan_that_changed_meanwhile_is_not_submitted_unseen(ward: Ward) -> None:
    nc = ward.planned()
    seen = nc.version
    with writing():
        service.add_action(nc, "Việc thứ hai", ward.staff, TODAY, ward.now(ward.head))
    with pytest.raises(ChangedMeanwhile):
        check_version(nc, seen)
    seen = nc.version
    with writing():
        service.cancel_action(nc.actions[1], "Không cần", ward.now(ward.head))
    with pytest.raises(ChangedMeanwhile):
        check_version(nc, seen)


def test_control_characters_do_not_enter(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "officer")
    data = {"unit": "D", "grade": "minor", "source": "self", "statement": "Thiếu\x00 sổ\x0b\x1f theo dõi\u2029", "clause": "7.5"}
    assert client.post("/nonconformities/new", data=data).status_code == 302
    assert db.session.scalar(select(Nonconformity.statement)) == "Thiếu sổ theo dõi"


def test_what_another_site_sent_does_not_come_back_under_our_button(client: FlaskClient, office: Office) -> None:
    data = {"minutes": "của kẻ lạ"}
    own = client.post("/reviews/new", data=data, headers={"Sec-Fetch-Site": "same-origin"})
    foreign = client.post("/reviews/new", data=data, headers={"Sec-Fetch-Site": "cross-site"})
    assert own.status_code == foreign.status_code == 401
    assert "của kẻ lạ" in own.text
    assert "của kẻ lạ" not in foreign.text


def test_people_text_is_never_markup(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    attack = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    nc = ward.office.nonconformity(ward.division, statement=attack, requirement=attack, root_cause=attack, evidence=attack)
    audit = ward.office.audit(ward.division, state=AuditState.UNDER_WAY, lead_auditor_id=ward.officer.id)
    ward.office.question(audit, answer=Answer.MINOR, finding=attack, statement=attack, requirement=attack)
    ward.office.evidence_item(audit, attack)
    sign_in(client, "officer")
    for address in (f"/nonconformities/{nc.id}", "/nonconformities", f"/audits/{audit.id}", f"/audits/{audit.id}/report"):
        page = client.get(address)
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text
    assert db.session.get_one(Audit, audit.id).state is AuditState.UNDER_WAY
