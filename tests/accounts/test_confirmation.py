"""Dangerous steps ask again who one is, and lose nothing that was typed."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.models import Person, Session
from qms.kernel.db import db
from qms.trail.models import TrailEntry
from tests.accounts.conftest import Later
from tests.office import PASSWORD, fresh_code

SignIn = Callable[..., object]
DANGEROUS = (
    "/password",
    "/account/second-factor",
    "/account/second-factor/remove",
    "/account/recovery-codes",
    "/registers/take-over",
    "/registers/export",
)


@pytest.mark.parametrize("page", DANGEROUS)
def test_a_dangerous_page_opens_within_ten_minutes_and_asks_after_them(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn, page: str
) -> None:
    sign_in(client, "thuky")
    assert client.get(page).status_code == 200
    with later(timedelta(minutes=9, seconds=50)):
        assert client.get(page).status_code == 200
    with later(timedelta(minutes=10, seconds=1)):
        assert client.get(page).headers["Location"] == f"/confirm-identity?next={page}"
        assert client.get("/units").status_code == 200


@pytest.mark.parametrize("field", ["password", "code"])
def test_password_or_code_opens_it_again_and_leads_back(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn, field: str
) -> None:
    sign_in(client, "thuky")
    with later(timedelta(minutes=12)):
        page = client.get("/confirm-identity?next=/password").text
        assert 'value="/password"' in page
        wrong = client.post("/confirm-identity", data={field: "000000", "next": "/password"})
        assert wrong.status_code == 422
        assert client.get("/password").status_code == 302
        right = PASSWORD if field == "password" else fresh_code("thuky")
        back = client.post("/confirm-identity", data={field: right, "next": "/password"})
        assert back.headers["Location"] == "/password"
        assert client.get("/password").status_code == 200
    told = db.session.scalars(select(TrailEntry).where(TrailEntry.deed == "confirm_identity")).one()
    assert told.changes == {"way": [None, "password" if field == "password" else "totp"]}


def test_the_proof_changes_the_token_so_an_overheard_one_is_worth_nothing(
    client: FlaskClient, officer: Person, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    before = db.session.scalars(select(Session.token_hash).where(Session.ended_at.is_(None))).one()
    client.post("/confirm-identity", data={"password": PASSWORD, "next": "/"})
    after = db.session.scalars(select(Session.token_hash).where(Session.ended_at.is_(None))).one()
    assert before != after


def test_a_form_opened_in_time_can_be_sent_and_one_sent_too_late_keeps_its_words(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    for minutes in (12, 24, 36):  # somebody who works on elsewhere keeps the session alive
        with later(timedelta(minutes=minutes)):
            client.get("/units")
    with later(timedelta(minutes=38)):
        assert client.post("/registers/take-over/confirm", data={"token": "cu"}).status_code == 302
    with later(timedelta(minutes=41)):
        late = client.post("/registers/take-over/confirm", data={"token": "cu"})
    assert late.status_code == 401
    assert 'href="/confirm-identity"' in late.text
    assert 'name="token" value="cu"' in late.text


def test_guessing_at_the_confirmation_is_throttled_too(client: FlaskClient, officer: Person, sign_in: SignIn) -> None:
    sign_in(client, "thuky")
    for _attempt in range(5):
        assert client.post("/confirm-identity", data={"password": "sai mật khẩu rồi"}).status_code == 422
    assert client.post("/confirm-identity", data={"password": PASSWORD}).status_code == 422


def test_confirming_leads_nowhere_outside(client: FlaskClient, officer: Person, sign_in: SignIn) -> None:
    sign_in(client, "thuky")
    answer = client.post("/confirm-identity", data={"password": PASSWORD, "next": "https://evil.example"})
    assert answer.headers["Location"] == "/"
