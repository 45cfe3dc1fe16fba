"""Sessions in the database: seen without slowing anybody, listed, ended, cleared away."""

import sqlite3
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from qms.accounts import sessions
from qms.accounts.browsers import browser_name
from qms.accounts.models import Person, Session
from qms.app import create_app
from qms.config import load_settings
from qms.kernel.db import Unrecorded, db, noting, writing
from qms.kernel.moment import Moment, system_moment
from qms.trail.models import TrailEntry
from tests.accounts.conftest import Later
from tests.office import Office
from tests.shared_app import SECRET_KEY

SignIn = Callable[..., object]
NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)


def session_of(person: Person, moment: Moment, **fields: object) -> Session:
    """A stored session."""
    with writing():
        made, _token = sessions.begin(person, moment, browser=None)
        for name, value in fields.items():
            setattr(made, name, value)
    return made


def test_seen_is_written_down_once_a_minute_and_never_after_the_end(any_app: Flask, office: Office) -> None:
    one = session_of(office.person("ai", unit=office.agency("P1")), system_moment(NOW))
    spans = (30, 61, 90, 130)
    kept = []
    for seconds in spans:
        sessions.note_seen(one, NOW + timedelta(seconds=seconds))
        db.session.rollback()  # a new look at the database
        kept.append((one.seen_at - NOW).total_seconds())
    assert kept == [0, 61, 61, 130]
    with writing():
        one.ended_at = NOW
    sessions.note_seen(one, NOW + timedelta(hours=1))
    db.session.rollback()
    assert (one.seen_at - NOW).total_seconds() == 130


def test_a_note_is_left_out_rather_than_waited_for_when_somebody_else_writes(app: Flask, office: Office, tmp_path: Path) -> None:
    one = session_of(office.person("ai", unit=office.agency("P1")), system_moment(NOW))
    db.session.rollback()
    other = sqlite3.connect(tmp_path / "qms.sqlite3", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    statement = update(Session).where(Session.id == one.id).values(seen_at=NOW + timedelta(hours=1))
    began = time.monotonic()
    assert noting(statement) is False
    assert time.monotonic() - began < 5  # a writer would have waited 15 s
    other.execute("ROLLBACK")
    other.close()
    assert noting(statement) is True
    with db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA busy_timeout").scalar() == 15_000


def test_a_note_is_no_way_around_the_trail(app: Flask) -> None:
    with pytest.raises(Unrecorded):
        noting(update(Person).values(full_name="Ai đó"))


def test_what_has_been_over_for_a_month_is_cleared_away(any_app: Flask, office: Office) -> None:
    person = office.person("ai", unit=office.agency("P1"))
    month = sessions.KEPT + timedelta(days=1)
    session_of(person, system_moment(NOW), ended_at=NOW - month)
    kept = [
        session_of(person, system_moment(NOW), ended_at=NOW),
        session_of(person, system_moment(NOW - sessions.LIGHT_LONGEST)),
    ]
    session_of(person, system_moment(NOW - sessions.LIGHT_LONGEST - month))
    with writing():
        assert sessions.purge(NOW) == 2
    assert {one.id for one in db.session.scalars(select(Session))} == {one.id for one in kept}


def test_the_account_page_lists_where_one_is_signed_in_and_ends_one_or_all_others(
    app: Flask, client: FlaskClient, officer: Person, sign_in: SignIn
) -> None:
    firefox = {"HTTP_USER_AGENT": "Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/150.0"}
    phone, office_machine = app.test_client(), app.test_client()
    office_machine.environ_base.update(firefox)
    for browser in (client, phone, office_machine):
        sign_in(browser, "thuky")
    page = client.get("/account").text
    assert page.count("/account/sessions/") == 2 + 1
    assert page.count('action="/sign-out"') == 1 + 1  # the own one is left by the door that clears the browser
    assert "Firefox, Windows" in page
    assert page.count("chip-accent") == 1
    ids = db.session.scalars(select(Session.id).where(Session.ended_at.is_(None)).order_by(Session.id)).all()
    assert client.post(f"/account/sessions/{ids[1]}/end").status_code == 302
    assert phone.get("/").status_code == 302
    assert office_machine.get("/").status_code == 200
    client.post("/account/sessions/end-others")
    assert office_machine.get("/").status_code == 302
    assert client.get("/").status_code == 200
    assert client.post(f"/account/sessions/{ids[0]}/end").headers["Location"] == "/sign-in"
    assert client.get("/").status_code == 302
    deeds = db.session.scalars(select(TrailEntry.deed).order_by(TrailEntry.id)).all()
    assert deeds[-3:] == ["end_session", "end_other_sessions", "sign_out"]


def test_nobody_ends_a_session_of_somebody_else(
    app: Flask, client: FlaskClient, officer: Person, head: Person, sign_in: SignIn
) -> None:
    other = app.test_client()
    sign_in(other, "truongphong")
    sign_in(client, "thuky")
    theirs = db.session.scalars(select(Session.id).where(Session.person_id == head.id)).one()
    assert client.post(f"/account/sessions/{theirs}/end").status_code == 404
    assert other.get("/").status_code == 200


def test_a_session_that_has_locked_is_not_listed_as_open(
    app: Flask, client: FlaskClient, officer: Person, later: Later, sign_in: SignIn
) -> None:
    sign_in(app.test_client(), "thuky")
    with later(timedelta(minutes=20)):
        sign_in(client, "thuky")
        page = client.get("/account").text
        assert page.count('class="act"') == 1


def test_the_account_page_names_own_and_lent_roles(client: FlaskClient, office: Office, officer: Person, sign_in: SignIn) -> None:
    sign_in(client, "thuky")
    page = client.get("/account").text
    assert "Phường Một" in page
    assert "account.remove" not in page
    assert "btn-off" in page, "the button that the role forbids is grey and says why"


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36", "Chrome, Linux"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Safari/604", "Safari, iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge, Windows"),
        ("curl/8", "Unknown browser"),
        (None, "Unknown browser"),
    ],
)
def test_a_browser_is_named_as_people_know_it(app: Flask, told: str | None, name: str) -> None:
    with app.test_request_context(headers={"Accept-Language": "en"}):
        assert browser_name(told) == name


def test_behind_https_every_cookie_is_bound_to_this_host(sqlite_url: str, tmp_path: Path) -> None:
    settings = load_settings(
        {
            "QMS_INSTANCE": str(tmp_path),
            "QMS_DATABASE_URL": sqlite_url,
            "QMS_SECRET_KEY": SECRET_KEY,
            "QMS_PUBLIC_URL": "https://qms.example.vn",
        }
    )
    app = create_app(settings)
    app.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    with app.app_context():
        Office().person("truongphong", unit=Office().agency("P1"))
        client = app.test_client()
        data = {"username": "truongphong", "password": "mat khau de thu"}
        answer = client.post("/sign-in", data=data, base_url="https://qms.example.vn")
        cookies = answer.headers.getlist("Set-Cookie")
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    assert answer.status_code == 302
    assert len(cookies) == 2
    for cookie in cookies:
        assert cookie.startswith("__Host-")
        assert all(word in cookie for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
        assert "Domain" not in cookie


def test_the_cookie_of_a_heavy_role_ends_with_the_browser(app: Flask, officer: Person, head: Person, sign_in: SignIn) -> None:
    lasting = {}
    for name in ("thuky", "truongphong"):
        client = app.test_client()
        answer = sign_in(client, name)
        kept = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("qms_session")]  # type: ignore[attr-defined]
        lasting[name] = "Expires" in kept[-1] or "Max-Age" in kept[-1]
    assert lasting == {"thuky": False, "truongphong": True}
