"""Deputies for a period: naming, reach, both names in the trail, and no judging of what the principal did."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from audits.models import AuditState
from audits.workflow import WORKFLOW as AUDIT
from audits.workflow import acting
from nonconformities import service as nonconformities
from nonconformities.workflow import WORKFLOW
from qms.accounts.actor import actor_of
from qms.accounts.models import Deputy, Person
from qms.accounts.permissions import Role
from qms.kernel.days import local_day
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.notices.models import Notice
from qms.people import queries
from qms.people.deputies import service as deputising
from qms.trail.service import history
from tests.nonconformities.ward import Ward as Cases
from tests.office import TODAY, Office, past_the_trail
from tests.people.conftest import Ward

TOMORROW, NEXT_WEEK = TODAY + timedelta(days=1), TODAY + timedelta(days=7)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def lent(deputy: Person, principal: Person, office: Office, until: date = NEXT_WEEK) -> Deputy:
    """Names a deputy by the principal's own deed."""
    with writing():
        return deputising.name(principal, deputy, TODAY, until, "Đi công tác", office.moment(principal))


def name(ward: Ward, who: str, deputy: str, actor: str, **days: date) -> Deputy:
    period = {"valid_from": TODAY, "valid_to": NEXT_WEEK, **days}
    with writing():
        return deputising.name(
            getattr(ward, who),
            getattr(ward, deputy),
            period["valid_from"],
            period["valid_to"],
            "Đi công tác",
            ward.now(getattr(ward, actor)),
        )


def test_a_head_names_a_deputy_who_has_the_roles_for_that_time_only(any_app: object, ward: Ward) -> None:
    name(ward, "head", "staff", "head", valid_from=TOMORROW)
    assert Role.UNIT_HEAD not in actor_of(ward.staff, TODAY).roles
    assert Role.UNIT_HEAD in actor_of(ward.staff, TOMORROW).roles
    assert Role.UNIT_HEAD not in actor_of(ward.staff, NEXT_WEEK + timedelta(days=1)).roles
    assert [(one.person_id, one.name) for one in db.session.scalars(select(Notice))] == [(ward.staff.id, "deputy_named")]


def test_why_somebody_is_away_stands_beside_the_chain(app: object, ward: Ward) -> None:
    name(ward, "head", "staff", "head")
    entry = history("person", str(ward.head.id))[0]
    assert (entry.deed, entry.reason) == ("name_deputy", None)
    assert "công tác" not in str(entry.changes)
    assert "công tác" in str(entry.personal_value("reason"))


def test_an_officer_names_deputies_in_the_own_units_and_both_are_told(app: object, ward: Ward) -> None:
    name(ward, "head", "staff", "officer")
    told = {(one.person_id, one.name) for one in db.session.scalars(select(Notice))}
    assert told == {(ward.staff.id, "deputy_named"), (ward.head.id, "deputy_named_for_you")}


@pytest.mark.parametrize(
    ("who", "deputy", "actor", "days", "expected"),
    [
        ("head", "staff", "staff", {}, "not_permitted"),
        ("stranger", "staff", "officer", {}, "not_permitted"),
        ("leader", "officer", "officer", {}, "names_oneself"),
        ("head", "head", "head", {}, "own_deputy"),
        ("head", "staff", "head", {"valid_from": TODAY - timedelta(days=1)}, "begins_in_past"),
        ("head", "staff", "head", {"valid_to": TODAY - timedelta(days=1)}, "ends_before_start"),
        ("head", "staff", "head", {"valid_to": date(2027, 11, 30)}, "too_long"),
        ("admin", "staff", "admin", {}, "nothing_to_lend"),
        ("officer", "admin", "officer", {}, "duties_apart"),
    ],
)
def test_who_may_be_whose_deputy(ward: Ward, who: str, deputy: str, actor: str, days: dict[str, date], expected: str) -> None:
    with pytest.raises(Refused) as refused:
        name(ward, who, deputy, actor, **days)
    assert expected in codes(refused)


def test_a_disabled_person_is_no_deputy_and_nobody_twice(ward: Ward) -> None:
    name(ward, "head", "staff", "head")
    with pytest.raises(Refused) as refused:
        name(ward, "head", "staff", "head", valid_from=NEXT_WEEK, valid_to=NEXT_WEEK + timedelta(days=3))
    assert codes(refused) == {"deputy_already"}
    with past_the_trail():
        ward.officer.disabled = True
    with pytest.raises(Refused) as refused:
        name(ward, "head", "officer", "head")
    assert codes(refused) == {"person_disabled"}


def test_an_officer_lends_nobody_rights_beyond_the_own_units(ward: Ward) -> None:
    ward.office.grant(ward.leader, Role.PROVINCIAL_OFFICER, ward.province)
    with pytest.raises(Refused) as refused:
        name(ward, "leader", "staff", "officer")
    assert codes(refused) == {"beyond_reach"}
    name(ward, "leader", "staff", "leader")


def test_a_deputy_of_a_deputy_gets_only_what_is_own(app: object, ward: Ward) -> None:
    name(ward, "leader", "head", "leader")
    name(ward, "head", "staff", "head")
    assert {one.role for one in actor_of(ward.staff, TODAY).lent} == {Role.UNIT_HEAD}


@pytest.mark.parametrize("actor", ["head", "staff", "officer"])
def test_a_withdrawn_deputy_has_nothing_from_that_instant(app: object, ward: Ward, actor: str) -> None:
    one = name(ward, "head", "staff", "head")
    with writing():
        deputising.revoke(one, ward.now(getattr(ward, actor)))
    assert Role.UNIT_HEAD not in actor_of(ward.staff, TODAY).roles
    with pytest.raises(Refused) as refused, writing():
        deputising.revoke(one, ward.now(ward.head))
    assert codes(refused) == {"over_already"}


def test_somebody_who_is_not_concerned_does_not_withdraw(ward: Ward) -> None:
    one = name(ward, "head", "staff", "head")
    with pytest.raises(Refused) as refused, writing():
        deputising.revoke(one, ward.now(ward.leader))
    assert codes(refused) == {"not_permitted"}


# --- end to end: what a deputy does and must not do


def test_what_the_deputy_of_a_head_answers_stands_under_both_names(any_app: object, office: Office) -> None:
    cases = Cases(office)
    helper = office.person("helper", unit=cases.division, role=Role.STAFF)
    lent(helper, cases.head, office)
    nc, moment = cases.raised(), office.moment(helper)
    with writing():
        nonconformities.record_analysis(nc, "In lại giấy", "Không ai kiểm tra biểu mẫu", moment)
        nonconformities.add_action(nc, "Đặt ô bắt buộc", cases.staff, NEXT_WEEK, moment)
        nonconformities.submit(nc, NEXT_WEEK + timedelta(days=30), moment)
    assert (nc.responded_by_id, nc.responded_for_id) == (helper.id, cases.head.id)
    answered = [entry for entry in history("nonconformity", nc.code) if entry.deed != "raise"]
    assert {(entry.username, entry.on_behalf_of) for entry in answered} == {("helper", "head")}


def test_without_being_deputy_the_same_person_may_not_answer(office: Office) -> None:
    cases = Cases(office)
    helper = office.person("helper", unit=cases.division, role=Role.STAFF)
    nc = cases.raised()
    with pytest.raises(Refused) as refused, writing():
        nonconformities.record_analysis(nc, "x", "y", office.moment(helper))
    assert codes(refused) == {"not_permitted"}


def test_a_deputy_does_not_verify_what_the_principal_answered(app: object, office: Office) -> None:
    cases = Cases(office)
    verifier = office.person("verifier", unit=cases.ward, role=Role.QUALITY_OFFICER)
    with past_the_trail():
        cases.head.unit_id = cases.other.id  # so that only the identities can stand in the way
    nc = cases.verifying()
    assert not WORKFLOW.hindrances(nc, "verify", office.moment(verifier))
    lent(verifier, cases.head, office)
    found = {refusal.code for refusal in WORKFLOW.hindrances(nc, "verify", office.moment(verifier))}
    assert "own_response" in found
    after = office.moment(verifier, NEXT_WEEK + timedelta(days=1))
    assert not WORKFLOW.hindrances(nc, "verify", after)


def test_a_principal_does_not_verify_what_the_deputy_answered_for_the_principal(app: object, office: Office) -> None:
    cases = Cases(office)
    helper = office.person("helper", unit=cases.division, role=Role.STAFF)
    lent(helper, cases.head, office)
    nc = cases.planned()
    with writing():
        nonconformities.submit(nc, NEXT_WEEK + timedelta(days=30), office.moment(helper))
    with writing():
        nonconformities.complete_action(nc.actions[0], "Đã sửa", office.moment(cases.staff))
    office.grant(cases.head, Role.QUALITY_OFFICER, cases.ward)
    with past_the_trail():
        cases.head.unit_id = cases.other.id
    found = {refusal.code for refusal in WORKFLOW.hindrances(nc, "verify", office.moment(cases.head))}
    assert found == {"own_response"}


def test_a_deputy_does_not_verify_what_the_principal_did_nor_for_the_principals_unit(app: object, office: Office) -> None:
    cases = Cases(office)
    verifier = office.person("verifier", unit=cases.ward, role=Role.QUALITY_OFFICER)
    nc = cases.verifying()
    lent(verifier, cases.staff, office)
    assert {one.code for one in WORKFLOW.hindrances(nc, "verify", office.moment(verifier))} == {"own_action", "own_response"}
    other = office.person("other", unit=cases.ward, role=Role.QUALITY_OFFICER)
    lent(other, office.person("colleague", unit=cases.division, role=Role.STAFF), office)
    assert {one.code for one in WORKFLOW.hindrances(nc, "verify", office.moment(other))} == {"own_unit"}


def test_a_deputy_does_not_audit_the_unit_of_the_principal(app: object, office: Office) -> None:
    cases = Cases(office)
    auditor = office.person("auditor", unit=cases.other)
    office.grant(auditor, Role.AUDITOR, cases.ward)
    audit = office.audit(cases.division, state=AuditState.PLANNED, lead_auditor_id=auditor.id)
    assert not AUDIT.hindrances(audit, "start", acting(audit, office.moment(auditor)))
    lent(auditor, cases.head, office)
    found = {refusal.code for refusal in AUDIT.hindrances(audit, "start", acting(audit, office.moment(auditor)))}
    assert found == {"own_unit"}


# --- pages


def test_people_name_their_own_deputy_and_the_deputy_reads_it_on_the_account_page(
    ward: Ward, client: FlaskClient, sign_in: Callable[..., object]
) -> None:
    sign_in(client, "head")
    page = client.get("/account/deputies")
    assert "(staff)" in page.text and "(stranger)" not in page.text
    today = local_day(datetime.now(UTC))
    data = {
        "deputy": "Công chức staff (staff)",
        "valid_from": today.strftime("%d/%m/%Y"),
        "valid_to": (today + timedelta(days=3)).strftime("%d/%m/%Y"),
        "reason": "Nghỉ phép",
    }
    assert client.post("/account/deputies", data={**data, "deputy": "(stranger)"}).status_code == 422
    assert client.post("/account/deputies", data={**data, "valid_to": ""}).status_code == 422
    assert client.post("/account/deputies", data=data).status_code == 303
    assert client.post("/account/deputies", data=data).status_code == 409
    one = db.session.scalars(select(Deputy)).one()
    client.post("/sign-out")
    sign_in(client, "leader")
    assert client.post(f"/account/deputies/{one.id}/revoke").status_code == 404
    client.post("/sign-out")
    sign_in(client, "staff")
    assert "Đỗ Thị Hạnh" in client.get("/account").text
    assert client.post(f"/account/deputies/{one.id}/revoke").status_code == 303


def test_an_officer_finds_principals_of_the_own_units_only(
    ward: Ward, client: FlaskClient, sign_in: Callable[..., object]
) -> None:
    sign_in(client, "officer")
    assert client.get(f"/people/{ward.stranger.id}/deputies/new").status_code == 404
    assert client.get(f"/people/{ward.head.id}/deputies/new").status_code == 200


def test_whoever_is_not_among_those_offered_is_typed(
    ward: Ward, client: FlaskClient, sign_in: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(queries, "OFFERED", 1)
    sign_in(client, "head")
    page = client.get("/account/deputies").text
    assert page.count("<option value=") == 1 and "(staff)" not in page
    today = local_day(datetime.now(UTC)).strftime("%d/%m/%Y")
    data = {"deputy": "staff", "valid_from": today, "valid_to": today, "reason": "Nghỉ phép"}
    assert client.post("/account/deputies", data=data).status_code == 303
