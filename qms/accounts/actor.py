"""A signed-in person as an actor: the grants in force today, own and as a deputy, and how far they reach."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, exists, or_, select

from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import LIGHT_ROLES, ROLES, SECOND_FACTOR_ROLES, UNLENDABLE, Role
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.units.models import Unit, UnitAncestry


@dataclass(frozen=True)
class Lent:
    """A grant of somebody else that a deputy has for a period."""

    role: Role
    unit_id: int
    principal_id: int
    principal: str
    """User name of the person the grant belongs to."""
    principal_unit_id: int


@dataclass(frozen=True)
class SignedIn:
    """Who acts, with (role, unit) of every own grant in force on the day, and the grants lent to a deputy."""

    username: str
    full_name: str
    person_id: int | None
    home_unit_id: int | None
    grants: tuple[tuple[Role, int], ...]
    lent: tuple[Lent, ...] = ()

    @property
    def roles(self) -> frozenset[Role]:
        """Every role in force, own or lent."""
        return frozenset(role for role, _unit in self.grants) | {one.role for one in self.lent}

    @property
    def is_light(self) -> bool:
        """Whether the person can do little harm, so that signing in may be easy."""
        return self.roles <= LIGHT_ROLES

    @property
    def needs_second_factor(self) -> bool:
        """Whether nothing opens before a second factor."""
        return bool(self.roles & SECOND_FACTOR_ROLES)

    @property
    def identities(self) -> frozenset[int]:
        """The own id and those of the people one is a deputy of."""
        own = () if self.person_id is None else (self.person_id,)
        return frozenset((*own, *(one.principal_id for one in self.lent)))

    @property
    def home_units(self) -> frozenset[int]:
        """The own unit and those of the people one is a deputy of."""
        own = () if self.home_unit_id is None else (self.home_unit_id,)
        return frozenset((*own, *(one.principal_unit_id for one in self.lent)))

    def granted_units(self, permission: str) -> list[int]:
        """The units in which a grant gives the permission; it reaches everything below them."""
        own = [unit_id for role, unit_id in self.grants if permission in ROLES[role]]
        return own + [one.unit_id for one in self.lent if permission in ROLES[one.role]]

    def may(self, permission: str, unit_id: int | None) -> bool:
        """Whether a grant gives the permission in that unit or above it; None asks for anywhere."""
        return _reaches(self.granted_units(permission), unit_id)

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        """User name of the person as whose deputy one holds the permission there; None when an own grant gives it."""
        if not self.lent or _reaches([unit for role, unit in self.grants if permission in ROLES[role]], unit_id):
            return None
        lenders = (one for one in self.lent if permission in ROLES[one.role] and _reaches([one.unit_id], unit_id))
        return next((one.principal for one in lenders), None)


def _reaches(granted: list[int], unit_id: int | None) -> bool:
    if not granted or unit_id is None or unit_id in granted:
        return bool(granted)
    reached = exists().where(UnitAncestry.unit_id == unit_id, UnitAncestry.ancestor_id.in_(granted))
    return bool(db.session.scalar(select(reached)))


def in_force(today: date) -> ColumnElement[bool]:
    """The grants that hold on a day."""
    return and_(or_(Grant.valid_from.is_(None), Grant.valid_from <= today), not_over(today))


def not_over(today: date) -> ColumnElement[bool]:
    """The grants that hold on a day or will hold later: neither ended nor taken back."""
    return and_(or_(Grant.valid_to.is_(None), Grant.valid_to >= today), Grant.revoked_at.is_(None))


def deputises(today: date) -> ColumnElement[bool]:
    """The deputies who stand in on a day."""
    return and_(Deputy.revoked_at.is_(None), Deputy.valid_from <= today, Deputy.valid_to >= today)


def lendable() -> ColumnElement[bool]:
    """The grants that a deputy gets: nobody lends what runs the installation (``UNLENDABLE``)."""
    return Grant.role.not_in(UNLENDABLE)


def actor_of(person: Person, today: date) -> SignedIn:
    """The person with the grants that are in force on ``today``, and those of the people whose deputy the person is then.

    A deputy of a deputy gets only what the first one holds in the own name; a disabled principal lends nothing.
    """
    deputised = (
        select(Deputy.principal_id)
        .join(Person, Person.id == Deputy.principal_id)
        .where(Deputy.deputy_id == person.id, deputises(today), Person.disabled.is_(False))
    )
    rows = db.session.execute(
        select(Grant.role, Grant.unit_id, Grant.person_id, Person.username, Person.unit_id)
        .join(Person, Person.id == Grant.person_id)
        .where(or_(Grant.person_id == person.id, and_(Grant.person_id.in_(deputised), lendable())), in_force(today))
        .order_by(Grant.id)
    ).all()
    own = tuple((role, unit) for role, unit, owner, _name, _home in rows if owner == person.id)
    lent = tuple(Lent(role, unit, owner, name, home) for role, unit, owner, name, home in rows if owner != person.id)
    return SignedIn(person.username, person.full_name, person.id, person.unit_id, own, lent)


def visible_units(actor: Actor, permission: str) -> Select[int]:
    """The one scope: ids of the units in which the actor holds the permission, as a sub-select for every list and count."""
    if isinstance(actor, SignedIn):
        return select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_(actor.granted_units(permission))).distinct()
    return select(Unit.id)
