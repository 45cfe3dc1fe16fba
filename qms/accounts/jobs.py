"""What runs once a day: accounts that nobody uses any more are closed, and what is over is cleared away."""

import logging
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import func, or_, select

from qms.accounts import sessions, throttle
from qms.accounts.actor import in_force
from qms.accounts.closing import close
from qms.accounts.holders import decide_alone
from qms.accounts.models import Grant, Person, Session
from qms.accounts.permissions import Permission, roles_with
from qms.accounts.service import KIND, code_of
from qms.kernel.days import local_day
from qms.kernel.db import db, writing
from qms.kernel.feature import Job, by_parts
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.trail.service import record

log = logging.getLogger(__name__)

IDLE_DAYS = 45
"""Level-2 systems: an account that nobody has used for so long is closed."""
LEFT, UNUSED, LAST_ADMINISTRATOR = "left", "unused", "last_administrator"
AT_ONCE = 200
"""How many accounts one transaction closes."""


def _daily(instant: datetime) -> str:
    return local_day(instant).isoformat()


def _run(_period: str, moment: Moment) -> str:
    closed = close_accounts(moment)
    with writing():
        old_sessions, old_throttles = sessions.purge(moment.instant), throttle.purge(moment.instant)
    return str(
        _(
            "Accounts closed: %(closed)s; sessions removed: %(sessions)s; counters of sign-ins removed: %(counters)s",
            closed=closed,
            sessions=old_sessions,
            counters=old_throttles,
        )
    )


JOBS = (Job("accounts", _l("Close accounts that nobody uses; clear ended sessions"), _daily, by_parts(_run)),)


def close_accounts(moment: Moment) -> int:
    """Disables whoever has left, and whoever has not used the account for 45 days; never the last administrator.

    An account grows old from the day it was last used, or from the day on which it could be used first. Whoever was never
    given a password, passkey or link has no account to close. Answers how many were closed.
    """
    closed = 0
    for reason, people in ((LEFT, _who_left(moment.today)), (UNUSED, _who_stayed_away(moment))):
        for start in range(0, len(people), AT_ONCE):
            with writing():
                closed += sum(_close(person_id, reason, moment) for person_id in people[start : start + AT_ONCE])
    return closed


def _who_left(today: date) -> Sequence[int]:
    return db.session.scalars(
        select(Person.id).where(Person.disabled.is_(False), Person.leaves_on.is_not(None), Person.leaves_on <= today)
    ).all()


def _who_stayed_away(moment: Moment) -> Sequence[int]:
    """Unused by the day of the last sign-in and by the last click: a session may live long."""
    clicked = select(Session.person_id).where(Session.seen_at > moment.instant - timedelta(days=IDLE_DAYS))
    return db.session.scalars(
        select(Person.id).where(
            Person.disabled.is_(False), Person.active_on <= moment.today - timedelta(days=IDLE_DAYS), Person.id.not_in(clicked)
        )
    ).all()


def _close(person_id: int, reason: str, moment: Moment) -> bool:
    """Closes one account, decided again under the lock; the last administrator stays, and the trail says so."""
    decide_alone()
    person = db.session.get(Person, person_id, with_for_update=True)
    if person is None or person.disabled:
        return False
    if _is_last_administrator(person, moment.today):
        log.warning("the account %s would be closed (%s), but nobody else manages accounts", person_id, reason)
        record(moment, KIND, code_of(person), "keep_open", unit_id=person.unit_id, reason=LAST_ADMINISTRATOR)
        return False
    close(person, reason, moment)
    db.session.flush()
    return True


def _is_last_administrator(person: Person, today: date) -> bool:
    """Whether nobody else could manage accounts: then closing this one would lock everybody out for ever."""
    managers = (
        select(func.count(Person.id.distinct()))
        .join(Grant, Grant.person_id == Person.id)
        .where(Person.disabled.is_(False), Grant.role.in_(roles_with(Permission.ACCOUNTS_MANAGE)), in_force(today))
    )
    is_one = db.session.scalar(managers.where(Person.id == person.id))
    others = db.session.scalar(managers.where(Person.id != person.id, or_(Person.leaves_on.is_(None), Person.leaves_on > today)))
    return bool(is_one) and not others
