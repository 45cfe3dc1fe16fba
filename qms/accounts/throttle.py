"""How often somebody may try: counted in the database, so that all workers share it. The functions write; they never commit.

An attempt is counted before it is looked at, so that many at once do not slip through; a success gives it back.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Network, ip_address

from sqlalchemy import ColumnElement, Update, case, delete, exists, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm.attributes import flag_modified

from qms.accounts.models import Throttle
from qms.kernel.db import UtcDateTime, db

MOST_FAILURES = 5
"""Level-2 systems: an account locks after five failures."""
LOCK = timedelta(minutes=15)
LONGEST_LOCK = timedelta(hours=1)
MOST_DOUBLINGS = 10
"""Far beyond the longest lock: whoever keeps failing for days must not make the span larger than a span can be."""
FORGET_AFTER = timedelta(days=1)
"""A day without a failure clears the account."""
SOURCE_LIMIT, SOURCE_WINDOW = 50, timedelta(minutes=15)
"""For one address; a ward of a hundred officials may sit behind it, and a success does not count."""
KEPT = timedelta(days=2)


@dataclass(frozen=True)
class Attempt:
    """How an attempt stands: whether it may be looked at, and until when the subject is locked should it fail."""

    allowed: bool
    locks_until: datetime | None = None


def account(username: str) -> str:
    """The subject of sign-ins to a user name, whether there is such an account or not."""
    return f"account:{username}"


def device(number: str) -> str:
    """The subject of sign-ins from a browser that the person has used before."""
    return f"device:{number}"


def second_step(person_id: int) -> str:
    """The subject of codes typed for an account whose password was right."""
    return f"second step:{person_id}"


def source(address: str | None) -> str:
    """The subject of an address; of IPv6 the network, as one machine has all of its addresses."""
    try:
        parsed = ip_address(address or "")
    except ValueError:
        return f"source:{address}"
    return f"source:{IPv6Network((parsed, 64), strict=False)}" if parsed.version == 6 else f"source:{parsed}"


def strike(subject: str, instant: datetime) -> Attempt:
    """Counts an attempt at an account: five may fail, then it is locked for 15 minutes, later for up to an hour.

    An attempt during a lock is not looked at and not counted, so no lock is made longer from outside.
    """
    row = _row(subject, instant)
    if row.locked_until is not None and row.locked_until > instant:
        flag_modified(row, "failures")  # written as ever: the time of the answer must not tell that there is a lock
        return Attempt(allowed=False)
    if instant - row.failed_at > FORGET_AFTER:
        row.failures = 0
    row.failures += 1
    row.failed_at = instant
    locks, rest = divmod(row.failures, MOST_FAILURES)
    row.locked_until = instant + min(LOCK * 2 ** min(locks - 1, MOST_DOUBLINGS), LONGEST_LOCK) if rest == 0 else None
    return Attempt(allowed=True, locks_until=row.locked_until)


def allow(subject: str, limit: int, window: timedelta, instant: datetime) -> bool:
    """Counts a use of something that is limited (``limit`` times in ``window``), and answers whether it is within."""
    over = Throttle.failed_at <= instant - window
    counted = {
        "failures": case((over, 1), else_=Throttle.failures + 1),
        "failed_at": case((over, literal(instant, UtcDateTime())), else_=Throttle.failed_at),
    }
    made = _insert(subject, 1, instant).on_conflict_do_update(index_elements=[Throttle.subject], set_=counted)
    return db.session.scalars(made.returning(Throttle.failures)).one() <= limit


def allow_source(address: str | None, instant: datetime) -> bool:
    """Counts an attempt from an address, and answers whether it may still try."""
    return allow(source(address), SOURCE_LIMIT, SOURCE_WINDOW, instant)


def clear(subject: str) -> None:
    """Forgets the failures of a subject: it succeeded, or somebody reset the password."""
    db.session.execute(_of(subject).values(failures=0, locked_until=None))


def counts(subject: str) -> ColumnElement[bool]:
    """Whether failures of a subject are kept, for a statement that asks more."""
    return exists().where(Throttle.subject == _hash(subject))


def give_back(subject: str) -> None:
    """Takes one counted attempt back, as it succeeded."""
    db.session.execute(_of(subject).where(Throttle.failures > 0).values(failures=Throttle.failures - 1))


def purge(instant: datetime) -> int:
    """Removes what has healed; answers how many rows."""
    gone: Sequence[str] = db.session.scalars(
        delete(Throttle).where(Throttle.failed_at < instant - KEPT).returning(Throttle.subject)
    ).all()
    return len(gone)


def _row(subject: str, instant: datetime) -> Throttle:
    """The row of a subject, made when it is new, and held until the transaction ends: others wait their turn."""
    made = _insert(subject, 0, instant)
    held = made.on_conflict_do_update(index_elements=[Throttle.subject], set_={"failures": Throttle.failures})
    row: Throttle = db.session.scalars(held.returning(Throttle), execution_options={"populate_existing": True}).one()
    return row


def _insert(subject: str, failures: int, instant: datetime) -> sqlite.Insert | postgresql.Insert:
    dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
    made: sqlite.Insert | postgresql.Insert = dialect.insert(Throttle)
    return made.values(subject=_hash(subject), failures=failures, failed_at=instant)


def _of(subject: str) -> Update:
    return update(Throttle).where(Throttle.subject == _hash(subject))


def _hash(subject: str) -> str:
    return hashlib.sha256(subject.encode()).hexdigest()
