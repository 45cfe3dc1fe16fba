"""The door: who gets in, and what the answers give away."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from qms.accounts import passwords, service
from qms.accounts.models import Person, Session
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.trail.models import TrailEntry
from tests.office import PASSWORD, Office, past_the_trail
from tests.security.test_statements_of_saves import MOST, counted, until_commit

SignIn = Callable[..., object]
NEW = "bốn mươi con ngựa trắng"


def test_a_page_leads_to_the_door_and_back(client: FlaskClient, head: Person) -> None:
    shut = client.get("/units?q=phuong")
    assert shut.status_code == 302
    assert shut.headers["Location"] == "/sign-in?next=/units?q%3Dphuong"
    opened = client.post("/sign-in", data={"username": "truongphong", "password": PASSWORD, "next": "/units?q=phuong"})
    assert opened.headers["Location"] == "/units?q=phuong"
    assert client.get("/units?q=phuong").status_code == 200


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx"])
def test_the_door_never_leads_out_of_the_house(client: FlaskClient, head: Person, address: str) -> None:
    answer = client.post("/sign-in", data={"username": "truongphong", "password": PASSWORD, "next": address})
    assert answer.headers["Location"] == "/"


@contextmanager
def watched() -> Iterator[list[str]]:
    """The statements that reach the database inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def test_unknown_name_wrong_password_locked_and_closed_account_are_one_answer_at_one_cost(
    client: FlaskClient, office: Office, head: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.person("nghi", unit=head.unit, disabled=True)
    office.person("moi", unit=head.unit, password_hash=None)
    office.person("bikhoa", unit=head.unit)
    for _attempt in range(5):
        client.post("/sign-in", data={"username": "bikhoa", "password": "sai mật khẩu rồi"})
    verified: list[str] = []
    real = passwords._hasher.verify

    class Counted:
        def verify(self, stored: str, typed: str) -> bool:
            verified.append(stored)
            return real(stored, typed)

        hash = passwords._hasher.hash

    monkeypatch.setattr(passwords, "_hasher", Counted())
    costs, answers = [], []
    tries = [("truongphong", "sai mật khẩu rồi"), ("ai", PASSWORD), ("nghi", PASSWORD), ("moi", PASSWORD), ("bikhoa", PASSWORD)]
    client.get("/sign-in")
    for name, password in tries:
        verified.clear()
        with watched() as statements:
            answers.append(client.post("/sign-in", data={"username": name, "password": password}))
        costs.append((len(verified), len([one for one in statements if not one.startswith(("BEGIN", "ROLLBACK"))])))
    assert {answer.status_code for answer in answers} == {422}
    assert len({answer.text.split("form-error")[1][:300] for answer in answers}) == 1
    assert costs[0][0] == 1
    assert len(set(costs)) == 1, costs
    assert client.get("/units").status_code == 302


def test_signing_out_ends_the_session_in_the_database_too(client: FlaskClient, officer: Person, sign_in: SignIn) -> None:
    sign_in(client, "thuky")
    assert client.get("/").status_code == 200
    with client.session_transaction() as kept:
        stolen = dict(kept)
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/").status_code == 302
    with client.session_transaction() as kept:
        kept.update(stolen)
    assert client.get("/").status_code == 302


def test_a_session_from_before_the_sign_in_is_worth_nothing_after_it(
    app: Flask, client: FlaskClient, officer: Person, sign_in: SignIn
) -> None:
    client.post("/sign-in", data={"username": "thuky", "password": PASSWORD})
    with client.session_transaction() as kept:
        half = dict(kept)
    sign_in(client, "thuky")
    with client.session_transaction() as kept:
        assert kept["token"] != half["token"]
    thief = app.test_client()
    with thief.session_transaction() as kept:
        kept.update(half)
    assert thief.get("/").status_code == 302
    open_now = db.session.scalars(select(Session).where(Session.ended_at.is_(None))).all()
    assert [one.second_factor for one in open_now] == [True]


def test_a_new_password_ends_the_other_sessions(app: Flask, client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    other = app.test_client()
    sign_in(client, "truongphong")
    sign_in(other, "truongphong")
    fields = {"old_password": PASSWORD, "new_password": NEW, "repeated_password": NEW}
    assert client.post("/password", data=fields).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert client.post("/sign-in", data={"username": "truongphong", "password": PASSWORD}).status_code == 422
    sign_in(other, "truongphong", NEW)


def test_a_short_new_password_is_named_with_its_length(client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    sign_in(client, "truongphong")
    short = "hai cây tre"
    answer = client.post("/password", data={"old_password": PASSWORD, "new_password": short, "repeated_password": short})
    assert answer.status_code == 422
    assert "14" in answer.text.split('id="new_password-error"')[1][:400]


def test_a_disabled_person_is_out_at_once(client: FlaskClient, officer: Person, sign_in: SignIn) -> None:
    sign_in(client, "thuky")
    with past_the_trail():
        officer.disabled = True
    assert client.get("/").status_code == 302


def test_signing_in_asks_at_most_twelve_times_and_once_more_on_the_first_of_a_day(app: Flask, head: Person) -> None:
    for most in (MOST + 1, MOST):  # the day is written down
        db.session.remove()
        with counted() as seen:
            data = {"username": "truongphong", "password": PASSWORD}
            assert app.test_client().post("/sign-in", data=data).status_code == 302
        before, after = until_commit(seen)
        assert len(before) <= most and len(after) <= 2, "\n".join(before)


def test_the_present_password_is_asked_for(client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    sign_in(client, "truongphong")
    fields = {"old_password": "không phải thế đâu", "new_password": NEW, "repeated_password": NEW}
    assert client.post("/password", data=fields).status_code == 422
    sign_in(client, "truongphong")


def test_the_trail_tells_of_passwords_but_never_what_they_are(office: Office, officer: Person) -> None:
    with writing():
        service.set_password(officer, NEW, office.moment())
    entry = db.session.scalars(select(TrailEntry).where(TrailEntry.deed == "set_password")).one()
    assert entry.code == str(officer.id)
    assert entry.changes == {}


def test_the_trail_tells_how_somebody_came_in_and_when_the_person_left(
    client: FlaskClient, officer: Person, head: Person, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    client.post("/sign-out")
    sign_in(client, "truongphong")
    entries = db.session.scalars(
        select(TrailEntry).where(TrailEntry.deed.in_(["sign_in", "sign_out"])).order_by(TrailEntry.id)
    ).all()
    assert [(one.deed, one.code, one.changes.get("way")) for one in entries] == [
        ("sign_in", str(officer.id), [None, "totp"]),
        ("sign_out", str(officer.id), None),
        ("sign_in", str(head.id), [None, "password"]),
    ]


def test_what_was_typed_at_the_door_stands_in_no_log(client: FlaskClient, head: Person, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        client.post("/sign-in", data={"username": "mat-khau-nham-o", "password": "bí mật của tôi"})
        client.post("/sign-in", data={"username": "truongphong", "password": "bí mật của tôi"})
    assert "failed" in caplog.text
    assert not any(secret in caplog.text for secret in ("mat-khau-nham-o", "truongphong", "bí mật của tôi"))


def test_a_user_name_is_taken_only_once(office: Office, officer: Person) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.create_person("thuky", "Công chức khác", officer.unit, office.moment())
    assert [refusal.code for refusal in refused.value.refusals] == ["username_taken"]


def test_a_created_person_signs_in_after_a_password_was_set(
    client: FlaskClient, office: Office, officer: Person, sign_in: SignIn
) -> None:
    with writing():
        service.create_person("vanthu", "Công chức văn thư", officer.unit, office.moment())
    assert client.post("/sign-in", data={"username": "vanthu", "password": NEW}).status_code == 422
    with writing():
        service.set_password(service.find("vanthu"), NEW, office.moment())  # type: ignore[arg-type]
    sign_in(client, "vanthu", NEW)


def test_the_language_is_the_persons_then_the_cookies_then_the_browsers(
    client: FlaskClient, officer: Person, sign_in: SignIn
) -> None:
    assert '<html lang="vi"' in client.get("/sign-in").text
    assert '<html lang="en"' in client.get("/sign-in", headers={"Accept-Language": "en"}).text
    assert client.post("/language", data={"language": "en", "next": "//evil.example"}).headers["Location"] == "/"
    assert '<html lang="en"' in client.get("/sign-in").text
    sign_in(client, "thuky")
    assert '<html lang="vi"' in client.get("/").text
    client.post("/language", data={"language": "en", "next": "/"})
    assert '<html lang="en"' in client.get("/").text
    assert client.post("/language", data={"language": "fr"}).status_code == 400


def test_a_grant_that_has_ended_opens_nothing(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    unit = office.agency("P2")
    person = office.person("cu", unit=unit)
    office.grant(person, Role.QUALITY_OFFICER, unit, valid_to=office.moment().today.replace(year=2020))
    sign_in(client, "cu")
    assert client.get("/units").status_code == 403


def test_every_permission_is_carried_by_a_role() -> None:
    assert [permission for permission in Permission if not roles_with(permission)] == []
