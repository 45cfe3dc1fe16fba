"""The gate in one table: what opens for whom, in every state a session can be in."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from qms.accounts.links import service as links
from qms.accounts.models import Person, Session
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from tests.accounts.conftest import Later
from tests.office import PASSWORD, Office, moment_of, past_the_trail

SignIn = Callable[..., object]
OPEN, DOOR, SECOND, LIMITED = "opens", "to the door", "to the second step", "only what the letter is about"
PAGES = ("/units", "/account", "/confirm-identity", "/sign-in/second-step", "/sign-in", "/units/{unit}", "/registers/take-over")


def verdict(client: FlaskClient, path: str) -> str:
    """What happens to somebody who asks for a page."""
    answer = client.get(path)
    target = answer.headers.get("Location", "")
    if answer.status_code == 302:
        for beginning, words in (("/sign-in/", SECOND), ("/sign-in", DOOR), ("/confirm-identity", "asks again")):
            if target.startswith(beginning):
                return words
        return f"leads to {target}"
    if answer.status_code == 403:
        return LIMITED if "error-page" in answer.text and "/sign-in?next=" in answer.text else "not allowed"
    return OPEN if answer.status_code == 200 else str(answer.status_code)


def nobody(_client: FlaskClient, _world: "World") -> None:
    """No session at all."""


def password_only(client: FlaskClient, _world: "World") -> None:
    client.post("/sign-in", data={"username": "thuky", "password": PASSWORD})


def heavy(client: FlaskClient, world: "World") -> None:
    world.sign_in(client, "thuky")


def light(client: FlaskClient, world: "World") -> None:
    world.sign_in(client, "truongphong")


def from_a_letter(client: FlaskClient, world: "World") -> None:
    person = db.session.scalars(select(Person).where(Person.username == "truongphong")).one()
    with writing():
        token = links.make(
            person, links.LETTER, moment_of(person), limited_to=[f"/units/{world.unit_id}"], lifetime=timedelta(days=3650)
        )
    assert client.post(f"/link/{token}").headers["Location"] == f"/units/{world.unit_id}"


def ended(client: FlaskClient, world: "World") -> None:
    heavy(client, world)
    with writing() as session:
        session.execute(update(Session).values(ended_at=moment_of().instant))


def disabled(client: FlaskClient, world: "World") -> None:
    heavy(client, world)
    with past_the_trail() as session:
        session.scalars(select(Person).where(Person.username == "thuky")).one().disabled = True


def letter_then_a_heavy_role(client: FlaskClient, world: "World") -> None:
    from_a_letter(client, world)
    person = db.session.scalars(select(Person).where(Person.username == "truongphong")).one()
    world.office.grant(person, Role.ADMINISTRATOR, person.unit)


class World:
    """What the states are made of."""

    def __init__(self, office: Office, unit_id: int, sign_in: SignIn) -> None:
        self.office, self.unit_id, self.sign_in = office, unit_id, sign_in


@pytest.mark.parametrize(
    ("state", "wait", "units", "account", "confirm", "second", "sign_in_page", "record", "take_over"),
    [
        (nobody, 0, DOOR, DOOR, DOOR, DOOR, OPEN, DOOR, DOOR),
        (password_only, 0, SECOND, SECOND, SECOND, OPEN, OPEN, SECOND, SECOND),
        (heavy, 0, OPEN, OPEN, OPEN, "leads to /", "leads to /", OPEN, OPEN),
        (heavy, 11, OPEN, OPEN, OPEN, "leads to /", "leads to /", OPEN, "asks again"),
        (heavy, 16, DOOR, DOOR, DOOR, DOOR, OPEN, DOOR, DOOR),
        (light, 0, OPEN, OPEN, OPEN, "leads to /", "leads to /", OPEN, "not allowed"),
        (light, 16, OPEN, OPEN, OPEN, "leads to /", "leads to /", OPEN, "not allowed"),
        (light, 9 * 60 + 1, DOOR, DOOR, DOOR, DOOR, OPEN, DOOR, DOOR),
        (from_a_letter, 0, LIMITED, LIMITED, LIMITED, LIMITED, OPEN, OPEN, LIMITED),
        (from_a_letter, 16, LIMITED, LIMITED, LIMITED, LIMITED, OPEN, OPEN, LIMITED),
        (letter_then_a_heavy_role, 0, DOOR, DOOR, DOOR, DOOR, OPEN, DOOR, DOOR),
        (ended, 0, DOOR, DOOR, DOOR, DOOR, OPEN, DOOR, DOOR),
        (disabled, 0, DOOR, DOOR, DOOR, DOOR, OPEN, DOOR, DOOR),
    ],
)
def test_what_opens_in_every_state_of_a_session(
    client: FlaskClient,
    office: Office,
    officer: Person,
    head: Person,
    later: Later,
    sign_in: SignIn,
    state: Callable[[FlaskClient, World], None],
    wait: int,
    units: str,
    account: str,
    confirm: str,
    second: str,
    sign_in_page: str,
    record: str,
    take_over: str,
) -> None:
    world = World(office, officer.unit_id, sign_in)
    state(client, world)
    with later(timedelta(minutes=wait)):
        found = [verdict(client, page.format(unit=world.unit_id)) for page in PAGES]
    assert found == [units, account, confirm, second, sign_in_page, record, take_over]


def test_twelve_hours_are_the_most_even_with_a_click_a_minute(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    for minutes in range(0, 12 * 60, 14):
        with later(timedelta(minutes=minutes)):
            assert client.get("/account").status_code == 200
    with later(timedelta(hours=12, seconds=2)):
        assert client.get("/account").status_code == 302
        assert "note-attention" in client.get("/sign-in").text


def test_a_light_person_stays_in_for_a_month_of_working_days(
    client: FlaskClient, head: Person, later: Later, sign_in: SignIn
) -> None:
    sign_in(client, "truongphong")
    for hours in range(0, 30 * 24, 8):
        with later(timedelta(hours=hours)):
            assert client.get("/account").status_code == 200
    with later(timedelta(days=30, seconds=2)):
        assert client.get("/account").status_code == 302


def test_a_form_that_comes_after_the_lock_keeps_what_was_typed(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    with later(timedelta(minutes=20)):
        answer = client.post("/nonconformities/new", data={"statement": "Thiếu dấu đến", "password": "bí mật"})
    assert answer.status_code == 401
    assert "Thiếu dấu đến" in answer.text
    assert "bí mật" not in answer.text


def test_the_door_says_that_the_page_locked_and_leads_back(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn
) -> None:
    sign_in(client, "thuky")
    plain = client.get("/sign-in", headers={"Cookie": ""}).text
    with later(timedelta(minutes=20)):
        shut = client.get("/units?q=phuong")
        assert shut.headers["Location"] == "/sign-in?next=/units?q%3Dphuong"
        page = client.get(shut.headers["Location"]).text
    assert "note-attention" in page
    assert 'value="/units?q=phuong"' in page
    assert "note-attention" not in plain


def test_a_role_that_needs_a_second_step_locks_a_session_that_had_none(
    client: FlaskClient, office: Office, head: Person, sign_in: SignIn
) -> None:
    sign_in(client, "truongphong")
    assert client.get("/units").status_code == 200
    office.grant(head, Role.ADMINISTRATOR, head.unit)
    assert client.get("/units").headers["Location"].startswith("/sign-in/second-step")


def test_a_letter_does_not_open_what_only_begins_alike(client: FlaskClient, office: Office, head: Person) -> None:
    with writing():
        token = links.make(head, links.LETTER, moment_of(head), limited_to=["/units/1"], lifetime=timedelta(days=3650))
    client.post(f"/link/{token}")
    assert client.get("/units/12").status_code == 403
    assert client.get("/units/1/../2").status_code in {403, 404}
    assert client.post("/language", data={"language": "en"}).status_code == 302
    assert client.post("/sign-out").status_code == 302


def test_asking_how_long_the_session_lives_keeps_it_alive_for_nobody(
    client: FlaskClient, officer: Person, later: Later, sign_in: SignIn
) -> None:
    assert client.get("/session").json == {"seconds": 0, "kept_under": ""}
    sign_in(client, "thuky")
    with later(timedelta(minutes=10)):
        assert 280 < client.get("/session").json["seconds"] <= 300
    with later(timedelta(minutes=14)):
        client.get("/session")
    with later(timedelta(minutes=15, seconds=1)):
        assert client.get("/session").json == {"seconds": 0, "kept_under": ""}
