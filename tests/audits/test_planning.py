"""The form of a new audit: nobody is reset in silence, who cannot lead is named with the reason, all clauses are one tick."""

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from audits import queries, service
from audits.models import Audit, AuditKind
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.standard.catalogue import split_codes
from tests.audits.conftest import Ward
from tests.office import TODAY, Office

pytestmark = pytest.mark.usefixtures("on_the_day")


@pytest.fixture
def officer(client: FlaskClient, sign_in: Callable[..., object], ward: Ward) -> FlaskClient:
    """Whoever plans, at the door."""
    sign_in(client, "officer")
    return client


def option(page: str, person: Person) -> str | None:
    """The choice of a person in the list of lead auditors, None when the list does not hold the person."""
    found = re.search(rf'<option[^>]*value="{person.id}"[^>]*>[^<]*</option>', page.split('name="lead_auditor_id"')[1])
    return found.group() if found else None


class TestTheLead:
    """Chosen once, kept or told."""

    def test_choosing_the_unit_afterwards_keeps_who_was_chosen(self, officer: FlaskClient, ward: Ward) -> None:
        page = officer.get(f"/audits/new?unit_id={ward.unit.id}&lead_auditor_id={ward.lead.id}").text
        assert "selected" in (option(page, ward.lead) or "")

    def test_who_belongs_to_the_unit_is_named_with_the_reason_and_told_when_already_chosen(
        self, officer: FlaskClient, ward: Ward
    ) -> None:
        own = ward.office.person("own", unit=ward.unit, full_name="Người Của Đơn Vị")
        shown = option(officer.get(f"/audits/new?unit_id={ward.unit.id}").text, own) or ""
        assert "disabled" in shown and "thuộc đơn vị được đánh giá" in shown
        page = officer.get(f"/audits/new?unit_id={ward.unit.id}&lead_auditor_id={own.id}").text
        chosen = option(page, own) or ""
        assert "selected" in chosen and "disabled" not in chosen, "a choice that cannot be sent is lost in silence"
        assert "Người Của Đơn Vị: thuộc đơn vị được đánh giá" in page.split('id="lead"')[1].split("independence")[0]
        excepted = officer.get(f"/audits/new?unit_id={ward.unit.id}&independence_exception=12/QĐ").text
        assert "disabled" not in (option(excepted, own) or "disabled")

    def test_a_disabled_account_is_named_with_the_reason(self, officer: FlaskClient, ward: Ward) -> None:
        gone = ward.office.person("gone", unit=ward.other, disabled=True)
        shown = option(officer.get(f"/audits/new?unit_id={ward.unit.id}").text, gone) or ""
        assert "disabled" in shown and "tài khoản đã khóa" in shown

    def test_only_people_whom_a_record_of_the_unit_may_name_are_offered(self, officer: FlaskClient, ward: Ward) -> None:
        far = ward.office.agency("KHAC")
        stranger = ward.office.person("stranger", unit=far, full_name="Người Nơi Khác")
        for address in (f"?unit_id={ward.unit.id}", f"?unit_id={far.id}", "", f"?unit_id={far.id}&lead_auditor_id={stranger.id}"):
            assert "Người Nơi Khác" not in officer.get("/audits/new" + address).text, address
        page = officer.get(f"/audits/new?unit_id={ward.unit.id}&lead_auditor_id={stranger.id}").text
        assert "Người Nơi Khác" not in page and "hãy chọn lại" in page

    def test_somebody_above_the_unit_who_serves_there_may_lead(self, officer: FlaskClient, ward: Ward) -> None:
        far = ward.office.agency("SO")
        serves = ward.office.person("serves", unit=far)
        ward.office.grant(serves, Role.AUDITOR, ward.agency)
        assert option(officer.get(f"/audits/new?unit_id={ward.unit.id}").text, serves)

    def test_an_audit_is_not_started_without_a_lead(self, ward: Ward) -> None:
        with writing():
            audit = service.plan_audit(ward.unit, AuditKind.PLANNED, TODAY, None, ("7.5",), ward.office.moment(ward.officer))
        with pytest.raises(Refused) as refused, writing():
            service.start(audit, ward.office.moment(ward.officer))
        assert [refusal.code for refusal in refused.value.refusals] == ["no_lead"]


def test_all_clauses_are_one_tick(officer: FlaskClient, ward: Ward) -> None:
    form = {"unit_id": ward.unit.id, "kind": "planned", "planned_on": "01/12/2026", "lead_auditor_id": ward.lead.id}
    assert officer.post("/audits/new", data={**form, "all_clauses": "y"}).status_code == 303
    listed = split_codes(db.session.scalars(select(Audit)).one().clauses)
    assert len(listed) == 28 and listed[0] == "4.1" and listed[-1] == "10.3"


def test_an_audit_without_a_unit_is_asked_back_with_everything_chosen(officer: FlaskClient, ward: Ward) -> None:
    form = {"unit_id": 0, "kind": "thematic", "planned_on": "01/12/2026", "lead_auditor_id": ward.lead.id, "clauses": ["8.5"]}
    refused = officer.post("/audits/new", data=form)
    assert refused.status_code == 422 and "Hãy chọn đơn vị." in refused.text
    assert "selected" in (option(refused.text, ward.lead) or "") and 'value="8.5" checked' in refused.text


def test_the_exception_stays_whoever_leads(officer: FlaskClient, ward: Ward) -> None:
    form = {"unit_id": ward.unit.id, "kind": "planned", "planned_on": "01/12/2026", "lead_auditor_id": ward.lead.id}
    words = {"independence_exception": "12/QĐ-UBND", "clauses": ["8.5"]}
    assert officer.post("/audits/new", data={**form, **words}).status_code == 303
    assert db.session.scalars(select(Audit)).one().independence_exception == "12/QĐ-UBND"


def test_a_unit_in_which_one_may_not_plan_is_none_to_choose(officer: FlaskClient, ward: Ward) -> None:
    far = ward.office.agency("KHAC")
    form = {"kind": "planned", "planned_on": "01/12/2026", "lead_auditor_id": ward.lead.id, "clauses": ["8.5"]}
    for unit_id in (far.id, 9999):
        refused = officer.post("/audits/new", data={**form, "unit_id": unit_id})
        assert refused.status_code == 422 and "Hãy chọn đơn vị." in refused.text
    assert db.session.scalars(select(Audit)).all() == []


def test_a_number_of_somebody_out_of_reach_is_that_of_nobody(office: Office) -> None:
    ward, other = office.agency("P1"), office.agency("P2")
    planner = office.person("planner", unit=ward, role=Role.QUALITY_OFFICER)
    near, far = office.person("near", unit=ward), office.person("far", unit=other)
    actor, today = office.moment(planner).person, office.moment().today
    assert queries.nameable(near.id, ward.id, today) is near
    assert queries.nameable(far.id, ward.id, today) is queries.nameable(99_999, ward.id, today) is None
    leads = [queries.plannable_unit(ward.id, number, actor, today) for number in (near.id, far.id, 99_999)]
    assert [found and found[1] for found in leads] == [near, None, None]
