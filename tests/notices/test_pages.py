"""Inbox and outbox: one's own and nobody else's; what was given up is seen and can be sent again."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.notices.models import Letter, LetterState, Notice
from qms.notices.service import notify, post
from tests.conftest import SignIn
from tests.notices.conftest import use_mail
from tests.office import Office, past_the_trail
from tests.statements import asked_again, statements


@pytest.fixture
def reader(office: Office, told: Callable[..., None], client: FlaskClient, sign_in: SignIn) -> Person:
    """Somebody who has signed in, in English."""
    person = office.person("an", unit=office.agency("P", name="Phường"), role=Role.STAFF, language="en")
    sign_in(client, "an")
    return person


def tell(person: Person, times: int = 1, **more: object) -> None:
    with writing():
        for number in range(times):
            values = {"unit": "Phường", "title": f"Kế hoạch {number} <b>"}
            notify(person.id, "trial_told", "unit", "P", system_moment(), values=values, **more)  # type: ignore[arg-type]


def inbox() -> list[Notice]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Notice).order_by(Notice.id)))


def test_the_bell_counts_what_is_unread_on_every_page(app: Flask, client: FlaskClient, reader: Person) -> None:
    assert "new message" not in client.get("/").get_data(as_text=True)
    tell(reader, 2)
    html = client.get("/").get_data(as_text=True)
    assert "2 new messages" in html and 'href="/inbox"' in html


def test_the_bell_is_one_statement_that_an_index_answers(app: Flask, client: FlaskClient, reader: Person) -> None:
    tell(reader, 3)
    with statements() as asked:
        client.get("/")
    about_notices = [statement for statement in asked if "FROM notices" in statement]
    assert len(about_notices) == 1
    with db.engine.connect() as connection:
        plan = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + about_notices[0], (reader.id,)).all()
    assert "COVERING INDEX ix_notices_person" in str(plan)


def test_the_inbox_shows_unread_first_and_only_my_own(app: Flask, client: FlaskClient, office: Office, reader: Person) -> None:
    tell(office.person("khac", unit=office.unit()), 3)
    tell(reader, 2)
    first, second = [one for one in inbox() if one.person_id == reader.id]
    assert client.post(f"/inbox/{second.id}/read").status_code == 302
    html = client.get("/inbox").get_data(as_text=True)
    assert re.findall(r"Kế hoạch (\d) &lt;b&gt;", html) == ["0", "1"]
    assert "2 messages, 1 of them is unread" in html
    assert inbox()[-1].read_at is not None and [one.read_at for one in inbox()[:-1]] == [None] * 4
    assert first.read_at is None


def test_reading_an_inbox_reads_nothing_by_itself(app: Flask, client: FlaskClient, reader: Person) -> None:
    tell(reader)
    client.get("/inbox")
    assert client.get(f"/inbox/{inbox()[0].id}/open").headers["Location"].startswith("/units/")
    assert inbox()[0].read_at is None


def test_all_are_read_at_once_and_nobody_elses(app: Flask, client: FlaskClient, office: Office, reader: Person) -> None:
    other = office.person("khac", unit=office.unit())
    tell(other)
    tell(reader, 3)
    assert client.post("/inbox/read").status_code == 302
    assert {one.person_id for one in inbox() if one.read_at is None} == {other.id}


def test_a_notice_of_somebody_else_is_no_notice(app: Flask, client: FlaskClient, office: Office, reader: Person) -> None:
    tell(office.person("khac", unit=office.unit()))
    (theirs,) = inbox()
    assert client.get(f"/inbox/{theirs.id}/open").status_code == 404
    assert client.post(f"/inbox/{theirs.id}/read").status_code == 404
    assert inbox()[0].read_at is None


def test_a_notice_whose_record_has_gone_says_so(app: Flask, client: FlaskClient, reader: Person) -> None:
    with writing():
        notify(reader.id, "trial_plain", "unit", "NO-SUCH-UNIT", system_moment())
    response = client.get(f"/inbox/{inbox()[0].id}/open", follow_redirects=True)
    assert "no longer there" in response.get_data(as_text=True)


def test_a_sentence_of_an_older_version_does_not_break_the_inbox(app: Flask, client: FlaskClient, reader: Person) -> None:
    tell(reader, 2)
    with past_the_trail() as session:
        for notice, name in zip(session.scalars(select(Notice)), ("gone_since", "soon.gone_since"), strict=True):
            notice.name = name
    html = client.get("/inbox").get_data(as_text=True)
    assert "A message of an older version (gone_since)" in html and "(soon.gone_since)" in html


def test_a_long_inbox_has_pages_and_costs_no_more_than_a_short_one(app: Flask, client: FlaskClient, reader: Person) -> None:
    def statements() -> int:
        return len(asked_again(client, "/inbox"))

    tell(reader, 2)
    few = statements()
    tell(reader, 120)
    assert statements() == few
    assert client.get("/inbox?page=3").get_data(as_text=True).count("has reported") == 22


def test_nobody_comes_in_without_signing_in(app: Flask, client: FlaskClient) -> None:
    for address in ("/inbox", "/letters", "/digest/mine", "/digest/units"):
        assert client.get(address).status_code == 302
    for address in ("/inbox/read", "/letters/resend"):
        assert client.post(address).status_code in {401, 403}


# the outbox


@pytest.fixture
def letters(app: Flask, office: Office, told: Callable[..., None]) -> dict[str, Letter]:
    """Letters to a ward, to another ward, and to no person; the first two were given up."""
    use_mail(app, 25)
    top = office.unit("T")
    wards = {code: office.agency(code, parent=top) for code in ("P", "Q")}
    people = {code: office.person(f"nguoi.{code}", unit=ward) for code, ward in wards.items()}
    office.person("thuky", unit=wards["P"], role=Role.QUALITY_OFFICER, language="en")
    office.person("quantri", unit=top, role=Role.ADMINISTRATOR, language="en")
    values = {"full_name": "An", "sentence": "Việc bí mật", "due_on": None, "url": None}
    with writing():
        for code, person in people.items():
            post(f"{code.lower()}@phuong.example", "urgent", "vi", system_moment(), values=values, person_id=person.id)
        post("luu@tinh.example", "urgent", "vi", system_moment(), values=values)
    with past_the_trail() as session:
        found = {one.address: one for one in session.scalars(select(Letter))}
        for letter in list(found.values())[:2]:
            letter.state, letter.tries, letter.error = LetterState.DEAD, 10, "550 <no> mailbox"
            letter.next_try_at -= timedelta(days=1)
    return found


def state(address: str) -> LetterState:
    db.session.rollback()
    db.session.expire_all()
    return db.session.scalars(select(Letter.state).where(Letter.address == address)).one()


def test_an_officer_sees_the_letters_to_the_own_people_and_never_their_text(
    app: Flask, client: FlaskClient, sign_in: SignIn, letters: dict[str, Letter]
) -> None:
    sign_in(client, "thuky")
    html = client.get("/letters").get_data(as_text=True)
    assert "p@phuong.example" in html and "550 &lt;no&gt; mailbox" in html
    assert "q@phuong.example" not in html and "luu@tinh.example" not in html
    assert "Trần" not in html and "Kính gửi" not in html
    assert re.search(r"Outbox</span><b class=\"count\">1</b>", html), "the menu says how many were given up"


def test_whoever_sees_the_whole_tree_sees_letters_to_no_person_too(
    app: Flask, client: FlaskClient, sign_in: SignIn, letters: dict[str, Letter]
) -> None:
    sign_in(client, "quantri")
    html = client.get("/letters").get_data(as_text=True)
    assert all(address in html for address in ("p@phuong.example", "q@phuong.example", "luu@tinh.example"))
    waiting = client.get("/letters?state=waiting").get_data(as_text=True)
    assert "luu@tinh.example" in waiting and "p@phuong.example" not in waiting
    assert "luu@tinh.example" in client.get("/letters?state=nonsense").get_data(as_text=True)


def test_what_was_given_up_is_sent_again_within_the_scope(
    app: Flask, client: FlaskClient, sign_in: SignIn, letters: dict[str, Letter]
) -> None:
    ids = {address: letter.id for address, letter in letters.items()}
    sign_in(client, "thuky")
    assert client.post(f"/letters/{ids['q@phuong.example']}/resend").status_code == 404
    assert client.post("/letters/resend").status_code == 302
    assert state("p@phuong.example") is LetterState.WAITING and state("q@phuong.example") is LetterState.DEAD
    assert client.post(f"/letters/{ids['p@phuong.example']}/resend").status_code == 409, "it waits already"
    (letter,) = db.session.scalars(select(Letter).where(Letter.address == "p@phuong.example"))
    assert (letter.tries, letter.error) == (0, None)


def test_a_letter_whose_words_were_erased_holds_no_other_back(
    client: FlaskClient, letters: dict[str, Letter], sign_in: SignIn
) -> None:
    erased = letters["q@phuong.example"].id
    with past_the_trail() as session:
        session.get_one(Letter, erased).text = ""
    sign_in(client, "quantri")
    assert client.post("/letters/resend").status_code == 302
    assert state("p@phuong.example") is LetterState.WAITING and state("q@phuong.example") is LetterState.DEAD
    assert client.post(f"/letters/{erased}/resend").status_code == 409


def test_a_reader_has_no_outbox(app: Flask, client: FlaskClient, reader: Person) -> None:
    assert client.get("/letters").status_code == client.post("/letters/resend").status_code == 403


def test_the_outbox_says_when_no_mail_server_is_configured(
    app: Flask, office: Office, client: FlaskClient, sign_in: SignIn
) -> None:
    office.person("thuky", unit=office.agency(), role=Role.QUALITY_OFFICER, language="en")
    sign_in(client, "thuky")
    assert "No mail server is configured" in client.get("/letters").get_data(as_text=True)
