"""Who is told of an audit, who is reminded, who may hold it through a deputy, and how it is given over."""

from datetime import timedelta

import pytest
from flask import current_app
from flask.testing import FlaskClient
from sqlalchemy import select

from audits import estate, service
from audits.models import Answer, Audit, AuditState
from audits.work import led, work
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.people.estate import estate_of
from qms.trail.service import history
from tests.audits.conftest import Ward
from tests.conftest import SignIn
from tests.office import TODAY, Office, past_the_trail
from tests.stored import lines_of


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def told(name: str) -> set[str]:
    query = select(Person.username).join(Notice, Notice.person_id == Person.id).where(Notice.name == name)
    return set(db.session.scalars(query))


@pytest.fixture
def head(ward: Ward) -> Person:
    return ward.office.person("head", unit=ward.unit, role=Role.UNIT_HEAD)


def reported(ward: Ward) -> Audit:
    audit = ward.office.audit(ward.unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.lead.id)
    ward.office.question(audit, answer=Answer.NOT_APPLICABLE)
    with writing():
        service.report(audit, "Hệ thống được duy trì.", ward.office.moment(ward.lead))
    return audit


@pytest.mark.usefixtures("any_app", "head")
class TestTelling:
    """Told in the transaction of the verb."""

    def test_the_plan_is_told_to_the_lead_and_to_the_head(self, ward: Ward) -> None:
        ward.plan()
        assert told("audit_to_lead") == {"lead"}
        assert told("audit_planned") == {"head"}

    def test_the_report_is_told_to_the_head(self, ward: Ward) -> None:
        reported(ward)
        assert told("audit_reported") == {"head"}

    def test_whoever_plans_to_lead_oneself_is_not_told(self, ward: Ward) -> None:
        ward.plan(lead=ward.officer)
        assert told("audit_to_lead") == set()


@pytest.mark.usefixtures("any_app")
def test_the_lead_is_reminded_until_it_is_reported_and_finds_it_in_my_work(ward: Ward) -> None:
    planned, running = ward.plan(), ward.office.audit(ward.unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.lead.id)
    reported(ward)
    ward.office.audit(ward.unit, state=AuditState.CANCELLED, lead_auditor_id=ward.lead.id, cancelled_on=TODAY)
    rows = db.session.execute(led(TODAY, TODAY)).all()
    assert {(row.code, row.person_id) for row in rows} == {(planned.code, ward.lead.id), (running.code, ward.lead.id)}
    with current_app.test_request_context():
        shown = {item.context.split(" ")[0]: item.due_on for item in work(ward.office.moment(ward.lead))}
    assert shown == {row.code: row.due_on for row in rows}
    assert db.session.execute(led(TODAY, TODAY - timedelta(days=1))).all() == []
    with past_the_trail() as session:
        session.get_one(Person, ward.lead.id).disabled = True
    assert db.session.execute(led(TODAY, TODAY)).all() == []


@pytest.mark.parametrize("who", ["own", "deputy of own", "former deputy of own", "stranger"])
@pytest.mark.parametrize("step", ["lead", "conduct"])
def test_nobody_holds_the_audit_of_the_own_unit_through_another(ward: Ward, who: str, step: str) -> None:
    """The principal belongs to the audited unit; so does, while it lasts, whoever is the deputy."""
    own = ward.office.person("own", unit=ward.unit, role=Role.UNIT_HEAD)
    actor = own if who == "own" else ward.office.person("actor", unit=ward.other)
    ward.office.grant(actor, Role.AUDITOR, ward.agency)
    if who == "deputy of own":
        ward.office.deputy(own, actor)
    if who == "former deputy of own":
        ward.office.deputy(own, actor, valid_to=TODAY - timedelta(days=1))
    lead = actor.id if step == "lead" and who != "own" else None
    audit = ward.office.audit(ward.unit, lead_auditor_id=lead, taken_over=lead is None)
    if who in {"stranger", "former deputy of own"}:
        with writing():
            service.start(audit, ward.office.moment(actor))
        assert audit.state is AuditState.UNDER_WAY
        return
    with pytest.raises(Refused) as refused, writing():
        service.start(audit, ward.office.moment(actor))
    assert codes(refused) == {"own_unit"}


def test_a_deputy_of_the_lead_does_not_report(ward: Ward) -> None:
    deputy = ward.office.person("deputy", unit=ward.other)
    ward.office.grant(ward.lead, Role.AUDITOR, ward.agency)
    ward.office.deputy(ward.lead, deputy)
    audit = ward.office.audit(ward.unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.lead.id)
    ward.office.question(audit, answer=Answer.NOT_APPLICABLE)
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, "Xong.", ward.office.moment(deputy))
    assert codes(refused) == {"not_lead"}


@pytest.mark.usefixtures("any_app")
class TestGivingOver:
    """Everything the lead leads, in one step."""

    def test_the_receiver_leads_from_now_on(self, ward: Ward) -> None:
        planned, running = ward.plan(), ward.office.audit(ward.unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.lead.id)
        done, receiver = reported(ward), ward.office.person("receiver", unit=ward.other)
        with current_app.test_request_context():
            assert [len(part.holdings) for part in estate_of(ward.lead.id)] == [2]
        with writing():
            assert estate.give_over(ward.lead, receiver, ward.office.moment(ward.officer)) == 2
        assert (planned.lead_auditor_id, running.lead_auditor_id) == (receiver.id, receiver.id)
        assert done.lead_auditor_id == ward.lead.id
        entry = history("audit", planned.code)[0]
        assert (entry.deed, entry.personal_value("lead_auditor")) == ("change_lead", '["lead","receiver"]')
        assert "receiver" in told("audit_to_lead")

    def test_an_audit_of_the_receivers_unit_stops_it_by_name(self, ward: Ward) -> None:
        first = ward.plan()
        second = ward.office.audit(ward.agency, lead_auditor_id=ward.lead.id)
        receiver = ward.office.person("receiver", unit=ward.unit)
        with pytest.raises(Refused) as refused, writing():
            estate.give_over(ward.lead, receiver, ward.office.moment(ward.officer))
        (refusal,) = refused.value.refusals
        assert refusal.code == "own_unit" and str(refusal).startswith(f"{first.code}:")
        assert {ward.office.again(one).lead_auditor_id for one in (first, second)} == {ward.lead.id}

    def test_a_documented_exception_lets_it_be_given(self, ward: Ward) -> None:
        audit = ward.office.audit(ward.unit, lead_auditor_id=ward.lead.id, independence_exception="12/QĐ-UBND")
        receiver = ward.office.person("receiver", unit=ward.unit)
        with writing():
            estate.give_over(ward.lead, receiver, ward.office.moment(ward.officer))
        assert audit.lead_auditor_id == receiver.id

    def test_a_disabled_account_or_the_same_person_leads_nothing_new(self, ward: Ward) -> None:
        audit, gone = ward.plan(), ward.office.person("gone", unit=ward.other, disabled=True)
        for lead, code in ((gone, "lead_disabled"), (ward.lead, "leads_already")):
            with pytest.raises(Refused) as refused, writing():
                service.change_lead(audit, lead, ward.office.moment(ward.officer))
            assert codes(refused) == {code}

    def test_what_is_stored_about_a_person_is_listed(self, ward: Ward) -> None:
        audit = reported(ward)
        with past_the_trail():
            audit.questions[0].answered_by_id = ward.officer.id
        led_by, answered_by = lines_of(estate.personal(ward.lead.id)), lines_of(estate.personal(ward.officer.id))
        assert [len(rows) for _heading, rows in led_by] == [1, 0]
        assert [rows for _heading, rows in answered_by] == [[], [{"code": audit.code, "answers": 1}]]


def test_another_lead_is_appointed_through_the_page(office: Office, ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    audit, other = ward.plan(), office.person("other", unit=ward.other)
    sign_in(client, "officer")
    path = f"/audits/{audit.id}/lead"
    assert path in client.get(f"/audits/{audit.id}").text
    assert other.full_name in client.get(path).text
    assert client.post(path, data={"version": audit.version, "lead_auditor_id": 0}).status_code == 422
    assert client.post(path, data={"version": audit.version + 1, "lead_auditor_id": other.id}).status_code == 409
    assert client.post(path, data={"version": audit.version, "lead_auditor_id": other.id}).status_code == 303
    assert office.again(audit).lead_auditor_id == other.id
