"""How an account stands, as the rules and its page ask: everything in one statement."""

from sqlalchemy import ColumnElement, exists, func, not_, select

from qms.accounts import sessions
from qms.accounts.actor import SignedIn, held_by
from qms.accounts.models import DirectoryIdentity, Grant, Passkey, Person, Session
from qms.accounts.permissions import LIGHT_ROLES, Permission
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.together import listed
from qms.people.estate import count_of
from qms.people.reach import above, is_only_administrator, reaches_all
from qms.people.rules import Standing


def standing_of(person: Person, moment: Moment, permission: Permission) -> Standing:
    """What the rules ask about an account, as whoever acts with that permission sees it."""
    identity = DirectoryIdentity.person_id == person.id
    live = sessions.is_live(_is_light(person, moment), moment.instant)
    found = db.session.execute(
        select(
            reaches_all(person.id, moment.person, permission, moment.today).label("within_reach"),
            is_only_administrator(person, moment.today).label("only_administrator"),
            select(func.count()).where(Session.person_id == person.id, live).scalar_subquery().label("open_sessions"),
            exists().where(Passkey.person_id == person.id).label("has_passkey"),
            exists().where(identity).label("comes_by_directory"),
            select(func.max(DirectoryIdentity.untold)).where(identity).scalar_subquery().label("untold"),
            count_of(person.id).scalar_subquery().label("holdings"),
            listed(above(person.unit_id)).label("above"),
        )
    ).one()
    if isinstance(moment.person, SignedIn):
        moment.person.know_above(person.unit_id, found.above)
    return Standing(
        person=person,
        today=moment.today,
        is_oneself=person.id in moment.person.identities,
        within_reach=found.within_reach,
        only_administrator=found.only_administrator,
        open_sessions=found.open_sessions,
        # a doubted passkey counts: an administrator takes it away
        has_second_factor=person.totp_secret is not None or found.has_passkey,
        comes_by_directory=found.comes_by_directory,
        untold=found.untold,
        holdings=found.holdings,
    )


def _is_light(person: Person, moment: Moment) -> ColumnElement[bool]:
    """``SignedIn.is_light`` of the person."""
    return not_(exists().where(held_by(person.id, moment.today), Grant.role.not_in(LIGHT_ROLES)))
