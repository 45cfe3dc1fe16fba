"""A signed-in person as an actor: the grants in force today, own and as a deputy, and how far they reach."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, auto
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Select,
    SQLColumnExpression,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.orm import aliased

from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import LIGHT_ROLES, ROLES, SECOND_FACTOR_ROLES, UNLENDABLE, Role
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.units.models import Unit, UnitAncestry

Day = date | BindParameter[date]


class Reach(Enum):
    """How far a permission reaches: the shapes that a scope has in a statement."""

    NOWHERE = auto()
    UNITS = auto()
    EVERYWHERE = auto()


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
    """Who acts, with (role, unit) of every own grant in force on the day, and the grants lent to a deputy.

    ``tops`` are the units among these that have nothing above them, once they are all there are: whoever holds a permission
    in every one of them holds it everywhere, and no list need be asked which units that are.
    """

    username: str
    full_name: str
    person_id: int | None
    home_unit_id: int | None
    grants: tuple[tuple[Role, int], ...]
    lent: tuple[Lent, ...] = ()
    tops: frozenset[int] = frozenset()
    _above: dict[int, frozenset[int]] = field(default_factory=dict, compare=False, repr=False)

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
        return self._reaches(self.granted_units(permission), unit_id)

    def may_everywhere(self, permission: str) -> bool:
        """Whether the grants give the permission in the whole organisation."""
        return bool(self.tops) and self.tops <= set(self.granted_units(permission))

    def holds_above(self, roles: Collection[Role], unit_id: int) -> bool:
        """Whether one of the roles is held, in the own name, in the unit or above it."""
        return self._reaches([unit for role, unit in self.grants if role in roles], unit_id)

    def on_behalf_of(self, permission: str, unit_id: int | None) -> str | None:
        """User name of the person as whose deputy one holds the permission there; None when an own grant gives it."""
        if not self.lent or self._reaches([unit for role, unit in self.grants if permission in ROLES[role]], unit_id):
            return None
        lenders = (one for one in self.lent if permission in ROLES[one.role] and self._reaches([one.unit_id], unit_id))
        return next((one.principal for one in lenders), None)

    def know_above(self, unit_id: int, above: Collection[int]) -> None:
        """The unit with everything above it, from a statement that asked more: permissions there need no other one."""
        self._above.setdefault(unit_id, frozenset(above))

    def _reaches(self, granted: Collection[int], unit_id: int | None) -> bool:
        if not granted or unit_id is None or unit_id in granted:
            return bool(granted)
        if self.tops and self.tops.issubset(granted):  # ``may_everywhere``
            return True
        if unit_id not in self._above:  # a page asks a dozen permissions in one unit
            above = select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id == unit_id)
            self._above[unit_id] = frozenset(db.session.scalars(above))
        return not self._above[unit_id].isdisjoint(granted)


def in_force(today: Day, grant: type[Grant] = Grant) -> ColumnElement[bool]:
    """The grants that hold on a day; ``grant`` is another name of the table, where a statement has two."""
    return and_(or_(grant.valid_from.is_(None), grant.valid_from <= today), not_over(today, grant))


def not_over(today: Day, grant: type[Grant] = Grant) -> ColumnElement[bool]:
    """The grants that hold on a day or will hold later: neither ended nor taken back."""
    return and_(or_(grant.valid_to.is_(None), grant.valid_to >= today), grant.revoked_at.is_(None))


def deputises(today: Day) -> ColumnElement[bool]:
    """The deputies who stand in on a day."""
    return and_(Deputy.revoked_at.is_(None), Deputy.valid_from <= today, Deputy.valid_to >= today)


def lendable() -> ColumnElement[bool]:
    """The grants that a deputy gets: nobody lends what runs the installation (``UNLENDABLE``)."""
    return Grant.role.not_in(UNLENDABLE)


def held_by(person_id: int | BindParameter[int], today: Day) -> ColumnElement[bool]:
    """The grants that ``actor_of`` gives a person on a day: the own ones, and those lent to a deputy."""
    deputised = (
        select(Deputy.principal_id)
        .join(Person, Person.id == Deputy.principal_id)
        .where(Deputy.deputy_id == person_id, deputises(today), Person.disabled.is_(False))
    )
    return and_(or_(Grant.person_id == person_id, and_(Grant.person_id.in_(deputised), lendable())), in_force(today))


@cache
def _grants_held() -> Select[Any]:
    """The own grants of a person and those lent to it, with how many tops the tree has; written once, asked by every request."""
    person_id, today = bindparam("person_id", type_=Integer), bindparam("today", type_=Date)
    top = aliased(Unit)
    tops = select(func.count()).where(top.parent_id.is_(None)).scalar_subquery()
    return (
        select(Grant.role, Grant.unit_id, Grant.person_id, Person.username, Person.unit_id, Unit.parent_id, tops)
        .join(Person, Person.id == Grant.person_id)
        .join(Unit, Unit.id == Grant.unit_id)
        .where(held_by(person_id, today))
        .order_by(Grant.id)
    )


def actor_of(person: Person, today: date) -> SignedIn:
    """The person with the grants that are in force on ``today``, and those of the people whose deputy the person is then.

    A deputy of a deputy gets only what the first one holds in the own name; a disabled principal lends nothing.
    """
    rows = db.session.execute(_grants_held(), {"person_id": person.id, "today": today}).all()
    own = tuple((role, unit) for role, unit, owner, *_ in rows if owner == person.id)
    lent = tuple(Lent(role, unit, owner, name, home) for role, unit, owner, name, home, *_ in rows if owner != person.id)
    granted_tops = frozenset(unit for _role, unit, *_, parent, _tops in rows if parent is None)
    every_top = bool(rows) and len(granted_tops) == rows[0][-1]
    return SignedIn(
        person.username, person.full_name, person.id, person.unit_id, own, lent, granted_tops if every_top else frozenset()
    )


def visible_units(actor: Actor, permission: str) -> Select[int]:
    """The one scope: ids of the units in which the actor holds the permission, as a sub-select for every list and count."""
    if not isinstance(actor, SignedIn) or actor.may_everywhere(permission):
        return select(Unit.id)
    return select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_(actor.granted_units(permission)))


def in_visible_units(unit_id: SQLColumnExpression[Any], actor: Actor, permission: str) -> ColumnElement[bool]:
    """The same as a condition on a column; none at all for whoever sees the whole organisation."""
    if not isinstance(actor, SignedIn) or actor.may_everywhere(permission):
        return true()
    return unit_id.in_(visible_units(actor, permission))


def reach_of(actor: Actor, permission: str) -> Reach:
    """Which of the scopes a statement that is written once has to take for this actor."""
    if not actor.may(permission, None):
        return Reach.NOWHERE
    return Reach.EVERYWHERE if not isinstance(actor, SignedIn) or actor.may_everywhere(permission) else Reach.UNITS


def in_granted_units(unit_id: SQLColumnExpression[Any], permission: str) -> ColumnElement[bool]:
    """``in_visible_units`` of an actor whom a statement is asked with later (``granted``); for reach ``UNITS``."""
    units = bindparam(_granted(permission), type_=Integer, expanding=True)
    return unit_id.in_(select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_(units)))


def granted(actor: Actor, *permissions: str) -> dict[str, list[int]]:
    """The units in which an actor holds each permission, for the statements of ``in_granted_units``."""
    units = actor.granted_units if isinstance(actor, SignedIn) else lambda _permission: []
    return {_granted(permission): units(permission) for permission in permissions}


def _granted(permission: str) -> str:
    return f"granted_{permission}"
