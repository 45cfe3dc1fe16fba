"""Guessing is slow: five failures lock an account for a quarter of an hour, whichever worker is asked."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from qms.accounts import throttle
from qms.accounts.models import Person, Throttle
from qms.app import create_app
from qms.config import load_settings
from qms.kernel.db import db, writing
from qms.trail.models import TrailEntry
from tests.accounts.conftest import Later
from tests.office import PASSWORD, Office
from tests.shared_app import SECRET_KEY

SignIn = Callable[..., object]
NOW = datetime(2026, 11, 30, 2, tzinfo=UTC)
WRONG = "sai mật khẩu rồi"


def try_in(client: FlaskClient, username: str, password: str = WRONG, address: str = "203.0.113.7") -> int:
    """One attempt from an address; answers with the status."""
    return client.post(
        "/sign-in", data={"username": username, "password": password}, environ_base={"REMOTE_ADDR": address}
    ).status_code


def strikes(count: int, instant: datetime = NOW, subject: str = "account:ai") -> list[throttle.Attempt]:
    """So many attempts that all fail."""
    with writing():
        return [throttle.strike(subject, instant) for _ in range(count)]


def test_the_fifth_failure_locks_for_a_quarter_of_an_hour_and_time_heals(app: Flask) -> None:
    assert [one.allowed for one in strikes(5)] == [True] * 5
    assert not strikes(1)[0].allowed
    assert not strikes(1, NOW + timedelta(minutes=14, seconds=59))[0].allowed
    assert strikes(1, NOW + timedelta(minutes=15))[0].allowed


def test_later_locks_are_longer_but_never_longer_than_an_hour(app: Flask) -> None:
    instant, spans = NOW, []
    for _lock in range(5):
        until = strikes(5, instant)[-1].locks_until
        assert until is not None
        spans.append(until - instant)
        instant = until
    assert spans == [timedelta(minutes=minutes) for minutes in (15, 30, 60, 60, 60)]


def test_attempts_during_a_lock_do_not_make_it_longer(app: Flask) -> None:
    strikes(5)
    for minute in range(15):
        strikes(10, NOW + timedelta(minutes=minute))
    assert strikes(1, NOW + timedelta(minutes=15))[0].allowed


def test_a_day_without_a_failure_and_a_success_both_clear_the_account(app: Flask) -> None:
    strikes(4)
    assert strikes(4, NOW + timedelta(days=1, seconds=1))[-1].locks_until is None
    with writing():
        throttle.clear("account:ai")
    assert strikes(4, NOW + timedelta(days=1, seconds=2))[-1].locks_until is None


def test_what_is_limited_is_allowed_so_often_in_its_window(any_app: Flask) -> None:
    with writing():
        within = [throttle.allow("reset:a@b", 3, timedelta(hours=1), NOW + timedelta(minutes=15 * turn)) for turn in range(6)]
    assert within == [True, True, True, False, True, True]


def test_one_household_of_ipv6_is_one_source() -> None:
    assert throttle.source("2001:db8:1:2::5") == throttle.source("2001:db8:1:2:ffff::1") != throttle.source("2001:db8:1:3::5")
    assert throttle.source("203.0.113.7") != throttle.source("203.0.113.8")
    assert throttle.source(None) == throttle.source(None)


def test_the_table_names_nobody(app: Flask) -> None:
    strikes(1, subject=throttle.account("thuky"))
    assert db.session.scalars(select(Throttle.subject)).one().isalnum()


def test_what_has_healed_is_cleared_away(any_app: Flask) -> None:
    strikes(1)
    with writing():
        assert throttle.purge(NOW + timedelta(days=1)) == 0
        assert throttle.purge(NOW + timedelta(days=3)) == 1


def test_the_right_password_does_not_open_a_locked_account_until_the_lock_is_over(
    client: FlaskClient, head: Person, later: Later
) -> None:
    assert [try_in(client, "truongphong") for _ in range(5)] == [422] * 5
    assert try_in(client, "truongphong", PASSWORD) == 422
    with later(timedelta(minutes=15, seconds=5)):
        assert try_in(client, "truongphong", PASSWORD) == 302


def test_two_workers_count_together(any_app: Flask, office: Office, tmp_path: Path) -> None:
    office.person("ai", unit=office.agency("P1"))
    settings = load_settings(
        {
            "QMS_INSTANCE": str(tmp_path / "second"),
            "QMS_DATABASE_URL": any_app.config["SQLALCHEMY_DATABASE_URI"],
            "QMS_SECRET_KEY": SECRET_KEY,
        }
    )
    second = create_app(settings)
    second.config.update(TESTING=True, WTF_CSRF_ENABLED=False, RATELIMIT_ENABLED=False)
    first, other = any_app.test_client(), second.test_client()
    db.session.rollback()
    statuses = [try_in(worker, "ai") for worker in (first, other, first, other, first)]
    assert statuses == [422] * 5
    assert try_in(other, "ai", PASSWORD) == 422
    assert try_in(first, "ai", PASSWORD) == 422
    with second.app_context():
        for engine in db.engines.values():
            engine.dispose()


def test_many_attempts_at_once_do_not_slip_through(any_app: Flask) -> None:
    """An attempt is counted before its password is looked at, so the sixth is refused while five are still being looked at."""
    under_way = strikes(5)
    assert all(one.allowed for one in under_way)
    assert not strikes(1)[0].allowed


def test_a_stranger_cannot_lock_somebody_out_of_the_browser_the_person_uses(
    app: Flask, client: FlaskClient, head: Person, sign_in: SignIn
) -> None:
    sign_in(client, "truongphong")
    client.post("/sign-out")
    stranger = app.test_client()
    for _attempt in range(6):
        try_in(stranger, "truongphong", address="198.51.100.66")
    assert try_in(stranger, "truongphong", PASSWORD, "198.51.100.66") == 422
    assert try_in(client, "truongphong", PASSWORD) == 302


def test_a_browser_somebody_has_used_gives_no_endless_guesses_either(client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    sign_in(client, "truongphong")
    client.post("/sign-out")
    for _attempt in range(5):
        try_in(client, "truongphong")
    assert try_in(client, "truongphong", PASSWORD) == 422


def test_a_forged_mark_of_a_browser_counts_as_none(app: Flask, client: FlaskClient, head: Person) -> None:
    client.set_cookie("qms_device", f'[{head.id},"1"].forged')
    for _attempt in range(5):
        try_in(client, "truongphong")
    assert try_in(app.test_client(), "truongphong", PASSWORD) == 422


def test_one_address_tries_fifty_names_and_no_more_while_others_go_on(
    app: Flask, client: FlaskClient, head: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SOURCE_LIMIT", 6)
    statuses = [try_in(client, f"nguoi{number}") for number in range(8)]
    assert statuses == [422] * 6 + [429] * 2
    assert try_in(client, "truongphong", PASSWORD) == 429
    assert try_in(app.test_client(), "truongphong", PASSWORD, "198.51.100.1") == 302


def test_a_whole_ward_signs_in_from_behind_one_address(
    client: FlaskClient, office: Office, head: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SOURCE_LIMIT", 3)
    for _morning in range(6):
        assert try_in(client, "truongphong", PASSWORD) == 302


def test_a_lock_is_told_to_the_trail_also_for_a_name_that_nobody_has(client: FlaskClient, head: Person) -> None:
    for name in ("truongphong", "khong-co-ai"):
        for _attempt in range(7):
            try_in(client, name)
    locks = db.session.scalars(select(TrailEntry).where(TrailEntry.deed == "lock").order_by(TrailEntry.id)).all()
    assert [one.code for one in locks] == [str(head.id), "unknown"]
    assert all(one.person_id is None for one in locks)
    assert "khong-co-ai" not in str(
        [(one.changes, one.personal, [beside.value for beside in one.personal_values]) for one in locks]
    )


def test_a_failure_writes_nothing_but_the_counters(client: FlaskClient, head: Person) -> None:
    written: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            written.append(statement.split()[1 if statement.startswith("UPDATE") else 2])

    event.listen(db.engine, "before_cursor_execute", note)
    try_in(client, "truongphong")
    event.remove(db.engine, "before_cursor_execute", note)
    assert set(written) == {"throttles"}


def test_whoever_fails_for_days_on_end_meets_locks_and_no_fault_of_the_program(any_app: Flask) -> None:
    instant = NOW
    for _lock in range(60):
        until = strikes(5, instant)[-1].locks_until
        assert until is not None
        instant = until
    assert not strikes(1, instant - timedelta(seconds=1))[0].allowed


def test_an_address_that_has_tried_too_often_locks_nobody_else_out(
    app: Flask, client: FlaskClient, head: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SOURCE_LIMIT", 3)
    for number in range(3):
        try_in(client, f"nguoi{number}")
    assert [try_in(client, "truongphong") for _ in range(5)] == [429] * 5
    assert try_in(app.test_client(), "truongphong", PASSWORD, "198.51.100.9") == 302


def test_nobody_behind_the_same_address_keeps_a_person_out_of_the_own_browser(
    app: Flask, client: FlaskClient, head: Person, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in(client, "truongphong")
    client.post("/sign-out")
    monkeypatch.setattr(throttle, "SOURCE_LIMIT", 3)
    stranger = app.test_client()
    assert [try_in(stranger, f"nguoi{number}") for number in range(4)][-1] == 429
    assert try_in(client, "truongphong", PASSWORD) == 302
