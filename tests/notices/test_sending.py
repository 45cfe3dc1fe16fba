"""The outbox by real mail: nothing is lost, nothing comes twice unless the server died between taking and answering."""

import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment
from qms.notices import sending
from qms.notices.models import Letter, LetterState
from qms.notices.sending import BACK_OFF, CLAIMED_FOR, MOST_TRIES, REFUSED_PAUSE, SERVER_PAUSE, ServerTrouble, claim, send_waiting
from qms.notices.service import post
from tests.notices.conftest import use_mail
from tests.notices.mail_server import OK, MailServer, text_of
from tests.office import TODAY, at
from tests.threads import at_once

START = at(TODAY)


def write(count: int, *, language: str = "vi", prefix: str = "an") -> list[str]:
    """Letters that wait; answers their Message-IDs."""
    with writing():
        for number in range(count):
            values = {"full_name": "Trần Thị Bình", "sentence": f"Việc số {number}", "due_on": None, "url": None}
            post(f"{prefix}{number}@phuong.example", "urgent", language, system_moment(START), values=values)
    return [letter.message_id for letter in outbox()]


def outbox() -> list[Letter]:
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(select(Letter).order_by(Letter.id)))


def send(after: timedelta = timedelta()) -> int:
    """One chore at an instant; trouble with the server is no failure of a test."""
    try:
        return send_waiting(system_moment(START + after))
    except ServerTrouble:
        return 0


def send_until_nothing_waits(most: int = 60) -> timedelta:
    """Chores, each at the instant the next letter is due; answers when the last one left."""
    after = timedelta()
    for _ in range(most):
        send(after)
        waiting = [letter.next_try_at for letter in outbox() if letter.state is LetterState.WAITING]
        if not waiting:
            return after
        after = max(min(waiting) - START, after) + timedelta(milliseconds=1)
    raise AssertionError(f"still waiting after {most} chores")


def test_a_letter_arrives_as_it_was_written(app: Flask, mail: MailServer) -> None:
    (message_id,) = write(1)
    assert send() == 1
    (message,) = mail.post.taken
    assert message["Subject"] == "Cần xử lý ngay: Việc số 0" or message["Subject"] == "Needs you now: Việc số 0"
    assert message["From"] == "Hệ thống ISO 9001 <qms@phuong.example>"
    assert message["To"] == "an0@phuong.example"
    assert message["Message-ID"] == message_id
    assert message["Auto-Submitted"] == "auto-generated"
    assert parsedate_to_datetime(message["Date"]) == START
    assert message.get_content_type() == "multipart/alternative"
    assert "Trần Thị Bình" in text_of(message) and "Việc số 0" in text_of(message)
    assert "Trần Thị Bình" in text_of(message, "html") and '<html lang="vi">' in text_of(message, "html")
    (letter,) = outbox()
    assert letter.state is LetterState.SENT and letter.sent_at is not None and letter.sent_at >= START
    assert (letter.tries, letter.text, letter.html, letter.error) == (1, "", None, None)


def test_a_batch_goes_over_one_connection_and_nothing_is_sent_again(any_app: Flask, mail: MailServer) -> None:
    written = write(30)
    assert send() == 30
    assert send(timedelta(days=1)) == 0
    assert sorted(mail.post.message_ids) == sorted(written)
    assert mail.post.connections == 1


def test_nothing_is_asked_of_the_server_when_nothing_waits_or_none_is_configured(app: Flask, mail_server: MailServer) -> None:
    assert send() == 0
    use_mail(app, mail_server.port)
    assert send() == 0
    assert mail_server.post.connections == 0


def test_a_server_that_is_down_costs_no_letter_a_try_and_all_arrive_when_it_is_back(any_app: Flask, mail: MailServer) -> None:
    written = write(5)
    mail.stop()
    for minutes in range(0, 60 * 24 * 3, 60):
        assert send(timedelta(minutes=minutes)) == 0
    assert {letter.tries for letter in outbox()} <= {0}
    assert all(letter.state is LetterState.WAITING and "ConnectionRefused" in (letter.error or "") for letter in outbox())
    assert all(letter.next_try_at - START <= timedelta(days=3) for letter in outbox())
    mail.start()
    assert send(timedelta(days=3)) == 5
    assert sorted(mail.post.message_ids) == sorted(written)


def test_a_server_that_is_down_is_asked_once_a_minute(app: Flask, mail: MailServer) -> None:
    write(1)
    mail.stop()
    with pytest.raises(ServerTrouble):
        send_waiting(system_moment(START))
    assert send_waiting(system_moment(START + SERVER_PAUSE - timedelta(seconds=1))) == 0
    with pytest.raises(ServerTrouble):
        send_waiting(system_moment(START + SERVER_PAUSE))


def test_a_server_that_dies_in_the_middle_loses_nothing_and_only_the_letter_in_its_hands_comes_twice(
    app: Flask, mail: MailServer
) -> None:
    written = write(20)
    killed: list[str] = []

    def dies_at_the_seventh(message: EmailMessage) -> bool:
        if len(mail.post.taken) == 7 and not killed:
            killed.append(str(message["Message-ID"]))
            return True
        return False

    mail.post.drop_after_taking = dies_at_the_seventh
    assert send() == 6
    mail.stop()
    assert send(timedelta(seconds=5)) == 0
    mail.start()
    send_until_nothing_waits()
    times = Counter(mail.post.message_ids)
    assert set(times) == set(written), "every letter has arrived"
    assert {one for one, count in times.items() if count > 1} == set(killed)
    assert times[killed[0]] == 2
    assert all(letter.state is LetterState.SENT for letter in outbox())


def test_a_server_that_drops_every_third_letter_unsaid_gets_all_in_the_end(app: Flask, mail: MailServer) -> None:
    written = write(12)
    refused: set[str] = set()

    def answer(message: EmailMessage) -> str:
        number = str(message["Message-ID"])
        if len(refused) < 4 and number not in refused and hash(number) % 3 == 0:
            refused.add(number)
            return "421 going down"
        return OK

    mail.post.data = answer
    send_until_nothing_waits()
    assert Counter(mail.post.message_ids) == Counter(dict.fromkeys(written, 1))


def test_what_the_server_puts_off_waits_longer_each_time_and_is_given_up_after_ten_tries(
    app: Flask, mail: MailServer, caplog: pytest.LogCaptureFixture
) -> None:
    write(1)
    mail.post.data = lambda message: "451 try later"
    waits, after = [], timedelta()
    with caplog.at_level(logging.ERROR, logger=sending.__name__):
        for tries in range(1, MOST_TRIES + 1):
            assert send(after) == 0
            (letter,) = outbox()
            assert letter.tries == tries
            waits.append(round((letter.next_try_at - START - after).total_seconds() / 60))
            after = letter.next_try_at - START
    assert waits == [1, 5, 15, 60, 240, 240, 240, 240, 240, 240]
    assert [wait.total_seconds() / 60 for wait in BACK_OFF] == [1, 5, 15, 60, 240]
    assert letter.state is LetterState.DEAD and letter.error == "451 try later"
    assert [record.getMessage() for record in caplog.records] == [f"letter {letter.id} (urgent) was given up after 10 tries"]
    assert "an0@phuong.example" not in caplog.text
    assert send(after + timedelta(days=10)) == 0


def test_a_recipient_the_server_does_not_know_is_given_up_at_once_and_stops_nobody_else(app: Flask, mail: MailServer) -> None:
    write(3)
    mail.post.recipient = lambda address: "550 no such mailbox" if address.startswith("an1@") else OK
    assert send() == 2
    assert [letter.state for letter in outbox()] == [LetterState.SENT, LetterState.DEAD, LetterState.SENT]
    dead = outbox()[1]
    assert (dead.tries, dead.error) == (1, "550 no such mailbox")
    assert dead.text, "its text stays, so that it can be sent again"
    assert mail.post.connections == 1


def test_a_full_mailbox_is_tried_again(app: Flask, mail: MailServer) -> None:
    write(1)
    mail.post.recipient = lambda address: "452 mailbox full"
    assert send() == 0
    (letter,) = outbox()
    assert (letter.state, letter.tries, letter.error) == (LetterState.WAITING, 1, "452 mailbox full")
    mail.post.recipient = lambda address: OK
    assert send(timedelta(minutes=2)) == 1


def test_a_letter_the_server_refuses_for_ever_is_given_up(app: Flask, mail: MailServer) -> None:
    write(1)
    mail.post.data = lambda message: "554 looks like spam"
    assert send() == 0
    (letter,) = outbox()
    assert (letter.state, letter.error) == (LetterState.DEAD, "554 looks like spam")


def test_a_process_that_died_with_a_letter_in_its_hands_leaves_it_to_be_sent_later(any_app: Flask, mail: MailServer) -> None:
    write(1)
    (letter,) = outbox()
    claimed = claim(letter.id, START)
    assert claimed is not None and claimed.tries == 1
    assert claim(letter.id, START) is None, "nobody else may take it meanwhile"
    assert send(CLAIMED_FOR - timedelta(seconds=1)) == 0
    assert send(CLAIMED_FOR) == 1
    assert len(mail.post.taken) == 1


def test_a_letter_that_kills_the_process_each_time_is_given_up(app: Flask, mail: MailServer) -> None:
    write(1)
    (letter,) = outbox()
    for time in range(MOST_TRIES):
        assert claim(letter.id, START + time * CLAIMED_FOR) is not None
    assert claim(letter.id, START + MOST_TRIES * CLAIMED_FOR) is None
    assert outbox()[0].state is LetterState.DEAD


def test_a_letter_that_was_taken_while_the_disk_was_full_is_marked_later_and_never_sent_again(
    any_app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = write(3)
    real = sending.writing

    def full(*_given: object) -> object:
        raise OperationalError("UPDATE letters", {}, Exception("database or disk is full"))

    def fills_the_disk(_message: EmailMessage) -> str:
        monkeypatch.setattr(sending, "writing", full)
        return OK

    mail.post.data = fills_the_disk
    for minutes in (0, 5, 30):  # also after the claim has run out
        with pytest.raises(OperationalError):
            send(timedelta(minutes=minutes))
    assert [letter.state for letter in outbox()] == [LetterState.WAITING] * 3
    assert len(mail.post.taken) == 1
    mail.post.data = lambda _message: OK
    monkeypatch.setattr(sending, "writing", real)
    assert send(timedelta(minutes=31)) == 2
    assert [letter.state for letter in outbox()] == [LetterState.SENT] * 3
    assert outbox()[0].sent_at - START < timedelta(minutes=1), "when it was taken, not when that could be written"
    assert Counter(mail.post.message_ids) == Counter(dict.fromkeys(written, 1))


@pytest.mark.parametrize("schedulers", [2, 4])
def test_schedulers_at_once_send_every_letter_once(any_app: Flask, mail: MailServer, schedulers: int) -> None:
    written = write(40)
    moment = system_moment(START + timedelta(seconds=1))
    sent = at_once(any_app, [partial(send_waiting, moment)] * schedulers)
    assert sum(sent) == 40
    assert Counter(mail.post.message_ids) == Counter(dict.fromkeys(written, 1))


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")  # aiosmtpd, of a server on this machine
def test_signing_in_that_is_refused_is_not_tried_every_minute(app: Flask, mail: MailServer) -> None:
    settings = app.extensions["qms.settings"]
    server = type(settings.mail_server)("127.0.0.1", mail.port, "none", "an", "wrong")
    app.extensions["qms.settings"] = type(settings)(**{**vars(settings), "mail_server": server})
    write(1)
    mail.stop()
    mail.demand_password()
    mail.start()
    with pytest.raises(ServerTrouble, match="535") as trouble:
        send_waiting(system_moment(START))
    assert "wrong" not in str(trouble.value)
    (letter,) = outbox()
    assert (letter.tries, letter.next_try_at) == (0, START + REFUSED_PAUSE)


def test_a_batch_ends_in_time_for_a_stop(app: Flask, mail: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    write(5)
    monkeypatch.setattr(sending, "BATCH_SECONDS", 0)
    assert send() == 0
    monkeypatch.undo()
    assert send() == 5


def test_a_real_clock_sends_now(app: Flask, mail: MailServer) -> None:
    with writing():
        values = {"full_name": "An", "sentence": "x", "due_on": None, "url": None}
        post("an@phuong.example", "urgent", "vi", system_moment(datetime.now(UTC)), values=values)
    assert send_waiting(system_moment()) == 1
