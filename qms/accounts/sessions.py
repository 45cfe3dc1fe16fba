"""Sessions: kept in the database, found by the hash of the cookie's token, ended everywhere at once."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, not_, or_, select, update
from sqlalchemy.orm import joinedload

from qms.accounts.actor import SignedIn
from qms.accounts.models import Person, Session
from qms.kernel.db import db, noting
from qms.kernel.moment import Moment

IDLE = timedelta(minutes=15)
"""Level-2 systems: a session that can do harm locks after a quarter of an hour without a click."""
LONGEST = timedelta(hours=12)
LIGHT_IDLE = timedelta(hours=9)
LIGHT_LONGEST = timedelta(days=30)
"""Whoever can do little harm stays signed in on the own machine."""
LIMITED_LONGEST = timedelta(days=7)
"""A session from a letter lives no longer than the letter."""
NOTE_EVERY = timedelta(minutes=1)
"""How exactly "last seen" is kept, so that reading rarely writes."""
RECENT = timedelta(minutes=10)
"""How fresh the proof of who one is must be when a dangerous page is opened."""
RECENT_TO_SEND = timedelta(minutes=40)
"""How fresh when its form is sent: whoever opened it in time may take half an hour to fill it in."""
KEPT = timedelta(days=30)
"""How long a session that is over stays in the table; the trail keeps the sign-in itself."""


class Ended(Enum):
    """Why a session that the cookie still names is over."""

    IDLE = "idle"
    LONG = "long"
    OTHER = "other"
    """Ended by its owner, by a new password, or because the account was closed."""


def token_hash(token: str) -> str:
    """What the database keeps of a token: its SHA-256, as tokens are random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_token() -> str:
    """A token nobody can guess: 256 bits."""
    return secrets.token_urlsafe(32)


def begin(
    person: Person, moment: Moment, *, browser: str | None, second_factor: bool = False, limited_to: list[str] | None = None
) -> tuple[Session, str]:
    """A new session and its token, which only the cookie will hold."""
    token = new_token()
    session = Session(
        token_hash=token_hash(token),
        person_id=person.id,
        began_at=moment.instant,
        seen_at=moment.instant,
        proven_at=moment.instant,
        second_factor=second_factor,
        limited_to=limited_to,
        address=moment.address,
        browser=(browser or "")[:200] or None,
    )
    db.session.add(session)
    return session, token


def renew(session: Session, instant: datetime) -> str:
    """Another token for a session whose owner proved again who it is: the old one is worth nothing from now on (ASVS 7.2.4)."""
    token = new_token()
    session.token_hash, session.proven_at, session.seen_at = token_hash(token), instant, instant
    return token


def find(token: str) -> Session | None:
    """The session of a token that has not been ended, with its person and unit; whether it is still fresh is another question."""
    return db.session.scalar(
        select(Session)
        .options(joinedload(Session.person).joinedload(Person.unit))
        .where(Session.token_hash == token_hash(token), Session.ended_at.is_(None))
    )


def limits(light: bool, limited: bool) -> tuple[timedelta, timedelta]:
    """How long a session may lie unused, and how long it lives at most."""
    if limited:
        return LIGHT_IDLE, LIMITED_LONGEST
    return (LIGHT_IDLE, LIGHT_LONGEST) if light else (IDLE, LONGEST)


def why_over(session: Session, actor: SignedIn, instant: datetime) -> Ended | None:
    """Which limit of such a person has passed; None for a session that is still fresh.

    A limited session ends at once when its person gets a role that can do harm.
    """
    limited = session.limited_to is not None
    if limited and not actor.is_light:
        return Ended.OTHER
    idle, longest = limits(actor.is_light, limited)
    if instant - session.began_at >= longest:
        return Ended.LONG
    return Ended.IDLE if instant - session.seen_at >= idle else None


def is_live(light: ColumnElement[bool], instant: datetime) -> ColumnElement[bool]:
    """``why_over`` as a condition: the sessions that are still fresh. ``light`` says whether their person is ``is_light``."""

    def fresh(*, light: bool, limited: bool) -> ColumnElement[bool]:
        idle, longest = limits(light, limited)
        return and_(Session.began_at > instant - longest, Session.seen_at > instant - idle)

    limited = Session.limited_to.is_not(None)
    whole = or_(and_(light, fresh(light=True, limited=False)), and_(not_(light), fresh(light=False, limited=False)))
    return and_(
        Session.ended_at.is_(None), or_(and_(limited, light, fresh(light=True, limited=True)), and_(not_(limited), whole))
    )


def is_waiting(session: Session, actor: SignedIn) -> bool:
    """Whether only the password was shown and the second step is still owed: nothing opens before it."""
    if session.second_factor or session.limited_to is not None:
        return False
    return actor.needs_second_factor or session.person.totp_secret is not None


def is_recent(session: Session, instant: datetime, *, sending: bool) -> bool:
    """Whether the proof of who one is is fresh enough to open a dangerous page, or to send its form."""
    return instant - session.proven_at < (RECENT_TO_SEND if sending else RECENT)


def opens(session: Session, path: str) -> bool:
    """Whether the session may open a path: a whole one every path, one from a letter only its own and what lies below."""
    return session.limited_to is None or any(
        path == root or path.startswith(root.rstrip("/") + "/") for root in session.limited_to
    )


def note_seen(session: Session, instant: datetime) -> None:
    """Writes down that the session was used, once a minute at most, and rather not than late."""
    if instant - session.seen_at >= NOTE_EVERY:
        noting(update(Session).where(Session.id == session.id, Session.ended_at.is_(None)).values(seen_at=instant))


def open_sessions(person_id: int) -> Sequence[Session]:
    """The sessions of a person that have not been ended, the one used last first."""
    return db.session.scalars(
        select(Session).where(Session.person_id == person_id, Session.ended_at.is_(None)).order_by(Session.seen_at.desc())
    ).all()


def end_all(person_id: int, instant: datetime, *, but: int | None = None) -> int:
    """Ends every session of a person, but for one; answers how many."""
    others = (Session.person_id == person_id, Session.ended_at.is_(None), *(() if but is None else (Session.id != but,)))
    ended: Any = db.session.execute(update(Session).where(*others).values(ended_at=instant))
    count: int = ended.rowcount
    return count


def purge(instant: datetime) -> int:
    """Removes what has been over for a month; answers how many. No session lives longer than ``LIGHT_LONGEST``."""
    ended: ColumnElement[bool] = and_(Session.ended_at.is_not(None), Session.ended_at < instant - KEPT)
    forgotten = Session.began_at < instant - LIGHT_LONGEST - KEPT
    gone = db.session.scalars(delete(Session).where(or_(ended, forgotten)).returning(Session.id)).all()
    return len(gone)
