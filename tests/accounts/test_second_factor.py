"""The second factor: codes of an app, each once; recovery codes on paper; who must have one and who may give it up."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Event
from time import sleep

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts import proof, service
from qms.accounts.models import Passkey, Person, RecoveryCode, Session
from qms.accounts.permissions import LIGHT_ROLES, SECOND_FACTOR_ROLES, Permission, Role, roles_with
from qms.accounts.second_factor import service as second_factor
from qms.accounts.second_factor.sealing import seal, unseal
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.trail.models import TrailEntry
from tests.accounts.conftest import Later
from tests.office import PASSWORD, TOTP_SECRET, Office, past_the_trail
from tests.threads import Beside

SignIn = Callable[..., object]
NOW = datetime(2026, 11, 30, 2, 0, 10, tzinfo=UTC)


def code(steps: int = 0, instant: datetime | None = None) -> str:
    """The code of the app some half minutes away from now."""
    return pyotp.TOTP(TOTP_SECRET).at(instant or datetime.now(UTC), counter_offset=steps)


def shown_codes(page: str) -> list[str]:
    """The recovery codes on a page."""
    return re.findall(r"<code>([a-z0-9]{5}-[a-z0-9]{5})</code>", page)


def knock(client: FlaskClient, username: str = "thuky") -> None:
    """The password alone."""
    assert client.post("/sign-in", data={"username": username, "password": PASSWORD}).status_code == 302


def answer(client: FlaskClient, typed: str) -> int:
    """A code at the second step; 302 when it was taken."""
    return client.post("/sign-in/second-step", data={"code": typed, "next": "/units"}).status_code


@pytest.mark.parametrize(("steps", "taken"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_clocks_may_differ_by_half_a_minute(app: Flask, office: Office, steps: int, taken: bool) -> None:
    person = office.person("thuky", unit=office.agency("P1"), role=Role.QUALITY_OFFICER)
    moment = office.moment(person)
    with past_the_trail():
        assert second_factor.use_code(person, code(steps, moment.instant), moment) is taken


@pytest.mark.parametrize("typed", ["１２３４５６", "mã số", "\ud800"])
def test_what_is_no_number_is_a_wrong_code_and_no_fault(office: Office, officer: Person, typed: str) -> None:
    with past_the_trail():
        assert not second_factor.use_code(officer, typed, office.moment(officer))


def test_a_code_works_once_and_an_older_one_never_after_it(office: Office, officer: Person) -> None:
    moment = office.moment(officer)
    with past_the_trail():
        assert second_factor.use_code(officer, code(0, moment.instant), moment)
        assert not second_factor.use_code(officer, code(0, moment.instant), moment)
        assert not second_factor.use_code(officer, code(-1, moment.instant), moment)
        assert second_factor.use_code(officer, code(1, moment.instant), moment)


def test_after_the_password_only_the_right_code_opens(client: FlaskClient, officer: Person) -> None:
    knock(client)
    assert answer(client, "000000") == 422
    assert client.get("/units").status_code == 302
    right = code()
    opened = client.post("/sign-in/second-step", data={"code": f"{right[:3]} {right[3:]}", "next": "/units"})
    assert opened.headers["Location"] == "/units"
    assert client.get("/units").status_code == 200
    client.post("/sign-out")
    knock(client)
    assert answer(client, right) == 422


def test_five_wrong_codes_lock_the_second_step(client: FlaskClient, officer: Person, later: Later) -> None:
    knock(client)
    for _attempt in range(5):
        assert answer(client, "000000") == 422
    assert answer(client, code()) == 422
    assert db.session.scalars(select(TrailEntry.code).where(TrailEntry.deed == "lock")).all() == [str(officer.id)]
    with later(timedelta(minutes=15, seconds=5)):
        knock(client)
        assert answer(client, code()) == 302


def test_the_secret_lies_sealed_and_opens_for_its_owner_alone(office: Office, officer: Person, head: Person) -> None:
    assert officer.totp_secret is not None
    assert TOTP_SECRET not in officer.totp_secret
    assert second_factor.secret_of(officer) == TOTP_SECRET
    with past_the_trail():
        head.totp_secret = officer.totp_secret
    assert second_factor.secret_of(head) is None


def test_what_was_sealed_does_not_open_when_it_was_touched(app: Flask) -> None:
    sealed = seal("bí mật", "thử")
    assert unseal(sealed, "thử") == "bí mật"
    assert unseal(sealed, "khác") is None
    assert unseal(("A" if sealed[20] != "A" else "B").join([sealed[:20], sealed[21:]]), "thử") is None
    assert unseal("không phải", "thử") is None
    assert seal("bí mật", "thử") != sealed


def test_nothing_opens_for_a_heavy_role_before_an_app_is_set_up(client: FlaskClient, office: Office, officer: Person) -> None:
    with past_the_trail():
        officer.totp_secret = None
    knock(client)
    assert client.get("/units").headers["Location"].startswith("/sign-in/second-step")
    assert client.get("/sign-in/second-step?next=/units").headers["Location"] == "/sign-in/set-up?next=/units"
    page = client.get("/sign-in/set-up?next=/units")
    assert page.headers["Cache-Control"] == "no-store"
    assert "data:image/svg+xml" in page.text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page.text)[1].replace(" ", "")  # type: ignore[index]
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page.text)[1]  # type: ignore[index]
    wrong = client.post("/sign-in/set-up", data={"code": "000000", "sealed": sealed, "next": "/units"})
    assert wrong.status_code == 422
    assert secret[:4] in wrong.text, "the same secret is shown again, as the app may have it already"
    assert client.get("/units").status_code == 302
    done = client.post("/sign-in/set-up", data={"code": pyotp.TOTP(secret).now(), "sealed": sealed, "next": "/units"})
    assert done.status_code == 200
    assert len(shown_codes(done.text)) == 10
    assert 'href="/units"' in done.text
    assert client.get("/units").status_code == 200
    assert db.session.scalars(select(TrailEntry.deed).order_by(TrailEntry.id)).all()[-3:] == [
        "set_up_second_factor",
        "make_recovery_codes",
        "sign_in",
    ]


def test_whoever_takes_the_trail_or_the_records_of_many_agencies_away_needs_one() -> None:
    assert {*roles_with(Permission.TRAIL_EXPORT), Role.PROVINCIAL_OFFICER} <= SECOND_FACTOR_ROLES
    assert not SECOND_FACTOR_ROLES & LIGHT_ROLES


def test_whoever_knows_only_the_password_cannot_put_another_app_in_the_place_of_the_first(
    client: FlaskClient, officer: Person
) -> None:
    knock(client)
    assert client.get("/sign-in/set-up").headers["Location"].startswith("/sign-in/second-step")
    stolen = seal("A" * 32, f"new totp:{officer.id}")
    answered = client.post("/sign-in/set-up", data={"code": pyotp.TOTP("A" * 32).now(), "sealed": stolen})
    assert answered.status_code == 302
    assert second_factor.secret_of(db.session.get_one(Person, officer.id)) == TOTP_SECRET


def test_a_form_with_a_secret_of_ones_own_making_is_refused(client: FlaskClient, head: Person, sign_in: SignIn) -> None:
    sign_in(client, "truongphong")
    for sealed in ("", "x", seal("A" * 32, "new totp:99")):
        assert client.post("/account/second-factor", data={"code": "123456", "sealed": sealed}).status_code == 400
    assert db.session.get_one(Person, head.id).totp_secret is None


def with_recovery_codes(office: Office, person: Person) -> list[str]:
    """New codes for somebody."""
    codes, hashes = second_factor.new_recovery_codes()
    with writing():
        second_factor.keep_recovery_codes(person, hashes, office.moment(person))
    return codes


def test_a_recovery_code_replaces_the_app_once(client: FlaskClient, office: Office, officer: Person) -> None:
    codes = with_recovery_codes(office, officer)
    knock(client)
    assert answer(client, "zzzzz-zzzzz") == 422
    assert answer(client, codes[0].upper()) == 302
    assert client.get("/account").status_code == 200
    client.post("/sign-out")
    knock(client)
    assert answer(client, codes[0]) == 422
    assert answer(client, codes[1].replace("-", "")) == 302
    assert second_factor.recovery_codes_left(officer) == 8
    ways = [one.changes["way"][1] for one in db.session.scalars(select(TrailEntry).where(TrailEntry.deed == "sign_in"))]
    assert ways == ["recovery_code", "recovery_code"]


def test_recovery_codes_lie_hashed_with_a_salt_and_new_ones_replace_them(office: Office, officer: Person) -> None:
    first, second = with_recovery_codes(office, officer), with_recovery_codes(office, officer)
    stored = db.session.scalars(select(RecoveryCode)).all()
    assert len(stored) == len(set(second)) == 10
    assert not any(code.replace("-", "") in one.code_hash for one in stored for code in second)
    moment = office.moment(officer)
    old, new = (second_factor.recovery_hash(officer.id, codes[0]) for codes in (first, second))
    with past_the_trail():
        assert not second_factor.use_recovery_code(officer, old, moment)
        assert second_factor.use_recovery_code(officer, new, moment)


def test_everybody_may_set_an_app_up_and_light_roles_may_give_it_up(
    client: FlaskClient, office: Office, head: Person, sign_in: SignIn
) -> None:
    sign_in(client, "truongphong")
    page = client.get("/account/second-factor").text
    secret = re.search(r'class="secret">([A-Z2-7 ]+)<', page)[1].replace(" ", "")  # type: ignore[index]
    sealed = re.search(r'name="sealed"[^>]*value="([^"]+)"', page)[1]  # type: ignore[index]
    done = client.post("/account/second-factor", data={"code": pyotp.TOTP(secret).now(), "sealed": sealed})
    assert len(shown_codes(done.text)) == 10
    assert client.get("/account").status_code == 200, "this session has shown the second factor"
    fresh = client.post("/account/recovery-codes")
    assert len(shown_codes(fresh.text)) == 10
    assert set(shown_codes(fresh.text)).isdisjoint(shown_codes(done.text))
    assert client.post("/account/second-factor/remove", data={"password": "sai rồi nhưng đủ dài"}).status_code == 422
    assert client.post("/account/second-factor/remove", data={"password": PASSWORD}).status_code == 302
    assert db.session.get_one(Person, head.id).totp_secret is None
    assert db.session.scalars(select(RecoveryCode)).all() == []


def test_a_short_password_does_not_stay_alone(client: FlaskClient, office: Office, head: Person, sign_in: SignIn) -> None:
    short = "bàn gỗ lim"
    sign_in(client, "truongphong")
    with past_the_trail():
        head.totp_secret = second_factor.seal_secret(head.id, TOTP_SECRET)
    with writing():
        service.set_password(head, short, office.moment(head))
    sign_in(client, "truongphong", short)
    assert client.post("/account/second-factor/remove", data={"password": short}).status_code == 422
    assert db.session.get_one(Person, head.id).totp_secret is not None
    with writing():
        second_factor.reset_second_factor(head, office.moment())
    assert client.post("/sign-in", data={"username": "truongphong", "password": short}).headers["Location"] == "/password"


def test_who_needs_a_second_factor_gives_the_app_up_only_for_a_passkey(
    office: Office, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Refused) as refused, writing():
        second_factor.remove(officer, office.moment(officer))
    assert [refusal.code for refusal in refused.value.refusals] == ["second_factor_needed"]
    monkeypatch.setattr(second_factor, "has_passkey", lambda _person: True)
    with writing():
        second_factor.remove(officer, office.moment(officer))
    assert officer.totp_secret is None


def test_an_administrator_resets_for_somebody_else_and_everything_of_the_old_is_over(
    client: FlaskClient, office: Office, officer: Person, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    with_recovery_codes(office, officer)
    administrator = office.person("quantri", unit=officer.unit, role=Role.ADMINISTRATOR)
    with pytest.raises(Refused) as refused, writing():
        second_factor.reset_second_factor(administrator, office.moment(administrator))
    assert [refusal.code for refusal in refused.value.refusals] == ["own_second_factor"]
    with writing():
        second_factor.reset_second_factor(officer, office.moment(administrator))
    assert client.get("/").status_code == 302
    assert db.session.scalars(select(RecoveryCode)).all() == []
    assert db.session.scalars(select(Session).where(Session.ended_at.is_(None))).all() == []
    knock(client)
    assert client.get("/sign-in/second-step").headers["Location"].startswith("/sign-in/set-up")


def test_the_trail_holds_no_secret(client: FlaskClient, office: Office, officer: Person) -> None:
    codes = with_recovery_codes(office, officer)
    knock(client)
    answer(client, code())
    told = str([(one.deed, one.changes, one.personal) for one in db.session.scalars(select(TrailEntry))])
    assert not any(secret in told for secret in (TOTP_SECRET, *codes, *(code.replace("-", "") for code in codes)))


def test_a_code_sent_twice_at_the_same_instant_is_taken_once(any_app: Flask, office: Office) -> None:
    """The second request has read the person before the first one is done, and waits for the counter of failures."""
    person = office.person("thuky", unit=office.agency("P1"), role=Role.QUALITY_OFFICER)
    person_id, moment = person.id, office.moment(person)
    typed, taken, has_read = code(0, moment.instant), [], Event()

    def send() -> None:
        with past_the_trail():
            same = db.session.get_one(Person, person_id)
            assert same.totp_secret is not None
            has_read.set()
            taken.append(proof.by_code(same, typed, moment, None))

    with past_the_trail():
        taken.append(proof.by_code(db.session.get_one(Person, person_id), typed, moment, None))
        db.session.flush()
        second = Beside(any_app, send)
        has_read.wait(1)  # on SQLite it waits for the one writer before it reads anything
        sleep(0.3)
    second.end()
    assert taken == [True, False]


def test_a_doubted_passkey_is_no_reason_to_set_another_second_factor_up_by_the_password_alone(
    client: FlaskClient, officer: Person
) -> None:
    with past_the_trail():
        officer.totp_secret = None
        db.session.add(
            Passkey(
                person_id=officer.id, credential_id="a", public_key="a", user_handle="a", transports=[], title="Khóa",
                made_at=datetime.now(UTC), doubted_at=datetime.now(UTC),
            )
        )  # fmt: skip
    knock(client)
    for path in ("/sign-in/set-up", "/sign-in/set-up/passkey"):
        assert client.get(path).status_code == 302
        assert client.post(path, data={"code": "123456", "title": "Khác", "answer": "{}"}).status_code == 302
    assert client.get("/sign-in/second-step").status_code == 200
