"""One-time links: to set a first password, to reset it, or to what a letter is about. The verbs write; they never commit.

Only the hash of a token is stored. Looking at a link changes nothing (mail scanners look at every link); sending its form does.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from enum import Enum

from sqlalchemy import select

from qms.accounts.actor import actor_of
from qms.accounts.models import OneTimeLink, Person
from qms.accounts.service import KIND, code_of
from qms.accounts.sessions import new_token, token_hash
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.trail.service import record

INVITATION, RESET, LETTER = "invitation", "reset", "letter"
LIFETIMES = {INVITATION: timedelta(hours=72), RESET: timedelta(hours=1), LETTER: timedelta(days=7)}


class LinkState(Enum):
    """How a link stands at an instant."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    CLOSED = "closed"
    """The account is closed, or its person can do harm now and must sign in properly."""


def may_get_letter(person: Person, today: date) -> bool:
    """Whether a letter to the person may carry a link that signs in: only with roles that can do little harm."""
    return not person.disabled and actor_of(person, today).is_light


def make(
    person: Person, purpose: str, moment: Moment, *, limited_to: Sequence[str] | None = None, lifetime: timedelta | None = None
) -> str:
    """Makes a link and answers with its token, which is kept nowhere; the page is ``/link/<token>``.

    A new invitation or reset replaces the earlier ones. ``limited_to``: the paths a letter opens, the first is where it leads.
    Raises ``Refused`` for a closed account, and for a letter to somebody who can do harm.
    """
    if purpose not in LIFETIMES or (purpose == LETTER) != bool(limited_to):
        raise ValueError(f"no such link: {purpose} {limited_to}")
    refuse_if(
        Refusal("account_closed", _l("This account is closed.")) if person.disabled else None,
        Refusal("role_not_light", _l("Who can do harm must sign in; a letter carries no link that signs in."))
        if purpose == LETTER and not may_get_letter(person, moment.today)
        else None,
    )
    if purpose != LETTER:
        close_all(person, moment.instant, (INVITATION, RESET))
    if person.active_on is None:
        person.active_on = moment.today  # from here on an account that nobody uses grows old
    token = new_token()
    db.session.add(
        OneTimeLink(
            token_hash=token_hash(token),
            person_id=person.id,
            purpose=purpose,
            limited_to=list(limited_to) if limited_to else None,
            made_at=moment.instant,
            expires_at=moment.instant + (lifetime or LIFETIMES[purpose]),
        )
    )
    record(moment, KIND, code_of(person), "make_link", unit_id=person.unit_id, changes={"purpose": [None, purpose]})
    return token


def find(token: str) -> OneTimeLink | None:
    """The link of a token, whatever its state."""
    return db.session.scalar(select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token)))


def state_of(link: OneTimeLink, instant: datetime, today: date) -> LinkState:
    """Whether the link still opens something, and why not."""
    if link.used_at is not None:
        return LinkState.USED
    if link.expires_at <= instant:
        return LinkState.EXPIRED
    closed = link.person.disabled or (link.purpose == LETTER and not may_get_letter(link.person, today))
    return LinkState.CLOSED if closed else LinkState.OPEN


def consume(token: str, moment: Moment) -> OneTimeLink:
    """Uses the link up: a second time, also at the same instant, is refused. Raises ``Refused`` unless it is open."""
    link = db.session.scalar(select(OneTimeLink).where(OneTimeLink.token_hash == token_hash(token)).with_for_update())
    if link is None or state_of(link, moment.instant, moment.today) is not LinkState.OPEN:
        raise Refused([Refusal("link_shut", _l("This link has been used already, or its time is over."))])
    link.used_at = moment.instant
    record(moment, KIND, code_of(link.person), "use_link", unit_id=link.person.unit_id, changes={"purpose": [None, link.purpose]})
    return link


def close_all(person: Person, instant: datetime, purposes: Collection[str] = tuple(LIFETIMES)) -> None:
    """Every link of the person that is still open leads nowhere from now on; the deed that closes them tells the trail."""
    still_open = select(OneTimeLink).where(
        OneTimeLink.person_id == person.id,
        OneTimeLink.purpose.in_(purposes),
        OneTimeLink.used_at.is_(None),
        OneTimeLink.expires_at > instant,
    )
    with db.session.no_autoflush:  # what the deed has changed so far goes to the database with the rest
        found = db.session.scalars(still_open).all()
    for link in found:
        link.expires_at = instant
