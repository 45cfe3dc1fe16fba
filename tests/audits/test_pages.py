"""The pages of audits, with and without htmx."""

from collections.abc import Callable, Iterator
from io import BytesIO

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from audits import service
from audits.models import Answer, Audit, AuditState
from audits.work import search, work
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from tests.audits.conftest import Ward
from tests.audits.test_pictures import picture
from tests.office import TODAY, at

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    """The pages ask the clock; the builders do not."""
    with time_machine.travel(at(TODAY), tick=True):
        yield


@pytest.fixture
def audit(ward: Ward) -> Audit:
    """An audit of clause 7.5 that has started."""
    audit = ward.plan()
    with writing():
        service.start(audit, ward.office.moment(ward.lead))
    return audit


def card(audit: Audit, number: int) -> str:
    return f"/audits/{audit.id}/questions/{number}"


def fields(audit: Audit, number: int, answer: Answer, **words: object) -> dict[str, object]:
    version = next(question.version for question in audit.questions if question.number == number)
    return {"version": str(version), "answer": answer.value, **words}


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
        for page in ("", "/report", "/cancel", "?question=2"):
            assert client.get(f"/audits/{each.id}{page}").status_code == 200, page
    assert client.get("/audits/999").status_code == 404
    assert client.get("/audits/export.exe").status_code == 404


def test_somebody_without_a_grant_there_does_not_find_the_audit(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    ward.office.person("stranger", unit=ward.other, role=Role.UNIT_HEAD)
    sign_in(client, "stranger")
    assert client.get(f"/audits/{audit.id}").status_code == 404
    assert audit.code not in client.get("/audits/").text
    assert client.post(card(audit, 1), data=fields(audit, 1, Answer.OPEN)).status_code == 404


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


def test_conforming_is_saved_with_a_record_that_is_added_in_the_same_step(
    client: FlaskClient, sign_in: Callable[..., object], audit: Audit
) -> None:
    sign_in(client, "lead")
    sent = client.post(card(audit, 1), data=fields(audit, 1, Answer.CONFORMS, record_text="Sổ 12"))
    assert sent.status_code == 303 and "question=2" in sent.location
    assert audit.questions[0].answer is Answer.CONFORMS
    assert [item.text for item in audit.questions[0].evidence] == ["Sổ 12"]


def test_a_fact_of_the_system_is_evidence_and_links_to_its_record(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    procedure = ward.office.procedure(ward.unit, "QT-VH-07")
    sign_in(client, "lead")
    fact = f"procedure:{ward.unit.code}/QT-VH-07"
    assert client.post(card(audit, 1), data=fields(audit, 1, Answer.CONFORMS, fact=fact)).status_code == 303
    sign_in(client, "officer")
    with writing():
        audit.lead_auditor_id = ward.officer.id
        for question in audit.questions[1:]:
            service.answer(question, Answer.NOT_APPLICABLE, reason="không", moment=ward.office.moment(ward.officer))
    with writing():
        service.report(audit, "xong", ward.office.moment(ward.officer))
    assert f'href="/procedures/{procedure.id}"' in client.get(f"/audits/{audit.id}?question=1").text


def test_htmx_gets_the_same_card_and_the_progress(client: FlaskClient, sign_in: Callable[..., object], audit: Audit) -> None:
    sign_in(client, "lead")
    answered = client.post(card(audit, 1), data=fields(audit, 1, Answer.OBSERVATION, finding="thấy 3/12"), headers=HTMX)
    assert answered.status_code == 200 and "<html" not in answered.text
    for part in ('id="question-1"', 'id="progress" ', 'id="next-steps" hx-swap-oob', "thấy 3/12"):
        assert part in answered.text


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_what_was_typed_is_kept_when_something_is_missing(
    client: FlaskClient, sign_in: Callable[..., object], audit: Audit, headers: dict[str, str]
) -> None:
    sign_in(client, "lead")
    data = fields(audit, 1, Answer.NOT_APPLICABLE, finding="một câu đã gõ", record_text="Sổ 12")
    refused = client.post(card(audit, 1), data=data, headers=headers)
    assert refused.status_code == 422
    assert "một câu đã gõ" in refused.text and "Sổ 12" in refused.text
    assert audit.questions[0].answer is Answer.OPEN


def test_a_nonconformity_is_raised_in_one_step(client: FlaskClient, sign_in: Callable[..., object], audit: Audit) -> None:
    sign_in(client, "lead")
    words = {"finding": "f", "requirement": "r", "raise": "1"}
    assert client.post(card(audit, 1), data=fields(audit, 1, Answer.MINOR, **words), headers=HTMX).status_code == 422
    db.session.expire_all()
    raised = client.post(card(audit, 1), data=fields(audit, 1, Answer.MINOR, statement="s", **words), headers=HTMX)
    assert raised.status_code == 200
    db.session.expire_all()
    nonconformity = audit.questions[0].nonconformity
    assert nonconformity is not None and nonconformity.code in raised.text
    again = client.post(card(audit, 1), data=fields(audit, 1, Answer.OBSERVATION, finding="anders"), headers=HTMX)
    assert again.status_code == 422 and audit.questions[0].answer is Answer.MINOR


def test_the_second_of_two_people_is_told(client: FlaskClient, sign_in: Callable[..., object], audit: Audit) -> None:
    sign_in(client, "lead")
    data = fields(audit, 1, Answer.OBSERVATION, finding="first")
    assert client.post(card(audit, 1), data=data).status_code == 303
    assert client.post(card(audit, 1), data={**data, "finding": "second"}).status_code == 409
    db.session.expire_all()
    assert audit.questions[0].finding == "first"


def test_a_photo_is_kept_and_given_only_to_who_may_see_the_audit(
    app: Flask, client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    sign_in(client, "lead")
    upload = (BytesIO(picture()), "../ảnh.jpg")
    sent = client.post(card(audit, 1), data=fields(audit, 1, Answer.CONFORMS, photo=upload, photo_text="Bảng niêm yết"))
    assert sent.status_code == 303
    address = f"/audits/{audit.id}/evidence/1"
    with client.get(address) as got:
        assert got.status_code == 200 and got.data.startswith(b"\xff\xd8")
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Disposition"].startswith("attachment")
    assert address in client.get(f"/audits/{audit.id}?question=1").text
    client.post("/sign-out")
    ward.office.person("stranger", unit=ward.other, role=Role.UNIT_HEAD)
    sign_in(client, "stranger")
    assert client.get(address).status_code == 404


def test_a_file_that_is_no_picture_is_refused_on_the_card(
    client: FlaskClient, sign_in: Callable[..., object], audit: Audit
) -> None:
    sign_in(client, "lead")
    upload = (BytesIO(b"MZ not a picture"), "a.jpg")
    refused = client.post(card(audit, 1), data=fields(audit, 1, Answer.OBSERVATION, finding="đã gõ", photo=upload))
    assert refused.status_code == 422 and "đã gõ" in refused.text


def test_a_report_is_refused_while_a_question_is_open_and_locks_afterwards(
    client: FlaskClient, sign_in: Callable[..., object], ward: Ward, audit: Audit
) -> None:
    sign_in(client, "lead")
    form = {"version": audit.version, "conclusion": "Duy trì tốt", "understood": "y"}
    assert client.post(f"/audits/{audit.id}/report", data=form).status_code == 409
    with writing():
        for question in audit.questions:
            service.answer(question, Answer.NOT_APPLICABLE, reason="không", moment=ward.office.moment(ward.lead))
    assert client.post(f"/audits/{audit.id}/report", data={**form, "conclusion": ""}).status_code == 422
    assert client.post(f"/audits/{audit.id}/report", data=form).status_code == 303
    page = client.get(f"/audits/{audit.id}").text
    assert "Duy trì tốt" in page and 'name="answer"' not in page
    assert client.post(card(audit, 1), data=fields(audit, 1, Answer.OPEN)).status_code == 409


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
