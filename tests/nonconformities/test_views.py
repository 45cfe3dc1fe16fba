"""The pages of nonconformities, asked by people through the front door."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import load_workbook
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from nonconformities import queries
from nonconformities.listing import LIST
from nonconformities.models import Grade, Nonconformity, NonconformityState
from nonconformities.work import work
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db
from tests.conftest import SignIn
from tests.nonconformities.ward import Ward
from tests.office import TODAY, Office, past_the_trail

S = NonconformityState


@pytest.fixture
def ward(office: Office) -> Ward:
    return Ward(office)


@pytest.fixture
def post(client: FlaskClient):
    """Posts a step of a record with the version it has now; returns the answer."""

    def send(nc: Nonconformity, step: str, **data: object):
        version = data.pop("version", nc.version)
        return client.post(f"/nonconformities/{nc.id}/{step}", data={"version": version, **data})

    return send


def test_the_whole_life_goes_through_the_pages(ward: Ward, client: FlaskClient, sign_in: SignIn, post) -> None:
    sign_in(client, "officer")
    answer = client.post(
        "/nonconformities/new",
        data={"unit": "D", "grade": "minor", "source": "process", "statement": "Thiếu chữ ký", "clause": "7.5.3"},
    )
    assert answer.status_code == 302, answer.text
    nc = db.session.scalars(select(Nonconformity)).one()
    day = nc.raised_on

    sign_in(client, "head")
    assert post(nc, "analysis", correction="Ký bổ sung", root_cause="Vội\nThiếu người\nChưa phân công").status_code == 302
    due_on = (day + timedelta(days=5)).strftime("%d/%m/%Y")
    assert post(nc, "actions/new", description="Phân công", owner="staff", due_on=due_on).status_code == 302
    assert post(nc, "submit", effect_due_on=due_on).status_code == 302
    action = nc.actions[0]

    sign_in(client, "staff")
    assert post(nc, f"actions/{action.id}/complete", version=action.version, result="Đã phân công").status_code == 302

    sign_in(client, "officer")
    assert post(nc, "verify", effective="yes", note="10/10 có chữ ký").status_code == 302
    assert post(nc, "close").status_code == 302
    assert nc.state is S.CLOSED
    page = client.get(f"/nonconformities/{nc.id}")
    assert page.status_code == 200
    assert "10/10 có chữ ký" in page.text
    assert post(nc, "reopen", reason="Lặp lại").status_code == 302
    assert ward.office.again(nc).state is S.PLANNING


def test_the_page_refuses_the_verdict_of_a_former_deputy_who_wrote_the_plan(
    ward: Ward, client: FlaskClient, sign_in: SignIn, post
) -> None:
    auditor = ward.office.person("auditor", unit=ward.other)
    ward.office.grant(auditor, Role.AUDITOR, ward.ward)
    lent = ward.office.deputy(ward.head, auditor)
    nc = ward.raised()
    due_on = (nc.raised_on + timedelta(days=5)).strftime("%d/%m/%Y")
    sign_in(client, "auditor")
    assert post(nc, "analysis", correction="Ký bổ sung", root_cause="Chưa phân công").status_code == 302
    assert post(nc, "actions/new", description="Phân công", owner="head", due_on=due_on).status_code == 302
    with past_the_trail():
        lent.revoked_at = ward.now(ward.head).instant
    sign_in(client, "head")
    assert post(nc, "submit", effect_due_on=due_on).status_code == 302
    action = nc.actions[0]
    assert post(nc, f"actions/{action.id}/complete", version=action.version, result="Đã phân công").status_code == 302
    sign_in(client, "auditor")
    assert post(nc, "verify", effective="yes", note="Tốt").status_code == 409
    assert ward.office.again(nc).state is S.VERIFYING


@pytest.mark.parametrize("stage", ["raised", "planned", "acting", "verifying", "verified", "closed"])
@pytest.mark.parametrize("who", ["head", "staff", "officer", "reader"])
def test_a_record_opens_at_every_stage_for_everybody_who_may_see_it(
    ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str, who: str
) -> None:
    nc = getattr(ward, stage)()
    sign_in(client, who)
    answer = client.get(f"/nonconformities/{nc.id}")
    # before an action is theirs the staff of another unit see nothing
    assert answer.status_code == (404 if who == "staff" and stage == "raised" else 200)
    if answer.status_code == 200:
        assert "style=" not in answer.text


STEP_PAGES = [
    ("raised", "head", "analysis"),
    ("raised", "head", "actions/new"),
    ("planned", "head", "submit"),
    ("planned", "head", "actions/1/cancel"),
    ("acting", "officer", "send-back"),
    ("acting", "staff", "request-verification"),
    ("acting", "staff", "actions/1/complete"),
    ("verifying", "officer", "verify"),
    ("verified", "officer", "close"),
    ("closed", "officer", "reopen"),
]


@pytest.mark.parametrize(("stage", "who", "step"), STEP_PAGES)
def test_every_step_has_a_page_with_the_version_of_the_record(
    ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str, who: str, step: str
) -> None:
    nc = getattr(ward, stage)()
    sign_in(client, who)
    answer = client.get(f"/nonconformities/{nc.id}/{step}")
    assert answer.status_code == 200
    assert 'name="version"' in answer.text


@pytest.mark.parametrize(("stage", "who", "step"), STEP_PAGES)
def test_somebody_who_only_reads_takes_no_step(
    ward: Ward, client: FlaskClient, sign_in: SignIn, stage: str, who: str, step: str
) -> None:
    nc = getattr(ward, stage)()
    before = nc.version
    sign_in(client, "reader")
    version = nc.actions[0].version if "actions/1" in step else nc.version
    answer = client.post(
        f"/nonconformities/{nc.id}/{step}",
        data={"version": version, "result": "x", "reason": "x", "note": "x", "effective": "yes"},
    )
    assert answer.status_code in {403, 409}
    assert ward.office.again(nc).version == before


def test_a_form_that_lacks_something_keeps_what_was_typed(ward: Ward, client: FlaskClient, sign_in: SignIn, post) -> None:
    nc = ward.raised()
    sign_in(client, "head")
    answer = post(nc, "actions/new", description="Việc rất dài", owner="nobody", due_on="31/02/2027")
    assert answer.status_code == 422
    assert "Việc rất dài" in answer.text
    answer = post(nc, "actions/new", description="Việc rất dài", owner="nobody", due_on="01/02/2199")
    assert answer.status_code == 422
    assert "nobody" in answer.text
    assert not nc.actions


def test_a_new_one_that_lacks_something_keeps_what_was_typed(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "officer")
    given = {"unit": "D", "grade": "major", "source": "self", "statement": "Đủ chữ", "procedure": "QT-LẠ"}
    answer = client.post("/nonconformities/new", data=given)
    assert answer.status_code == 422
    assert "Đủ chữ" in answer.text
    assert client.post("/nonconformities/new", data={**given, "statement": ""}).status_code == 422
    assert client.post("/nonconformities/new", data={**given, "unit": "XX"}).status_code == 422
    assert not db.session.scalars(select(Nonconformity)).all()


def test_who_saw_an_older_version_changes_nothing(ward: Ward, client: FlaskClient, sign_in: SignIn, post) -> None:
    nc = ward.raised()
    sign_in(client, "head")
    assert post(nc, "analysis", version=nc.version + 1, correction="Muộn", root_cause="Muộn").status_code == 409
    assert ward.office.again(nc).correction is None


def test_a_step_that_is_refused_says_why(ward: Ward, client: FlaskClient, sign_in: SignIn, post) -> None:
    nc = ward.verifying()
    ward.office.grant(ward.staff, Role.QUALITY_OFFICER, ward.ward)
    sign_in(client, "staff")
    assert post(nc, "verify", effective="yes", note="Tốt").status_code == 409
    assert ward.office.again(nc).state is S.VERIFYING


def test_a_record_of_another_unit_does_not_exist_for_people_outside(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    foreign = ward.office.nonconformity(ward.other)
    sign_in(client, "head")
    for path in ("", "/analysis", "/actions/new", "/submit"):
        assert client.get(f"/nonconformities/{foreign.id}{path}").status_code == 404


def test_the_list_is_filtered_by_its_address(ward: Ward) -> None:
    office = ward.office
    late = office.nonconformity(ward.division, "NC-A", statement="Giấy tiếp nhận hộ tịch", grade=Grade.MAJOR)
    done = office.nonconformity(ward.other, "NC-B", state=S.CLOSED)
    coming = office.nonconformity(ward.division, "NC-C", raised_on=TODAY, due_on=TODAY + timedelta(days=30))
    unanswered = office.nonconformity(
        ward.division, "NC-D", raised_on=TODAY, response_due_on=TODAY - timedelta(days=1), due_on=TODAY + timedelta(days=30)
    )
    moment = ward.now(ward.officer)

    def found(**filters: str) -> set[str]:
        return {row.nc.code for row in LIST.page(moment, LIST.asked(moment, MultiDict(filters)), 1).items}

    assert found() == {late.code, coming.code, unanswered.code}
    assert found(state="all") == {late.code, done.code, coming.code, unanswered.code}
    assert found(q="giay tiep nhan HO TICH") == {late.code}
    assert found(q="%") == set()
    assert found(unit="O") == set()
    assert found(unit="O", state="all") == {done.code}
    assert found(state="closed") == {done.code}
    assert found(state="open") == {late.code, coming.code, unanswered.code}
    assert found(grade="major") == {late.code}
    assert found(overdue="1") == {late.code, unanswered.code}
    assert db.session.scalar(queries.figure_counts(moment)[0]) == 3


def test_a_file_holds_what_the_list_shows(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    ward.office.nonconformity(ward.division, "NC-A", statement="=1+1")
    ward.office.nonconformity(ward.other, "NC-B")
    sign_in(client, "officer")
    assert "NC-A" in client.get("/nonconformities?unit=D").text
    sheet = load_workbook(BytesIO(client.get("/nonconformities/export.xlsx?unit=D").data)).active
    assert [row[0].value for row in sheet.iter_rows(min_row=2)] == ["NC-A"]
    text = client.get("/nonconformities/export.csv?unit=D").data.decode("utf-8-sig")
    assert "'=1+1" in text
    assert "NC-B" not in text


def test_what_waits_for_whom(ward: Ward, app: Flask) -> None:
    planning, acting, verifying, verified = ward.raised(), ward.acting(), ward.verifying(), ward.verified()

    def waiting(person: Person) -> set[tuple[str, bool]]:
        with app.test_request_context():
            return {(item.context.split(",")[0], item.due_on is not None) for item in work(ward.now(person))}

    assert waiting(ward.head) == {(planning.code, True)}
    assert waiting(ward.staff) == {(f"{acting.code}/1", True)}
    assert waiting(ward.officer) == {(verifying.code, True), (verified.code, True)}
    assert waiting(ward.reader) == set()


def test_the_search_finds_without_marks_and_only_what_may_be_seen(ward: Ward, app: Flask) -> None:
    ward.office.nonconformity(ward.division, "NC-A", statement="Hồ sơ đất đai")
    ward.office.nonconformity(ward.other, "NC-B", statement="Hồ sơ đất đai")
    with app.test_request_context():
        assert [hit.title for hit in queries.search("ho so dat", ward.now(ward.head))] == ["NC-A Hồ sơ đất đai"]
