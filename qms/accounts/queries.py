"""What pages about accounts show."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from qms.accounts import sessions
from qms.accounts.actor import SignedIn
from qms.accounts.models import Person, Session
from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.units.models import Unit


@dataclass(frozen=True)
class RoleInForce:
    """A role somebody has today; ``lender`` when it is somebody else's, lent to a deputy."""

    role: Role
    unit: str
    lender: str | None = None


def roles_in_force(actor: SignedIn) -> list[RoleInForce]:
    """Own roles and lent ones, with the units they hold in."""
    wanted = {unit for _role, unit in actor.grants} | {one.unit_id for one in actor.lent}
    units = dict(db.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(wanted))).all())
    lenders = {one.principal_id for one in actor.lent}
    names = dict(db.session.execute(select(Person.id, Person.full_name).where(Person.id.in_(lenders))).all())
    own = [RoleInForce(role, units[unit]) for role, unit in actor.grants]
    return own + [RoleInForce(one.role, units[one.unit_id], names[one.principal_id]) for one in actor.lent]


def live_sessions(person: Person, actor: SignedIn, instant: datetime) -> list[Session]:
    """The sessions of a person that would still open something, the one used last first."""
    return [one for one in sessions.open_sessions(person.id) if sessions.why_over(one, actor, instant) is None]


def own_session(person: Person, session_id: int) -> Session | None:
    """A session of that person."""
    return db.session.scalar(select(Session).where(Session.id == session_id, Session.person_id == person.id))
