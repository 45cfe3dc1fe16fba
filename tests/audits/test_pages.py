"""The pages of audits, with and without htmx."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from audits.models import Answer, Audit, AuditState
from audits.work import search, work
from nonconformities.models import NonconformityState
from qms.accounts.permissions import Role
from qms.kernel.db import db
from tests.audits.answers import sent
from tests.audits.conftest import Ward
from tests.office import TODAY

pytestmark = pytest.mark.usefixtures("on_the_day")


def test_the_three_states_of_the_page_and_the_list_are_shown(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    planned = ward.plan()
    sign_in(client, "officer")
    filtered = "?q=vh&state=under_way&year=2026"
    for page in ("", filtered, "new", "export.xlsx", "export.csv" + filtered):
        address = f"/audits/{page}"
        assert client.get(address).status_code == 200, address
    for each in (planned, audit):
        for page in ("", "/report", "/cancel", "?question=2", "?chapter=7", "?chapter=x"):
            assert client.get(f"/audits/{each.id}{page}").status_code == 200, page
    assert client.get("/audits/999").status_code == 404
    assert client.get("/audits/export.exe").status_code == 404


def test_the_page_shows_what_was_raised_there_and_whether_it_is_closed(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    office = ward.office
    office.nonconformity(ward.unit, "NC-1", audit_code=audit.code)
    office.nonconformity(ward.unit, "NC-2", audit_code=audit.code, state=NonconformityState.CLOSED)
    office.nonconformity(ward.unit, "NC-3", audit_code="ĐG-KHÁC")
    office.nonconformity(ward.other, "NC-4", audit_code=audit.code)
    sign_in(client, "officer")
    beside = client.get(f"/audits/{audit.id}").text.partition("<aside")[2]
    assert "Sự không phù hợp của cuộc đánh giá này" in beside
    assert [code for code in ("NC-1", "NC-2", "NC-3", "NC-4") if f">{code}</a>" in beside] == ["NC-1", "NC-2"]
    assert f'hx-get="/audits/{audit.id}/history"' in beside and 'id="next-steps"' in beside


def test_an_audit_that_is_over_is_promised_no_checklist(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    taken = ward.office.audit(ward.unit, "ĐG-CŨ-1", reported_on=TODAY)
    off = ward.office.audit(ward.unit, "ĐG-CŨ-2", state=AuditState.CANCELLED, cancelled_on=TODAY, cancel_reason="Trùng lịch họp.")
    sentences = {taken: "được nhập từ sổ theo dõi", off: "bị hủy trước khi có phiếu hỏi", ward.plan(): "Chưa có phiếu hỏi"}
    sign_in(client, "officer")
    for each, sentence in sentences.items():
        page = client.get(f"/audits/{each.id}").text
        assert [one for one in sentences.values() if one in page] == [sentence], each.code


def test_somebody_without_a_grant_there_does_not_find_the_audit(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    ward.office.person("stranger", unit=ward.other, role=Role.UNIT_HEAD)
    sign_in(client, "stranger")
    assert client.get(f"/audits/{audit.id}").status_code == 404
    assert audit.code not in client.get("/audits/").text
    assert client.post(f"/audits/{audit.id}/questions/1", data=sent(audit, 1, Answer.OPEN)).status_code == 404


def test_an_audit_is_planned_and_started_through_the_pages(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward
) -> None:
    own = ward.office.person("own", unit=ward.unit, role=Role.AUDITOR)
    sign_in(client, "officer")
    form = {"unit_id": ward.unit.id, "kind": "planned", "planned_on": "01/12/2026", "lead_auditor_id": own.id, "clauses": ["8.5"]}
    refused = client.post("/audits/new", data=form)
    assert refused.status_code == 409 and "01/12/2026" in refused.text
    assert client.post("/audits/new", data={**form, "planned_on": "31/02/2026"}).status_code == 422
    planned = client.post("/audits/new", data={**form, "lead_auditor_id": ward.lead.id})
    assert planned.status_code == 303
    audit = db.session.query(Audit).one()
    assert client.post(f"/audits/{audit.id}/start", data={"version": "0"}).status_code == 409
    assert client.post(f"/audits/{audit.id}/start", data={"version": audit.version}).status_code == 303
    assert ward.office.again(audit).state is AuditState.UNDER_WAY


def test_an_audit_is_cancelled_with_a_reason(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    sign_in(client, "officer")
    assert client.post(f"/audits/{audit.id}/cancel", data={"version": audit.version, "reason": " "}).status_code == 422
    assert client.post(f"/audits/{audit.id}/cancel", data={"version": audit.version, "reason": "sáp nhập"}).status_code == 303
    assert "sáp nhập" in client.get(f"/audits/{audit.id}").text


def test_my_work_and_the_search_know_the_audit(app: Flask, ward: Ward, audit: Audit) -> None:
    with app.test_request_context():
        (item,) = work(ward.office.moment(ward.lead))
        assert item.url.endswith(f"/audits/{audit.id}") and item.obstacle
        assert work(ward.office.moment(ward.officer)) == []
        assert [hit.url for hit in search("dg-2026", ward.office.moment(ward.officer))] == [f"/audits/{audit.id}"]
