"""One-time links: looking burns nothing, sending uses them up, and a letter opens what it is about."""

import logging
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.links import service as links
from qms.accounts.models import OneTimeLink, Person, Session
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.kernel.refusal import Refused
from qms.trail.models import TrailEntry
from tests.accounts.conftest import Later
from tests.office import PASSWORD, Office, past_the_trail

SignIn = Callable[..., object]
NEW = "bốn mươi con ngựa trắng"
CHOSEN = {"new_password": NEW, "repeated_password": NEW}


def link_for(person: Person, purpose: str = links.INVITATION, paths: list[str] | None = None) -> str:
    """The address of a new link."""
    with writing():
        return "/link/" + links.make(person, purpose, system_moment(), limited_to=paths)


def test_an_invitation_shows_whose_it_is_and_a_scanner_that_looks_does_not_burn_it(
    client: FlaskClient, office: Office, head: Person
) -> None:
    with past_the_trail():
        head.password_hash = None
    address = link_for(head)
    for _look in range(3):
        page = client.get(address)
        assert page.status_code == 200
        assert head.full_name in page.text
        assert page.headers["Cache-Control"] == "no-store"
    assert client.post(address, data={"new_password": "ngắn", "repeated_password": "ngắn"}).status_code == 422
    assert (
        client.post(address, data={"new_password": "Phường Một là nhà", "repeated_password": "Phường Một là nhà"}).status_code
        == 422
    )
    assert client.post(address, data=CHOSEN).headers["Location"] == "/"
    assert client.get("/account").status_code == 200
    shut = client.get(address)
    assert shut.status_code == 410
    assert "error-page" in shut.text
    assert client.post(address, data=CHOSEN).status_code == 410


def test_whoever_needs_a_second_factor_sets_it_up_right_after_the_invitation(
    client: FlaskClient, office: Office, officer: Person
) -> None:
    with past_the_trail():
        officer.password_hash = officer.totp_secret = None
    answer = client.post(link_for(officer), data=CHOSEN)
    assert answer.headers["Location"].startswith("/sign-in/second-step")
    assert client.get(answer.headers["Location"]).headers["Location"].startswith("/sign-in/set-up")
    assert client.get("/units").status_code == 302


def test_a_reset_ends_all_sessions_lifts_the_lock_and_still_asks_for_the_second_step(
    app: Flask, client: FlaskClient, officer: Person, sign_in: SignIn
) -> None:
    other = app.test_client()
    sign_in(other, "thuky")
    for _attempt in range(5):
        client.post("/sign-in", data={"username": "thuky", "password": "sai mật khẩu rồi"})
    answer = client.post(link_for(officer, links.RESET), data=CHOSEN)
    assert answer.headers["Location"].startswith("/sign-in/second-step")
    assert client.get("/units").status_code == 302
    assert other.get("/").status_code == 302
    sign_in(app.test_client(), "thuky", NEW)


@pytest.mark.parametrize(("purpose", "lives"), [(links.INVITATION, 72), (links.RESET, 1), (links.LETTER, 24 * 7)])
def test_every_kind_of_link_has_its_time(client: FlaskClient, head: Person, later: Later, purpose: str, lives: int) -> None:
    address = link_for(head, purpose, [f"/units/{head.unit_id}"] if purpose == links.LETTER else None)
    with later(timedelta(hours=lives, seconds=-20)):
        assert client.get(address).status_code == 200
    with later(timedelta(hours=lives, seconds=5)):
        assert client.get(address).status_code == 410
        assert client.post(address, data=CHOSEN).status_code == 410
    assert client.get("/account").status_code == 302


def test_a_new_link_replaces_the_earlier_one(client: FlaskClient, head: Person) -> None:
    first, second = link_for(head), link_for(head, links.RESET)
    assert client.get(first).status_code == 410
    assert client.get(second).status_code == 200


def test_a_link_is_used_once_also_by_two_at_once(any_app: Flask, office: Office) -> None:
    person = office.person("ai", unit=office.agency("P1"))
    token = link_for(person).removeprefix("/link/")
    with writing():
        links.consume(token, system_moment())
    with pytest.raises(Refused), writing():
        links.consume(token, system_moment())
    assert [one.deed for one in db.session.scalars(select(TrailEntry).order_by(TrailEntry.id))] == ["make_link", "use_link"]


def test_only_the_hash_of_a_token_is_kept_and_no_log_holds_it(
    client: FlaskClient, head: Person, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = link_for(head).removeprefix("/link/")
    assert len(token) >= 43  # 256 bits
    assert token not in str(db.session.execute(select(OneTimeLink.__table__)).all())
    assert token not in str([(one.changes, one.personal) for one in db.session.scalars(select(TrailEntry))])
    monkeypatch.setattr(links, "find", lambda _token: 1 / 0)
    with caplog.at_level(logging.DEBUG):
        assert client.get(f"/link/{token}").status_code == 500
    assert "/link/…" in caplog.text
    assert token not in caplog.text.split("Traceback")[0]


def test_a_letter_opens_what_it_is_about_and_leads_on_when_opened_again(app: Flask, client: FlaskClient, head: Person) -> None:
    about = f"/units/{head.unit_id}"
    address = link_for(head, links.LETTER, [about])
    assert about not in client.get(address).headers.get("Location", "")
    assert client.post(address).headers["Location"] == about
    assert client.get(about).status_code == 200
    assert client.get(address).headers["Location"] == about
    assert app.test_client().get(address).status_code == 410
    page = client.get("/audits/")
    assert page.status_code == 403
    assert "/sign-in?next=/audits/" in page.text
    assert '<ul class="side-list"></ul>' in client.get(about).text, "a menu would lead to shut doors"


def test_whoever_came_by_a_letter_signs_in_for_more(client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    client.post(link_for(head, links.LETTER, [f"/units/{head.unit_id}"]))
    assert client.get("/sign-in?next=/account").status_code == 200
    sign_in(client, "truongphong")
    assert client.get("/account").status_code == 200
    assert [one.limited_to for one in db.session.scalars(select(Session).where(Session.ended_at.is_(None)))] == [None]


def test_a_letter_never_signs_in_who_can_do_harm(client: FlaskClient, office: Office, officer: Person, head: Person) -> None:
    assert not links.may_get_letter(officer, office.moment().today)
    with pytest.raises(Refused) as refused, writing():
        links.make(officer, links.LETTER, system_moment(), limited_to=["/units"])
    assert [refusal.code for refusal in refused.value.refusals] == ["role_not_light"]
    address = link_for(head, links.LETTER, [f"/units/{head.unit_id}"])
    office.grant(head, Role.LEADER, head.unit)
    assert client.get(address).status_code == 410
    assert client.post(address).status_code == 410
    assert db.session.scalars(select(Session)).all() == []


def test_the_link_of_a_closed_account_opens_nothing(client: FlaskClient, head: Person) -> None:
    address = link_for(head)
    with past_the_trail():
        head.disabled = True
    assert client.get(address).status_code == 410
    assert client.post(address, data=CHOSEN).status_code == 410
    with pytest.raises(Refused), writing():
        links.make(head, links.RESET, system_moment())


def test_a_link_that_was_never_made_says_so(client: FlaskClient, head: Person) -> None:
    assert client.get("/link/khong-co").status_code == 404
    assert client.post("/link/khong-co", data=CHOSEN).status_code == 404


def test_a_link_without_paths_is_no_letter(head: Person) -> None:
    for purpose, paths in ((links.LETTER, None), (links.RESET, ["/units"]), ("khác", None)):
        with pytest.raises(ValueError, match="no such link"), writing():
            links.make(head, purpose, system_moment(), limited_to=paths)


def test_a_new_password_shuts_every_link_that_was_still_open(
    app: Flask, client: FlaskClient, head: Person, office: Office, sign_in: Callable[..., object]
) -> None:
    with writing():
        tokens = [
            links.make(head, links.RESET, office.moment(head)),
            links.make(head, links.LETTER, office.moment(head), limited_to=["/units"]),
        ]
    sign_in(client, "truongphong")
    new = "con mèo ngồi trên mái nhà"
    sent = {"old_password": PASSWORD, "new_password": new, "repeated_password": new}
    assert client.post("/password", data=sent).status_code == 302
    assert [app.test_client().get(f"/link/{token}").status_code for token in tokens] == [410, 410]
