"""The door: who gets in, and when a session ends."""

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts import service
from qms.accounts.models import Person
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.trail.models import TrailEntry
from tests.office import PASSWORD, Office, past_the_trail

NEW = "bốn mươi con ngựa trắng"


@pytest.fixture
def officer(office: Office) -> Person:
    """A quality officer of a ward."""
    return office.person("thuky", unit=office.agency("P1", name="Phường Một"), role=Role.QUALITY_OFFICER)


def test_a_page_leads_to_the_door_and_back(client: FlaskClient, officer: Person) -> None:
    shut = client.get("/units?q=phuong")
    assert shut.status_code == 302
    assert shut.headers["Location"] == "/sign-in?next=/units?q%3Dphuong"
    opened = client.post("/sign-in", data={"username": "thuky", "password": PASSWORD, "next": "/units?q=phuong"})
    assert opened.headers["Location"] == "/units?q=phuong"
    assert client.get("/units?q=phuong").status_code == 200


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\tx"])
def test_the_door_never_leads_out_of_the_house(client: FlaskClient, officer: Person, address: str) -> None:
    answer = client.post("/sign-in", data={"username": "thuky", "password": PASSWORD, "next": address})
    assert answer.headers["Location"] == "/"


def test_unknown_name_wrong_password_and_disabled_account_sound_alike(
    client: FlaskClient, office: Office, officer: Person
) -> None:
    office.person("nghi", unit=officer.unit, disabled=True)
    office.person("moi", unit=officer.unit, password_hash=None)
    answers = [
        client.post("/sign-in", data={"username": name, "password": password})
        for name, password in [("thuky", "sai mật khẩu rồi"), ("ai", PASSWORD), ("nghi", PASSWORD), ("moi", PASSWORD)]
    ]
    assert {answer.status_code for answer in answers} == {422}
    sentences = {answer.text.split("form-error")[1][:300] for answer in answers}
    assert len(sentences) == 1
    assert client.get("/units").status_code == 302


def test_signing_out_ends_the_session(client: FlaskClient, officer: Person, sign_in: Callable[..., object]) -> None:
    sign_in(client, "thuky")
    assert client.get("/").status_code == 200
    assert client.get("/sign-out").status_code == 405
    client.post("/sign-out")
    assert client.get("/").status_code == 302


def test_a_new_password_ends_the_other_sessions(
    app: Flask, client: FlaskClient, officer: Person, sign_in: Callable[..., object]
) -> None:
    other = app.test_client()
    sign_in(client, "thuky")
    sign_in(other, "thuky")
    fields = {"old_password": PASSWORD, "new_password": NEW, "repeated_password": NEW}
    assert client.post("/password", data=fields).status_code == 302
    assert client.get("/").status_code == 200
    assert other.get("/").status_code == 302
    assert client.post("/sign-in", data={"username": "thuky", "password": PASSWORD}).status_code == 422
    sign_in(other, "thuky", NEW)


def test_a_short_new_password_is_named_with_its_length(
    client: FlaskClient, officer: Person, sign_in: Callable[..., object]
) -> None:
    sign_in(client, "thuky")
    answer = client.post("/password", data={"old_password": PASSWORD, "new_password": "ngắn", "repeated_password": "ngắn"})
    assert answer.status_code == 422
    assert "14" in answer.text.split('id="new_password-error"')[1][:400]


def test_a_disabled_person_is_out_at_once(client: FlaskClient, officer: Person, sign_in: Callable[..., object]) -> None:
    sign_in(client, "thuky")
    with past_the_trail():
        officer.disabled = True
    assert client.get("/").status_code == 302


def test_the_present_password_is_asked_for(client: FlaskClient, officer: Person, sign_in: Callable[..., object]) -> None:
    sign_in(client, "thuky")
    fields = {"old_password": "không phải thế đâu", "new_password": NEW, "repeated_password": NEW}
    assert client.post("/password", data=fields).status_code == 422
    sign_in(client, "thuky")


@pytest.mark.parametrize("weak", ["mười ba ký tự"[:13], "aaaaaaaaaaaaaaaaaa", "thuky thuky thuky thuky"])
def test_a_weak_password_is_refused_with_a_sentence(office: Office, officer: Person, weak: str) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.set_password(officer, weak, office.moment())
    assert str(refused.value.refusals[0])


def test_the_trail_tells_of_passwords_but_never_what_they_are(office: Office, officer: Person) -> None:
    with writing():
        service.set_password(officer, NEW, office.moment())
    entry = db.session.scalars(select(TrailEntry).where(TrailEntry.deed == "set_password")).one()
    assert entry.code == str(officer.id)
    assert entry.changes == {}


def test_a_user_name_is_taken_only_once(office: Office, officer: Person) -> None:
    with pytest.raises(Refused) as refused, writing():
        service.create_person("thuky", "Công chức khác", officer.unit, office.moment())
    assert [refusal.code for refusal in refused.value.refusals] == ["username_taken"]


def test_a_created_person_signs_in_after_a_password_was_set(
    client: FlaskClient, office: Office, officer: Person, sign_in: Callable[..., object]
) -> None:
    with writing():
        service.create_person("vanthu", "Công chức văn thư", officer.unit, office.moment())
    assert client.post("/sign-in", data={"username": "vanthu", "password": NEW}).status_code == 422
    with writing():
        service.set_password(service.find("vanthu"), NEW, office.moment())  # type: ignore[arg-type]
    sign_in(client, "vanthu", NEW)


def test_the_language_is_the_persons_then_the_cookies_then_the_browsers(
    client: FlaskClient, officer: Person, sign_in: Callable[..., object]
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


def test_a_grant_that_has_ended_opens_nothing(client: FlaskClient, office: Office, sign_in: Callable[..., object]) -> None:
    unit = office.agency("P2")
    person = office.person("cu", unit=unit)
    office.grant(person, Role.QUALITY_OFFICER, unit, valid_to=office.moment().today.replace(year=2020))
    sign_in(client, "cu")
    assert client.get("/units").status_code == 403


def test_every_permission_is_carried_by_a_role() -> None:
    assert [permission for permission in Permission if not roles_with(permission)] == []
