"""The daily letter: by real mail, one a day at most, only with something new, in the language of its person."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from nonconformities.models import ActionState
from qms.accounts.models import OneTimeLink, Person
from qms.accounts.permissions import Role
from qms.digest import delivery
from qms.digest.reminders import remind
from qms.kernel.days import local_day
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.notices.models import LetterState, Notice
from qms.notices.sending import send_waiting
from qms.notices.service import mark_all_read, notify
from qms.scheduling.models import JobRun, JobState
from tests.digest.conftest import Desk, letters, local
from tests.notices.mail_server import MailServer, text_of
from tests.office import past_the_trail

MONDAY = date(2026, 11, 30)
SITE = "https://qms.phuong.example"


def deliver(desk: Desk, day: date, at: time = time(7, 0)) -> None:
    """The clock at an instant, and the chore after it."""
    desk.clock(day, at)
    send_waiting(system_moment(local(day, at) + timedelta(seconds=5)))


def tell(person: Person, day: date, *, at: time = time(6, 0), urgent: bool = False) -> None:
    with writing():
        moment = system_moment(local(day, at))
        notify(person.id, "trial_told", "unit", "PTM", moment, values={"unit": "Phường", "title": "Kế hoạch"}, urgent=urgent)


def test_a_digest_arrives_with_what_is_late_what_comes_and_what_is_new(any_app: Flask, desk: Desk, mail: MailServer) -> None:
    officer = desk.person(email="binh@phuong.example", role=Role.QUALITY_OFFICER)
    late = desk.action(officer, MONDAY - timedelta(days=12), "Rà soát phiếu hẹn", code="NC-1")
    desk.action(officer, MONDAY, "Tập huấn", code="NC-2")
    desk.action(officer, MONDAY + timedelta(days=30), "Chưa tới", code="NC-3")
    tell(officer, MONDAY)
    deliver(desk, MONDAY)
    (message,) = mail.post.taken
    assert message["To"] == "binh@phuong.example"
    assert re.match(r"2 (việc|things)", message["Subject"])
    text, html = text_of(message), text_of(message, "html")
    assert text.index("Rà soát phiếu hẹn") < text.index("Tập huấn") < text.index("Phường")
    assert "18/11/2026" in text and "Chưa tới" not in text
    link = f"{SITE}/nonconformities/{late.nonconformity_id}"
    assert f"  {link}\n" in text and f'<a href="{link}">' in html
    assert f"{SITE}/digest/mine" in text
    assert "/link/" not in text
    (letter,) = letters()
    assert letter.state is LetterState.SENT
    assert {one.letter_id for one in db.session.scalars(select(Notice))} == {letter.id}


def test_a_person_gets_one_letter_a_day_at_most_and_none_without_something_new(
    any_app: Flask, desk: Desk, mail: MailServer
) -> None:
    officer = desk.person(email="binh@phuong.example", role=Role.QUALITY_OFFICER)
    desk.action(officer, MONDAY + timedelta(days=1))
    deliver(desk, MONDAY)
    tell(officer, MONDAY, at=time(9, 0))
    with writing() as session:  # as if the job of the day were tried again
        run = session.get_one(JobRun, ("digests", MONDAY.isoformat()))
        run.state, run.finished_at = JobState.FAILED, local(MONDAY, time(7, 0))
    deliver(desk, MONDAY, time(10, 0))
    assert len(mail.post.taken) == 1
    deliver(desk, MONDAY + timedelta(days=1))
    assert len(mail.post.taken) == 2, "what was said at nine comes the next morning"
    deliver(desk, MONDAY + timedelta(days=2))
    assert len(mail.post.taken) == 3, "since Tuesday it is late: that is new"
    for days in range(3, 10):
        deliver(desk, MONDAY + timedelta(days=days))
    assert len(mail.post.taken) == 3


def test_what_was_done_or_read_before_the_letter_is_not_worth_one(app: Flask, desk: Desk, mail: MailServer) -> None:
    done, read = desk.person(username="an", email="an@phuong.example"), desk.person(username="binh", email="binh@phuong.example")
    action = desk.action(done, MONDAY)
    desk.clock(MONDAY, time(6, 30))
    with past_the_trail() as session:
        kept = session.merge(action)
        kept.state, kept.completed_on, kept.completed_entered_on = ActionState.DONE, MONDAY, MONDAY
    tell(read, MONDAY)
    with writing():
        mark_all_read(read.id, system_moment(local(MONDAY, time(6, 50))))
    deliver(desk, MONDAY)
    assert not letters()


def test_what_is_urgent_comes_at_once_and_not_again_in_the_digest(app: Flask, desk: Desk, mail: MailServer) -> None:
    officer = desk.person(email="binh@phuong.example", role=Role.QUALITY_OFFICER)
    tell(officer, MONDAY, at=time(5, 0), urgent=True)
    send_waiting(system_moment(local(MONDAY, time(5, 0, 5))))
    assert len(mail.post.taken) == 1, "even before the office opens"
    deliver(desk, MONDAY)
    assert len(mail.post.taken) == 1


def test_whoever_can_do_little_harm_gets_one_link_that_opens_what_the_letter_is_about(
    any_app: Flask, desk: Desk, mail: MailServer
) -> None:
    head = desk.person(email="binh@phuong.example", role=Role.UNIT_HEAD)
    first = desk.action(head, MONDAY - timedelta(days=1))
    second = desk.action(head, MONDAY)
    deliver(desk, MONDAY)
    (message,) = mail.post.taken
    tokens = re.findall(rf"{SITE}/link/([\w-]+)", text_of(message))
    assert len(tokens) == 1
    (link,) = db.session.scalars(select(OneTimeLink))
    paths = [f"/nonconformities/{one.nonconformity_id}" for one in (first, second)]
    assert (link.person_id, link.purpose, link.limited_to) == (head.id, "letter", ["/digest/mine", *paths])
    assert f"{SITE}/nonconformities" not in text_of(message)
    (letter,) = letters()
    assert tokens[0] not in letter.text, "what was sent is forgotten"


def test_the_language_is_that_of_the_person_on_the_day(app: Flask, desk: Desk, mail: MailServer) -> None:
    officer = desk.person(email="binh@phuong.example", role=Role.QUALITY_OFFICER)
    desk.action(officer, MONDAY)
    deliver(desk, MONDAY)
    with past_the_trail() as session:
        session.merge(officer).language = "en"
    desk.action(officer, MONDAY + timedelta(days=2))
    deliver(desk, MONDAY + timedelta(days=1))
    vietnamese, english = (text_of(message, "html") for message in mail.post.taken)
    assert '<html lang="vi">' in vietnamese and '<html lang="en">' in english
    assert mail.post.taken[1]["Subject"] == "2 things need you, 1 is overdue"
    assert "1 day overdue" in english and "1 day left" in english


def test_without_a_mail_server_nothing_is_lost_and_nothing_piles_up(app: Flask, desk: Desk) -> None:
    desk.action(desk.person(email="binh@phuong.example"), MONDAY)
    desk.clock(MONDAY)
    assert not letters()
    (notice,) = db.session.scalars(select(Notice))
    assert notice.letter_id is None and notice.read_at is None


def test_people_without_an_address_or_with_a_closed_account_get_no_letter_and_stop_nobody(
    app: Flask, desk: Desk, mail: MailServer
) -> None:
    people = [
        desk.person("An", username="an"),
        desk.person("Bình", username="binh", email="no address"),
        desk.person("Chi", username="chi", email="chi@phuong.example", disabled=True),
        desk.person("Dũng", username="dung", email="dung@phuong.example"),
    ]
    for person in people:
        desk.action(person, MONDAY)
    deliver(desk, MONDAY)
    assert [message["To"] for message in mail.post.taken] == ["dung@phuong.example"]


def test_one_letter_that_cannot_be_written_stops_no_other_and_is_tried_again(
    app: Flask, desk: Desk, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = [desk.person(name, username=name, email=f"{name}@phuong.example") for name in ("an", "binh", "chi")]
    for person in people:
        desk.action(person, MONDAY)
    real: Callable[..., object] = delivery.write_letter

    def fails_for_binh(address: str, *rest: object) -> object:
        if address.startswith("binh"):
            raise ArithmeticError
        return real(address, *rest)

    monkeypatch.setattr(delivery, "write_letter", fails_for_binh)
    desk.clock(MONDAY)
    run = db.session.get_one(JobRun, ("digests", MONDAY.isoformat()))
    assert (run.state, run.outcome) == (JobState.FAILED, "NotAllWritten")
    assert [letter.address for letter in letters()] == ["an@phuong.example", "chi@phuong.example"]
    monkeypatch.undo()
    assert delivery.send_digests("", system_moment(local(MONDAY, time(7, 20)))) == "1"
    assert [letter.address for letter in letters()][2:] == ["binh@phuong.example"]


def test_what_is_said_while_the_letter_is_written_comes_the_next_day(
    app: Flask, desk: Desk, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = desk.person(email="binh@phuong.example", role=Role.QUALITY_OFFICER)
    desk.action(officer, MONDAY)
    real = delivery._paths

    def somebody_tells_meanwhile(digests: object) -> object:
        monkeypatch.undo()
        found = real(digests)  # type: ignore[arg-type]
        tell(officer, MONDAY)
        return found

    monkeypatch.setattr(delivery, "_paths", somebody_tells_meanwhile)
    deliver(desk, MONDAY)
    (message,) = mail.post.taken
    assert "Kế hoạch" not in text_of(message)
    deliver(desk, MONDAY + timedelta(days=1))
    assert "Kế hoạch" in text_of(mail.post.taken[1])


def test_a_digest_of_hundreds_lists_the_first_and_says_how_many_more(app: Flask, desk: Desk, mail: MailServer) -> None:
    officer = desk.person(email="binh@phuong.example", role=Role.QUALITY_OFFICER, language="en")
    for _ in range(53):
        desk.action(officer, MONDAY)
    deliver(desk, MONDAY)
    text = text_of(mail.post.taken[0])
    assert text.count("Rà soát phiếu hẹn") == 50 and "and 3 more" in text


def test_what_somebody_typed_makes_no_markup_and_no_link_in_the_letter(app: Flask, desk: Desk, mail: MailServer) -> None:
    officer = desk.person('An\r\nBcc: x@y.example <b onclick="x">', email="an@phuong.example", role=Role.QUALITY_OFFICER)
    desk.action(officer, MONDAY, f"<script>alert(1)</script>\n\n- x\n  {SITE}/sign-out\n{{{{ 7*7 }}}}")
    deliver(desk, MONDAY)
    (message,) = mail.post.taken
    assert message["Bcc"] is None and message["To"] == "an@phuong.example"
    html = text_of(message, "html")
    assert "<script" not in html and "<b " not in html and f'href="{SITE}/sign-out"' not in html
    assert "{{ 7*7 }}" in html


def test_the_hour_is_a_setting(app: Flask, desk: Desk) -> None:
    settings = app.extensions["qms.settings"]
    app.extensions["qms.settings"] = type(settings)(**{**vars(settings), "digest_hour": 9})
    assert desk.clock(MONDAY, time(8, 59)) == 1
    assert desk.clock(MONDAY, time(9, 0)) == 1


def test_the_link_of_a_letter_opens_the_digest_and_its_records_and_nothing_else(
    app: Flask, desk: Desk, mail: MailServer, client: FlaskClient
) -> None:
    today = local_day(datetime.now(UTC))
    head = desk.person(email="binh@phuong.example", role=Role.UNIT_HEAD, language="en")
    own = desk.action(head, today - timedelta(days=1), code="NC-1")
    other = desk.action(desk.person(username="khac"), today, code="NC-2")
    remind("", system_moment())
    delivery.send_digests("", system_moment())
    send_waiting(system_moment())
    settings = app.extensions["qms.settings"]
    app.extensions["qms.settings"] = type(settings)(**{**vars(settings), "public_url": "http://localhost"})
    found = re.search(rf"{SITE}(/link/[\w-]+)", text_of(mail.post.taken[0]))
    assert found is not None
    assert client.get(found[1]).status_code == client.get(found[1]).status_code == 200, "a scanner that looks burns nothing"
    assert client.post(found[1]).headers["Location"] == "/digest/mine"
    assert "Rà soát phiếu hẹn" in client.get("/digest/mine").get_data(as_text=True)
    lead = client.get("/digest/mine/open/nonconformity/NC-1")
    assert lead.headers["Location"] == f"/nonconformities/{own.nonconformity_id}"
    assert client.get(lead.headers["Location"]).status_code == 200
    for shut in (f"/nonconformities/{other.nonconformity_id}", "/nonconformities", "/digest/units", "/inbox", "/letters"):
        assert client.get(shut).status_code == 403, shut
