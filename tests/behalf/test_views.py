"""Filling in for a head and the one tap, through the front door."""

from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from nonconformities.models import Nonconformity, NonconformityState
from qms.accounts.links import service as links
from qms.behalf.models import PreparedForm, PreparedState
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from tests.behalf.office_of_head import HeadOffice
from tests.conftest import SignIn
from tests.office import Office, past_the_trail

S = PreparedState


@pytest.fixture
def ward(office: Office) -> HeadOffice:
    return HeadOffice(office)


def form_now() -> PreparedForm:
    return db.session.scalars(select(PreparedForm).order_by(PreparedForm.id.desc()).limit(1)).one()


def typed(ward: HeadOffice, nc, **changed: object) -> dict[str, object]:
    day = nc.raised_on + timedelta(days=400)
    return {
        "version": nc.version,
        "correction": "In lại giấy",
        "root_cause": "Vội\nThiếu người",
        "action_1": "Đặt ô bắt buộc",
        "owner_1": "staff",
        "due_on_1": day.strftime("%d/%m/%Y"),
        "effect_due_on": day.strftime("%d/%m/%Y"),
        "for_person": ward.head.id,
        **changed,
    }


def test_the_secretary_fills_in_and_the_head_confirms_with_one_tap(
    ward: HeadOffice, client: FlaskClient, sign_in: SignIn
) -> None:
    nc = ward.raised()
    sign_in(client, "secretary")
    assert f"/nonconformities/{nc.id}/prepare" in client.get(f"/nonconformities/{nc.id}").text
    page = client.get(f"/nonconformities/{nc.id}/prepare")
    assert page.status_code == 200 and ward.head.full_name in page.text
    answer = client.post(f"/nonconformities/{nc.id}/prepare", data=typed(ward, nc))
    assert answer.status_code == 303, answer.text
    form = form_now()
    shown = client.get(f"/nonconformities/{nc.id}").text
    assert f"/prepared/{form.id}" in shown
    assert ward.secretary.full_name in shown and ward.head.full_name in shown
    assert client.post(f"/prepared/{form.id}/confirm", data={"version": form.version}).status_code == 409

    sign_in(client, "head")
    steps = client.get(f"/nonconformities/{nc.id}").text.partition("next-steps")[2]
    assert steps.index(f"/prepared/{form.id}") < steps.index(f"/nonconformities/{nc.id}/answer"), "before the empty form"
    assert f"/prepared/{form.id}" in client.get("/").text, "it stands in my work"
    assert f"/prepared/{form.id}" in client.get("/prepared").text
    page = client.get(f"/prepared/{form.id}")
    assert "Thiếu người" in page.text and "Đặt ô bắt buộc" in page.text
    assert nc.statement in page.text and nc.evidence in page.text, "what is answered stands beside the answer"
    answer = client.post(f"/prepared/{form.id}/confirm", data={"version": form.version})
    assert answer.status_code == 303
    assert answer.location.endswith(f"/nonconformities/{nc.id}")
    assert ward.office.again(nc).state is NonconformityState.ACTING
    assert ward.secretary.full_name in client.get(f"/nonconformities/{nc.id}").text, "both names stay on the page"
    assert client.post(f"/prepared/{form.id}/confirm", data={"version": form.version}).status_code == 409
    assert nc.evidence not in client.get(f"/prepared/{form.id}").text, "the record is read on its own page, by whoever may"


@pytest.mark.parametrize(
    ("who", "status"), [("secretary", 200), ("head", 200), ("officer", 404), ("reader", 404), ("staff", 404)]
)
def test_only_the_people_concerned_see_a_form(
    ward: HeadOffice, client: FlaskClient, sign_in: SignIn, who: str, status: int
) -> None:
    form = ward.prepared()
    sign_in(client, who)
    assert client.get(f"/prepared/{form.id}").status_code == status
    if status == 404:
        for step in ("confirm", "decline", "withdraw"):
            data = {"version": form.version, "reason": "x"}
            assert client.post(f"/prepared/{form.id}/{step}", data=data).status_code == 404
        assert f"/prepared/{form.id}" not in client.get("/prepared").text
    assert ward.office.again(form).state is S.WAITING


def test_what_was_typed_comes_back_with_the_reason(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.raised()
    sign_in(client, "secretary")
    path = f"/nonconformities/{nc.id}/prepare"
    answer = client.post(path, data=typed(ward, nc, owner_1=""))
    assert answer.status_code == 422 and "Thiếu người" in answer.text
    answer = client.post(path, data=typed(ward, nc, action_1="", owner_1="", due_on_1=""))
    assert answer.status_code == 422, "a plan without an action is no plan"
    answer = client.post(path, data=typed(ward, nc, action_2="Tập huấn"))
    assert answer.status_code == 422, "a second row is whole or empty"
    answer = client.post(path, data=typed(ward, nc, effect_due_on=nc.raised_on.strftime("%d/%m/%Y")))
    assert answer.status_code == 409 and "Thiếu người" in answer.text
    assert client.post(path, data=typed(ward, nc, for_person=ward.reader.id)).status_code == 422
    assert client.post(path, data=typed(ward, nc, version=99)).status_code == 409
    assert not db.session.scalars(select(PreparedForm)).all()


def test_the_head_stands_before_the_deputy_who_is_called_one(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.raised()
    deputy = ward.office.person("an", unit=ward.other, full_name="An")
    ward.office.deputy(ward.head, deputy)
    sign_in(client, "secretary")
    page = client.get(f"/nonconformities/{nc.id}/prepare").text
    assert page.index(f'value="{ward.head.id}"') < page.index(f'value="{deputy.id}"')
    assert f"An thay {ward.head.full_name}" in page


def test_a_declined_form_is_filled_in_anew_from_where_it_was(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    form = ward.prepared()
    nc = db.session.scalars(select(Nonconformity)).one()
    sign_in(client, "head")
    assert client.post(f"/prepared/{form.id}/decline", data={"version": form.version, "reason": ""}).status_code == 422
    answer = client.post(f"/prepared/{form.id}/decline", data={"version": form.version, "reason": "Chưa tới gốc"})
    assert answer.status_code == 303
    sign_in(client, "secretary")
    assert "Chưa tới gốc" in client.get(f"/prepared/{form.id}").text
    assert "Không ai kiểm tra biểu mẫu" in client.get(f"/nonconformities/{nc.id}/prepare").text


def test_who_filled_it_in_takes_it_back(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    form = ward.prepared()
    sign_in(client, "head")
    assert client.post(f"/prepared/{form.id}/withdraw", data={"version": form.version}).status_code == 409
    sign_in(client, "secretary")
    assert client.post(f"/prepared/{form.id}/withdraw", data={"version": form.version}).status_code == 303
    assert ward.office.again(form).state is S.WITHDRAWN
    assert f"/prepared/{form.id}" in client.get("/prepared?view=filled_in").text


def test_a_record_that_changed_makes_the_button_grey_with_its_reason(
    ward: HeadOffice, client: FlaskClient, sign_in: SignIn
) -> None:
    nc = ward.raised()
    form = ward.prepared(nc)
    with past_the_trail():
        nc.evidence = "Thêm bằng chứng"
    sign_in(client, "head")
    page = client.get(f"/prepared/{form.id}")
    assert page.status_code == 200 and f"/prepared/{form.id}/confirm" not in page.text and 'id="why-confirm"' in page.text
    refused = client.post(f"/prepared/{form.id}/confirm", data={"version": form.version})
    assert refused.status_code == 409 and "Không ai kiểm tra biểu mẫu" in refused.text
    assert ward.office.again(form).state is S.WAITING


def test_the_report_of_an_action_goes_through_the_pages(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.acting()
    action = nc.actions[0]
    sign_in(client, "secretary")
    path = f"/nonconformities/{nc.id}/actions/{action.id}/prepare"
    assert path in client.get(f"/nonconformities/{nc.id}").text
    assert client.get(path).status_code == 200
    data = {"version": action.version, "result": "Đã sửa phần mềm", "for_person": ward.head.id}
    assert client.post(path, data={**data, "result": ""}).status_code == 422
    assert client.post(path, data=data).status_code == 303
    assert client.post(path, data=data).status_code == 409, "one waits already"
    form = form_now()
    sign_in(client, "head")
    assert "Đã sửa phần mềm" in client.get(f"/prepared/{form.id}").text
    assert client.post(f"/prepared/{form.id}/confirm", data={"version": form.version}).status_code == 303
    assert ward.office.again(nc).state is NonconformityState.VERIFYING


@pytest.mark.parametrize("who", ["reader", "staff"])
def test_who_may_not_fill_in_is_told_why_and_cannot(ward: HeadOffice, client: FlaskClient, sign_in: SignIn, who: str) -> None:
    nc = ward.planned()
    sign_in(client, who)
    page = client.get(f"/nonconformities/{nc.id}").text
    assert 'id="why-prepare_answer"' in page
    answer = client.post(f"/nonconformities/{nc.id}/prepare", data=typed(ward, nc))
    assert answer.status_code in {403, 409}
    assert not db.session.scalars(select(PreparedForm)).all()


def test_a_head_answers_in_one_form_without_anybody(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.raised()
    sign_in(client, "head")
    page = client.get(f"/nonconformities/{nc.id}").text
    assert f"/nonconformities/{nc.id}/answer" in page and '/prepare"' not in page
    data = typed(ward, nc)
    del data["for_person"]
    wrong = client.post(f"/nonconformities/{nc.id}/answer", data={**data, "owner_1": "niemand"})
    assert wrong.status_code == 409 and "Thiếu người" in wrong.text
    assert ward.office.again(nc).correction is None
    assert client.post(f"/nonconformities/{nc.id}/answer", data=data).status_code == 303
    again = ward.office.again(nc)
    assert (again.state, again.responded_by_id, again.prepared_by_id) == (NonconformityState.ACTING, ward.head.id, None)


def test_a_head_gives_an_action_to_somebody_else(ward: HeadOffice, client: FlaskClient, sign_in: SignIn) -> None:
    nc = ward.acting()
    action = nc.actions[0]
    path = f"/nonconformities/{nc.id}/actions/{action.id}/hand-over"
    sign_in(client, "head")
    assert path in client.get(f"/nonconformities/{nc.id}").text
    assert client.post(path, data={"version": action.version, "owner": "niemand"}).status_code == 422
    assert client.post(path, data={"version": action.version, "owner": "colleague"}).status_code == 302
    assert ward.office.again(action).owner_id == ward.colleague.id


@pytest.mark.parametrize("with_record", [True, False])
def test_a_link_from_a_letter_opens_what_it_is_about_and_nothing_else(
    ward: HeadOffice, client: FlaskClient, with_record: bool
) -> None:
    nc = ward.raised()
    form = ward.prepared(nc)
    opens = [f"/prepared/{form.id}", *([f"/nonconformities/{nc.id}"] if with_record else [])]
    with writing():
        token = links.make(ward.head, links.LETTER, system_moment(), limited_to=opens)
    assert client.get(f"/link/{token}").status_code == 200
    assert client.post(f"/link/{token}").status_code in {302, 303}
    assert client.get(f"/prepared/{form.id}").status_code == 200
    assert client.get("/workdays").status_code == 403
    confirmed = client.post(f"/prepared/{form.id}/confirm", data={"version": form.version})
    assert confirmed.status_code == 303
    assert client.get(confirmed.location).status_code == 200, "it leads where this session may go"
    assert client.get(f"/nonconformities/{nc.id}").status_code == (200 if with_record else 403)
    assert ward.office.again(nc).state is NonconformityState.ACTING
