"""The pages of people: who sees whom, what is offered, and that every page opens."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.models import OneTimeLink, Person, Session
from qms.accounts.permissions import Role
from qms.kernel.db import db
from tests.office import past_the_trail
from tests.people.conftest import Ward
from tests.statements import asked_again

SignIn = Callable[..., object]


def test_every_page_opens_for_whoever_may(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    someone = ward.head
    grant = someone.grants[0]
    sign_in(client, "admin")
    pages = [
        "/people",
        "/people?q=do+thi+hanh&unit=W&role=unit_head&state=active",
        "/people/new",
        f"/people/{someone.id}",
        f"/people/{someone.id}/edit",
        f"/people/{someone.id}/disable",
        f"/people/{someone.id}/roles/new",
        f"/people/{someone.id}/roles/{grant.id}/end",
        f"/people/{someone.id}/deputies/new",
        f"/people/{someone.id}/handover",
        f"/people/{someone.id}/data",
        f"/people/{someone.id}/data.json",
        f"/people/{someone.id}/forget",
        "/people/export.xlsx",
        "/people/export.csv",
        "/permissions",
        "/account",
        "/account/deputies",
        "/account/data",
        "/account/data.json",
    ]
    assert {page: client.get(page).status_code for page in pages} == dict.fromkeys(pages, 200)


def test_whoever_lies_outside_the_scope_does_not_exist(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "admin")
    stranger, grant = ward.stranger, ward.stranger.grants[0]
    gets = ("", "/edit", "/disable", "/enable", "/roles/new", f"/roles/{grant.id}/end", "/deputies/new", "/handover", "/data")
    addresses = [f"/people/{stranger.id}{rest}" for rest in (*gets, "/data.json", "/forget")]
    assert {one: client.get(one).status_code for one in addresses} == dict.fromkeys(addresses, 404)
    posts = ("invite", "reset-password", "reset-second-factor", "end-sessions", "disable", "enable")
    verbs = [f"/people/{stranger.id}/{rest}" for rest in posts]
    assert {one: client.post(one, data={"reason": "x"}).status_code for one in verbs} == dict.fromkeys(verbs, 404)
    assert "stranger" not in client.get("/people").text
    assert "stranger" not in client.get("/people/export.csv").text


def test_a_role_of_somebody_else_is_not_reached_through_this_person(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "admin")
    assert client.get(f"/people/{ward.head.id}/roles/{ward.staff.grants[0].id}/end").status_code == 404


@pytest.mark.parametrize("who", ["head", "staff"])
def test_a_unit_head_sees_the_matrix_but_no_list_of_people(ward: Ward, client: FlaskClient, sign_in: SignIn, who: str) -> None:
    sign_in(client, who)
    assert client.get("/people").status_code == 403
    assert client.get("/permissions").status_code == 200


def test_the_list_finds_without_marks_and_by_role_unit_and_state(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    with past_the_trail():
        ward.staff.disabled = True
    sign_in(client, "officer")

    def named(query: str) -> list[str]:
        page = client.get(f"/people?{query}").text
        return [name for name in ("head", "staff", "officer", "admin", "leader") if f"<small>{name}" in page]

    assert named("q=do thi hanh") == ["head"]
    assert named("role=leader") == ["leader"]
    assert named("unit=D") == ["head"], "who is disabled is put aside until somebody asks"
    assert named("unit=D&state=all") == ["head", "staff"]
    assert named("state=disabled") == ["staff"]
    assert named("unit=D&state=active") == ["head"]
    assert named("unit=X") == []
    assert named("role=nonsense&state=nonsense&page=99999999999999999999") == ["head", "officer", "admin", "leader"]


def test_more_people_ask_no_more_statements(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "officer")

    def statements(page: str) -> int:
        return len(asked_again(client, page))

    pages = ("/people", "/people/export.csv", "/permissions")
    few = {page: statements(page) for page in pages}
    for number in range(30):
        unit = ward.office.unit(parent=ward.ward)
        person = ward.office.person(f"them{number}", unit=unit, role=Role.STAFF)
        ward.office.grant(person, Role.AUDITOR, ward.ward, given_by_id=ward.chief.id)
    assert {page: statements(page) for page in pages} == few


def test_a_new_person_is_invited_by_a_link_that_is_shown_once(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "admin")
    data = {
        "username": "moi",
        "full_name": "Nguyễn Văn Mới",
        "unit": "Phòng Văn hóa - Xã hội (D)",
        "language": "vi",
        "invite": "y",
    }
    answer = client.post("/people/new", data=data)
    assert answer.status_code == 200
    link = answer.text.partition('value="http')[2].partition('"')[0]
    assert "/link/" in link
    assert answer.headers["Cache-Control"] == "no-store"
    person = db.session.scalars(select(Person).where(Person.username == "moi")).one()
    assert person.unit_id == ward.division.id
    path = "/link/" + link.rpartition("/")[2]
    client.post("/sign-out")
    assert client.get(path).status_code == 200
    assert db.session.scalars(select(OneTimeLink)).one().used_at is None
    assert "moi" in client.get(path).text


@pytest.mark.parametrize("unit", ["X", "Phòng không có (KHONG)", "P"])
def test_nobody_is_put_into_a_unit_outside_the_reach(ward: Ward, client: FlaskClient, sign_in: SignIn, unit: str) -> None:
    sign_in(client, "admin")
    data = {"username": "moi", "full_name": "Nguyễn Văn Mới", "unit": unit, "language": "vi"}
    assert client.post("/people/new", data=data).status_code == 422
    assert db.session.scalar(select(Person.id).where(Person.username == "moi")) is None


def test_two_administrators_do_not_undo_each_other_unseen(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "admin")
    page = client.get(f"/people/{ward.head.id}/edit").text
    seen = page.partition('name="seen" type="hidden" value="')[2].partition('"')[0]
    with past_the_trail():
        ward.head.title = "Quyền Trưởng phòng"
    data = {"full_name": "Đỗ Thị Hạnh", "title": "Trưởng phòng", "unit": "D", "language": "vi", "seen": seen}
    assert client.post(f"/people/{ward.head.id}/edit", data=data).status_code == 409
    assert ward.office.again(ward.head).title == "Quyền Trưởng phòng"


def test_a_dangerous_step_asks_again_who_one_is(ward: Ward, client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "admin")
    with past_the_trail() as session:
        for one in session.scalars(select(Session)):
            one.proven_at = one.proven_at.replace(year=2020)
    assert client.get(f"/people/{ward.head.id}/disable").status_code == 302
    assert client.post(f"/people/{ward.head.id}/disable", data={"reason": "Nghỉ"}).status_code == 401
    assert not ward.office.again(ward.head).disabled
