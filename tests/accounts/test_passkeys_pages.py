"""Passkeys through the pages: signing in, the second step, proving again who one is, adding and removing."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from qms.accounts.models import Passkey, Person, Session
from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.trail.models import TrailEntry
from tests.accounts.authenticator import Authenticator
from tests.office import PASSWORD, Office, give_app, past_the_trail
from tests.shared_app import application

SignIn = Callable[..., TestResponse]


@pytest.fixture
def app(sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application at an address for which browsers make passkeys."""
    with application(tmp_path / "instance", sqlite_url) as made:
        made.extensions["qms.settings"] = replace(made.extensions["qms.settings"], public_url="http://localhost:5000")
        yield made


@pytest.fixture
def head(office: Office) -> Person:
    """A unit head, who can do little harm."""
    return office.person("truongphong", unit=office.agency("P1", name="Phường Một"), role=Role.UNIT_HEAD)


@pytest.fixture
def officer(office: Office, head: Person) -> Person:
    """A quality officer, who needs a second factor; nothing is set up yet."""
    person = office.person("thuky", unit=head.unit, role=Role.QUALITY_OFFICER)
    with past_the_trail():
        person.totp_secret = None
    return person


@pytest.fixture
def phone() -> Authenticator:
    """A phone with a fingerprint reader."""
    return Authenticator("http://localhost:5000", "localhost")


def by_password(client: FlaskClient, username: str) -> TestResponse:
    """Shows the password and no more."""
    return client.post("/sign-in", data={"username": username, "password": PASSWORD})


def enrolled(client: FlaskClient, device: Authenticator, title: str = "Điện thoại") -> TestResponse:
    """Makes a passkey on the account page of whoever is signed in."""
    options = client.post("/account/passkeys/challenge").get_json()
    return client.post("/account/passkeys/new", data={"title": title, "answer": device.make(options)})


def set_up(client: FlaskClient, device: Authenticator) -> TestResponse:
    """Makes a passkey at the door, as the first second factor."""
    options = client.post("/sign-in/set-up/passkey/challenge").get_json()
    return client.post("/sign-in/set-up/passkey", data={"title": "Điện thoại", "answer": device.make(options)})


def by_passkey(client: FlaskClient, device: Authenticator, path: str = "/sign-in/passkey", **fields: str) -> TestResponse:
    """Answers a challenge of a page."""
    options = client.post(path + "/challenge").get_json()
    return client.post(path, data={"answer": device.sign(options), **fields})


def is_in(client: FlaskClient) -> bool:
    """Whether pages open."""
    return client.get("/units").status_code == 200


@pytest.fixture
def keyed(client: FlaskClient, head: Person, phone: Authenticator, sign_in: SignIn) -> Authenticator:
    """The phone with a passkey of the unit head; nobody is signed in."""
    sign_in(client, "truongphong")
    made = enrolled(client, phone)
    assert made.status_code == 302, made.text
    client.post("/sign-out")
    assert not is_in(client)
    return phone


def test_a_passkey_is_made_on_the_account_page_and_listed_there(
    client: FlaskClient, keyed: Authenticator, sign_in: SignIn
) -> None:
    sign_in(client, "truongphong")
    page = client.get("/account").text
    assert "Điện thoại" in page
    assert "data-passkey" in client.get("/account/passkeys/new").text


def test_one_signs_in_by_passkey_and_goes_where_one_wanted(client: FlaskClient, keyed: Authenticator) -> None:
    answer = by_passkey(client, keyed, next="/units?q=phuong")
    assert answer.headers["Location"] == "/units?q=phuong"
    assert is_in(client)
    way = db.session.scalars(
        select(TrailEntry.changes).where(TrailEntry.deed == "sign_in").order_by(TrailEntry.id.desc())
    ).first()
    assert way == {"way": [None, "passkey"]}


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example"])
def test_a_passkey_never_leads_out_of_the_house(client: FlaskClient, keyed: Authenticator, address: str) -> None:
    assert by_passkey(client, keyed, next=address).headers["Location"] == "/"


def test_an_answer_that_was_overheard_opens_nothing(app: Flask, client: FlaskClient, keyed: Authenticator) -> None:
    options = client.post("/sign-in/passkey/challenge").get_json()
    answer = keyed.sign(options)
    other = app.test_client()
    assert other.post("/sign-in/passkey", data={"answer": answer}).headers["Location"] == "/sign-in"
    assert not is_in(other)
    assert client.post("/sign-in/passkey", data={"answer": answer}).headers["Location"] == "/"
    client.post("/sign-out")
    assert client.post("/sign-in/passkey", data={"answer": answer}).headers["Location"] == "/sign-in"
    assert not is_in(client)


def test_a_cookie_that_was_kept_gives_no_second_use(client: FlaskClient, keyed: Authenticator) -> None:
    keyed.counter = None
    options = client.post("/sign-in/passkey/challenge").get_json()
    kept = client.get_cookie("qms_session")
    assert kept is not None
    answer = keyed.sign(options)
    client.post("/sign-in/passkey", data={"answer": answer})
    client.post("/sign-out")
    client.set_cookie("qms_session", kept.value)
    client.post("/sign-in/passkey", data={"answer": answer})
    assert not is_in(client)


def test_every_wrong_key_is_answered_alike(client: FlaskClient, head: Person, keyed: Authenticator) -> None:
    stranger = Authenticator(keyed.origin, keyed.rp_id, credential_id=b"stranger", handle=keyed.handle)
    forger = Authenticator(keyed.origin, keyed.rp_id, credential_id=keyed.credential_id, handle=keyed.handle)
    said = []
    for device in (stranger, forger):
        refused = by_passkey(client, device)
        said.append((refused.status_code, refused.headers["Location"], client.get("/sign-in").text.count("note-bad")))
    with past_the_trail():
        head.disabled = True
    refused = by_passkey(client, keyed)
    said.append((refused.status_code, refused.headers["Location"], client.get("/sign-in").text.count("note-bad")))
    assert set(said) == {(302, "/sign-in", 1)}
    assert not is_in(client)


def test_who_tries_too_often_waits(client: FlaskClient, keyed: Authenticator) -> None:
    stranger = Authenticator(keyed.origin, keyed.rp_id, credential_id=b"stranger", handle=keyed.handle)
    for _attempt in range(50):
        by_passkey(client, stranger)
    by_passkey(client, keyed)
    assert not is_in(client)


def test_a_removed_passkey_opens_nothing(client: FlaskClient, keyed: Authenticator) -> None:
    by_passkey(client, keyed)
    number = db.session.scalar(select(Passkey.id))
    assert client.get(f"/account/passkeys/{number}/remove").status_code == 200
    assert client.post(f"/account/passkeys/{number}/remove").status_code == 302
    client.post("/sign-out")
    by_passkey(client, keyed)
    assert not is_in(client)


def test_the_passkeys_of_others_do_not_exist(
    client: FlaskClient, office: Office, head: Person, keyed: Authenticator, sign_in: SignIn
) -> None:
    office.person("nguoikhac", unit=head.unit, role=Role.STAFF)
    sign_in(client, "nguoikhac")
    number = db.session.scalar(select(Passkey.id))
    assert client.get(f"/account/passkeys/{number}/remove").status_code == 404
    assert client.post(f"/account/passkeys/{number}/remove").status_code == 404
    assert "Điện thoại" not in client.get("/account").text


def test_whoever_needs_a_second_factor_may_set_a_passkey_up_at_the_door(
    client: FlaskClient, officer: Person, phone: Authenticator
) -> None:
    by_password(client, "thuky")
    assert not is_in(client)
    assert client.get("/sign-in/set-up/passkey").status_code == 200
    assert set_up(client, phone).headers["Location"] == "/"
    assert is_in(client)
    client.post("/sign-out")
    by_passkey(client, phone)
    assert is_in(client), "a passkey that verified its user is both factors"


def test_a_password_alone_brings_no_further_passkey_in(
    app: Flask, client: FlaskClient, officer: Person, phone: Authenticator
) -> None:
    by_password(client, "thuky")
    set_up(client, phone)
    thief = app.test_client()
    by_password(thief, "thuky")
    assert thief.post("/sign-in/set-up/passkey/challenge").status_code == 404
    assert thief.get("/sign-in/set-up/passkey").headers["Location"].startswith("/sign-in/second-step")
    assert thief.post("/account/passkeys/challenge").status_code == 401
    stick = Authenticator(phone.origin, phone.rp_id, credential_id=b"thief")
    thief.post("/sign-in/set-up/passkey", data={"title": "x", "answer": stick.sign({"challenge": "AAAA"})})
    assert db.session.scalars(select(Passkey.title)).all() == ["Điện thoại"]


def test_a_key_without_pin_is_a_second_step_for_an_officer_but_no_sign_in(
    client: FlaskClient, officer: Person, phone: Authenticator
) -> None:
    phone.verifies = False
    by_password(client, "thuky")
    set_up(client, phone)
    client.post("/sign-out")
    refused = by_passkey(client, phone)
    assert refused.headers["Location"] == "/sign-in"
    assert not is_in(client)
    by_password(client, "thuky")
    assert not is_in(client)
    assert "second-step/passkey" in client.get("/sign-in/second-step").text
    assert by_passkey(client, phone, "/sign-in/second-step/passkey").headers["Location"] == "/"
    assert is_in(client)
    assert by_passkey(client, phone, "/confirm-identity/passkey").headers["Location"].startswith("/confirm-identity")


def test_a_key_without_pin_signs_a_unit_head_in(client: FlaskClient, head: Person, phone: Authenticator, sign_in: SignIn) -> None:
    phone.verifies = False
    sign_in(client, "truongphong")
    enrolled(client, phone)
    client.post("/sign-out")
    by_passkey(client, phone)
    assert is_in(client)


def test_a_key_without_pin_does_not_pass_for_the_app_of_who_has_one(
    client: FlaskClient, head: Person, keyed: Authenticator
) -> None:
    with past_the_trail():
        give_app(head)
    keyed.verifies = False
    assert by_passkey(client, keyed).headers["Location"].startswith("/sign-in/second-step")
    assert not is_in(client)
    client.post("/sign-out")
    keyed.verifies = True
    by_passkey(client, keyed)
    assert is_in(client)


def test_the_second_step_takes_the_key_of_the_same_person_only(
    client: FlaskClient, office: Office, officer: Person, phone: Authenticator, keyed: Authenticator
) -> None:
    own = Authenticator(phone.origin, phone.rp_id, credential_id=b"own")
    by_password(client, "thuky")
    set_up(client, own)
    client.post("/sign-out")
    by_password(client, "thuky")
    assert by_passkey(client, keyed, "/sign-in/second-step/passkey").headers["Location"].startswith("/sign-in/second-step")
    assert not is_in(client)
    assert by_passkey(client, own, "/sign-in/second-step/passkey").headers["Location"] == "/"


def test_five_wrong_keys_at_the_second_step_lock_it(client: FlaskClient, officer: Person, phone: Authenticator) -> None:
    by_password(client, "thuky")
    set_up(client, phone)
    client.post("/sign-out")
    by_password(client, "thuky")
    forger = Authenticator(phone.origin, phone.rp_id, credential_id=phone.credential_id, handle=phone.handle)
    for _attempt in range(5):
        by_passkey(client, forger, "/sign-in/second-step/passkey")
    by_passkey(client, phone, "/sign-in/second-step/passkey")
    assert not is_in(client)
    assert "lock" in db.session.scalars(select(TrailEntry.deed)).all()


def test_a_passkey_proves_again_who_one_is(client: FlaskClient, office: Office, head: Person, keyed: Authenticator) -> None:
    by_passkey(client, keyed)
    with past_the_trail() as session:
        here = session.scalars(select(Session).where(Session.ended_at.is_(None))).one()
        here.proven_at = here.proven_at.replace(year=2020)
    asked = client.get("/account/passkeys/new")
    assert asked.headers["Location"] == "/confirm-identity?next=/account/passkeys/new"
    assert client.post("/account/passkeys/challenge").status_code == 401
    assert "confirm-identity/passkey" in client.get(asked.headers["Location"]).text
    answer = by_passkey(client, keyed, "/confirm-identity/passkey", next="/account/passkeys/new")
    assert answer.headers["Location"] == "/account/passkeys/new"
    assert client.get("/account/passkeys/new").status_code == 200


def test_a_passkey_that_cannot_be_kept_is_told_and_the_name_stays(
    client: FlaskClient, head: Person, phone: Authenticator, sign_in: SignIn
) -> None:
    sign_in(client, "truongphong")
    phone.origin = "https://evil.example"
    refused = enrolled(client, phone, "Máy cơ quan")
    assert refused.status_code == 422
    assert "Máy cơ quan" in refused.text
    assert "form-error" in refused.text


def test_a_browser_whose_owner_has_a_passkey_offers_it_first(app: Flask, client: FlaskClient, keyed: Authenticator) -> None:
    page = client.get("/sign-in").text
    assert page.index("/sign-in/passkey") < page.index('name="password"')
    strange = app.test_client().get("/sign-in").text
    assert strange.index("/sign-in/passkey") > strange.index('name="password"')


def test_where_browsers_make_no_passkeys_a_sentence_says_why_and_nothing_else_breaks(
    app: Flask, client: FlaskClient, head: Person, sign_in: SignIn
) -> None:
    app.extensions["qms.settings"] = replace(app.extensions["qms.settings"], public_url="http://127.0.0.1:5000")
    assert "/sign-in/passkey" not in client.get("/sign-in").text
    assert client.post("/sign-in/passkey/challenge").status_code == 404
    assert client.post("/sign-in/passkey").status_code == 404
    sign_in(client, "truongphong")
    assert "127.0.0.1" in client.get("/account").text
    assert client.get("/account/passkeys/new").status_code == 404


def test_forms_for_passkeys_are_hidden_until_the_browser_can(client: FlaskClient) -> None:
    page = client.get("/sign-in").text
    form = page[page.index("data-passkey=") :].split(">")[0]
    assert " hidden" in form
    assert "data-failed" in form


def test_a_wrong_password_does_not_keep_the_key_out(client: FlaskClient, keyed: Authenticator) -> None:
    for _attempt in range(6):
        client.post("/sign-in", data={"username": "truongphong", "password": "sai mật khẩu rồi"})
    assert client.post("/sign-in", data={"username": "truongphong", "password": PASSWORD}).status_code == 422
    by_passkey(client, keyed)
    assert is_in(client)
