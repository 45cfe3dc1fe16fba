"""The outbox goes out: each letter at least once, and never twice unless a server died between accepting and answering.

A letter is claimed by a conditional update, sent outside any transaction, then marked. The claim is an instant in the future:
when the process dies in between, the letter becomes due again by itself. A server that cannot be reached costs no letter a
try, so a weekend without mail kills nothing. What the server took while the database could not be told is remembered by the
process and told before anything else is sent.
"""

import logging
import smtplib
import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import select, update
from sqlalchemy.exc import OperationalError

from qms.config import MailServer, Settings, present_settings
from qms.kernel.days import LOCAL
from qms.kernel.db import db, is_locked, writing
from qms.kernel.feature import Chore
from qms.kernel.moment import Moment
from qms.notices.models import Letter, LetterState
from qms.notices.sentences import one_line

log = logging.getLogger(__name__)

CLAIMED_FOR = timedelta(minutes=15)
"""Longer than any one letter takes; a letter claimed by a process that died is due again after it."""
BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))
"""How long a letter that the server did not take waits after its first, second … try; the last one for all later tries."""
MOST_TRIES = 10
BATCH = 100
BATCH_SECONDS = 5
"""A batch ends by then, so that a stop of the clock need not wait for a thousand letters; the next one follows at once."""
ANSWER_SECONDS = 60
MARK_ATTEMPTS = 5
SERVER_PAUSE = timedelta(minutes=1)
REFUSED_PAUSE = timedelta(minutes=15)
"""Signing in with a wrong password every minute would lock the account at the mail server."""


_untold: dict[tuple[int, str], datetime] = {}
"""Letters that the server took and the database could not be told of, by number and Message-ID, with the instant."""


class ServerTrouble(Exception):
    """The mail server cannot be used at all now; no letter is to blame."""

    def __init__(self, what: str, pause: timedelta = SERVER_PAUSE) -> None:
        super().__init__(what)
        self.pause = pause


@dataclass(frozen=True)
class Failed:
    """Why a letter did not leave: what the server said, whether trying again can help, whether the connection is gone."""

    said: str
    for_ever: bool = False
    disconnected: bool = False


@dataclass(frozen=True)
class Claimed:
    """A letter that this process may send until ``until``."""

    id: int
    message_id: str
    address: str
    template: str
    subject: str
    text: str
    html: str | None
    made_at: datetime
    tries: int
    until: datetime


def send_waiting(moment: Moment) -> int:
    """Sends what is due, over one connection; answers how many letters left. Raises ``ServerTrouble`` after putting all off."""
    _tell_what_was_taken()
    settings = present_settings()
    server = settings.mail_server
    due = [] if server is None else _due(moment.instant)
    if server is None or not due:
        return 0
    begun = time.monotonic()
    sent = 0
    try:
        with _connection(server, _own_name(settings)) as connection:
            for letter_id in due:
                passed = time.monotonic() - begun
                letter = claim(letter_id, moment.instant + timedelta(seconds=passed)) if passed < BATCH_SECONDS else None
                if letter is None:
                    continue
                failed = _hand_over(connection, letter, settings)
                instant = moment.instant + timedelta(seconds=time.monotonic() - begun)
                if failed is None:
                    mark_sent(letter, instant)
                    sent += 1
                else:
                    put_off(letter, failed, instant)
                    if failed.disconnected:
                        break
    except ServerTrouble as trouble:
        _put_all_off(moment.instant, trouble)
        raise
    return sent


def claim(letter_id: int, instant: datetime) -> Claimed | None:
    """The letter for this process alone; None when another one was faster. A letter that was tried too often is given up."""
    until = instant + CLAIMED_FOR
    with writing() as session:
        row = session.execute(
            update(Letter)
            .where(Letter.id == letter_id, Letter.state == LetterState.WAITING, Letter.next_try_at <= instant)
            .values(next_try_at=until, tries=Letter.tries + 1)
            .returning(
                Letter.id,
                Letter.message_id,
                Letter.address,
                Letter.template,
                Letter.subject,
                Letter.text,
                Letter.html,
                Letter.made_at,
                Letter.tries,
            )
        ).first()
    if row is None:
        return None
    claimed = Claimed(*row, until)
    if claimed.tries > MOST_TRIES:  # each time the process died before it could say how it went
        put_off(claimed, Failed("no answer was ever written down", for_ever=True), instant)
        return None
    return claimed


def mark_sent(letter: Claimed, instant: datetime) -> None:
    """The server took it. Its text is forgotten: it may hold a link that lets its bearer in.

    Insists when others keep the database busy: a letter that was taken and not marked would be sent again. What cannot be
    written at all (a full disk, a database that is gone) is written as soon as it can be. Raises ``OperationalError`` then.
    """
    _untold[letter.id, letter.message_id] = instant
    for attempt in range(1, MARK_ATTEMPTS + 1):
        try:
            _tell_what_was_taken()
        except OperationalError as error:
            if attempt == MARK_ATTEMPTS or not is_locked(error):
                raise
        else:
            return


def _tell_what_was_taken() -> None:
    for (letter_id, message_id), instant in list(_untold.items()):
        with writing() as session:
            session.execute(
                update(Letter)
                .where(Letter.id == letter_id, Letter.message_id == message_id, Letter.state != LetterState.SENT)
                .values(state=LetterState.SENT, sent_at=instant, error=None, text="", html=None)
            )
        _untold.pop((letter_id, message_id), None)  # another thread may have told it too


def put_off(letter: Claimed, failed: Failed, instant: datetime) -> None:
    """The server did not take it: later again, or given up and shown on the page of letters."""
    dead = failed.for_ever or letter.tries >= MOST_TRIES
    wait = BACK_OFF[min(letter.tries, len(BACK_OFF)) - 1]
    with writing() as session:
        session.execute(
            update(Letter)
            .where(Letter.id == letter.id, Letter.state == LetterState.WAITING, Letter.next_try_at == letter.until)
            .values(
                state=LetterState.DEAD if dead else LetterState.WAITING,
                next_try_at=instant + wait,
                error=one_line(failed.said)[:300],
            )
        )
    if dead:  # the number only: the log names nobody
        log.error("letter %s (%s) was given up after %s tries", letter.id, letter.template, letter.tries)


class _WholeWords(EmailPolicy):
    """Folds a subject without losing spaces: ``EmailPolicy`` drops one where it cuts a long line into encoded words."""

    def fold_binary(self, name: str, value: str) -> bytes:
        """The header line as it travels; the subject is cut by ``Header``, which keeps every space inside an encoded word."""
        if name.lower() != "subject" or str(value).isascii():
            return super().fold_binary(name, value)
        folded = Header(str(value), "utf-8", maxlinelen=75, header_name=name).encode(linesep=self.linesep)
        return f"{name}: {folded}{self.linesep}".encode("ascii")


_POLICY = _WholeWords(linesep="\r\n")


def message_of(letter: Claimed, settings: Settings) -> EmailMessage:
    """The mail as it travels. Headers go through ``EmailMessage``, which refuses a line end in any of them."""
    message = EmailMessage(policy=_POLICY)
    message["From"] = settings.mail_from
    message["To"] = Address(addr_spec=letter.address)
    message["Subject"] = letter.subject
    message["Date"] = letter.made_at.astimezone(LOCAL)
    message["Message-ID"] = letter.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text, cte="base64")
    if letter.html is not None:
        message.add_alternative(letter.html, subtype="html", cte="base64")
    return message


def _due(instant: datetime) -> list[int]:
    query = select(Letter.id).where(Letter.state == LetterState.WAITING, Letter.next_try_at <= instant)
    found = list(db.session.scalars(query.order_by(Letter.next_try_at, Letter.id).limit(BATCH)))
    db.session.rollback()  # no read transaction stays open while the network is slow
    return found


def _put_all_off(instant: datetime, trouble: ServerTrouble) -> None:
    with writing() as session:
        session.execute(
            update(Letter)
            .where(Letter.state == LetterState.WAITING, Letter.next_try_at <= instant)
            .values(next_try_at=instant + trouble.pause, error=one_line(str(trouble))[:300])
        )


def _own_name(settings: Settings) -> str:
    host = urlsplit(settings.public_url).hostname or "localhost"
    with suppress(ValueError):
        address = ip_address(host)
        return f"[{host}]" if address.version == 4 else f"[IPv6:{host}]"
    return host


@contextmanager
def _connection(server: MailServer, own_name: str) -> Iterator[smtplib.SMTP]:
    connection: smtplib.SMTP | None = None
    try:
        if server.security == "tls":
            context = ssl.create_default_context()
            connection = smtplib.SMTP_SSL(server.host, server.port, own_name, timeout=ANSWER_SECONDS, context=context)
        else:
            connection = smtplib.SMTP(server.host, server.port, own_name, timeout=ANSWER_SECONDS)
        if server.security == "starttls":
            connection.starttls(context=ssl.create_default_context())
        if server.username and server.password:
            connection.login(server.username, server.password)
        else:
            connection.ehlo_or_helo_if_needed()
    except (OSError, smtplib.SMTPException) as error:
        if connection is not None:
            connection.close()
        refused = isinstance(error, smtplib.SMTPAuthenticationError)
        raise ServerTrouble(_said(error), REFUSED_PAUSE if refused else SERVER_PAUSE) from error
    try:
        yield connection
    finally:
        with suppress(OSError, smtplib.SMTPException):  # everything was answered already
            connection.quit()
        connection.close()


def _hand_over(connection: smtplib.SMTP, letter: Claimed, settings: Settings) -> Failed | None:
    sender = settings.mail_from
    assert sender is not None
    try:
        content = message_of(letter, settings).as_bytes()
        connection.sendmail(sender.addr_spec, [letter.address], content)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = error.recipients[letter.address]
        return Failed(_answer(code, answer), for_ever=code >= 500, disconnected=code == 421)
    except smtplib.SMTPDataError as error:
        said = _answer(error.smtp_code, error.smtp_error)
        return Failed(said, for_ever=error.smtp_code >= 500, disconnected=error.smtp_code == 421)
    except smtplib.SMTPSenderRefused as error:  # often a setting, so it is never for ever at once
        return Failed(_answer(error.smtp_code, error.smtp_error), disconnected=error.smtp_code == 421)
    except (OSError, smtplib.SMTPException) as error:  # also: whether it was taken is not known, so once more
        return Failed(_said(error), disconnected=True)
    except ValueError as error:  # what no mail can carry; the letter is seen among the dead ones
        return Failed(_said(error), for_ever=True)
    return None


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _answer(error.smtp_code, error.smtp_error)
    return f"{type(error).__name__}: {error}"


def _answer(code: int, text: bytes | str) -> str:
    return f"{code} {text.decode('utf-8', 'replace') if isinstance(text, bytes) else text}"


SENDING = Chore("letters", send_waiting)
"""What is due is sent every few seconds."""
