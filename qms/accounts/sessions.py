"""Sessions: kept in the database, found by the hash of the cookie's token, ended everywhere at once."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from qms.accounts.models import Person, Session
from qms.kernel.db import db
from qms.kernel.moment import Moment

IDLE = timedelta(minutes=15)
"""Level-2 systems: a session that can do harm locks after a quarter of an hour without a click."""
LONGEST = timedelta(hours=12)
LIGHT_IDLE = timedelta(hours=9)
LIGHT_LONGEST = timedelta(days=30)
"""Whoever can do little harm stays signed in on the own machine."""
NOTE_EVERY = timedelta(minutes=1)
"""How exactly "last seen" is kept, so that reading rarely writes."""


def token_hash(token: str) -> str:
    """What the database keeps of a token: its SHA-256, as tokens are random and long."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(
    person: Person, moment: Moment, *, browser: str | None, second_factor: bool = False, limited_to: list[str] | None = None
) -> tuple[Session, str]:
    """A new session and its token, which only the cookie will hold."""
    token = secrets.token_urlsafe(32)
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
    person.active_on = moment.today
    return session, token


def find(token: str) -> Session | None:
    """The session of a token that has not been ended, with its person; whether it is still fresh is another question."""
    return db.session.scalar(
        select(Session)
        .options(joinedload(Session.person))
        .where(Session.token_hash == token_hash(token), Session.ended_at.is_(None))
    )


def is_fresh(session: Session, light: bool, instant: datetime) -> bool:
    """Whether neither the idle nor the absolute limit of such a person has passed."""
    idle, longest = (LIGHT_IDLE, LIGHT_LONGEST) if light else (IDLE, LONGEST)
    return instant - session.seen_at < idle and instant - session.began_at < longest


def open_sessions(person_id: int) -> Sequence[Session]:
    """The sessions of a person that have not been ended, the one used last first."""
    return db.session.scalars(
        select(Session).where(Session.person_id == person_id, Session.ended_at.is_(None)).order_by(Session.seen_at.desc())
    ).all()


def end_all(person_id: int, instant: datetime, *, but: int | None = None) -> int:
    """Ends every session of a person, but for one; answers how many."""
    ended = [session for session in open_sessions(person_id) if session.id != but]
    for session in ended:
        session.ended_at = instant
    return len(ended)
