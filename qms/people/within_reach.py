"""The one way to find a person whom a record names: the owner of an action, a lead auditor, a deputy, a receiver.

A record of a unit may name the people of the agency that the unit belongs to, and whoever holds a role in force in the unit or
above it. Whoever is not within reach does not exist: an unknown user name and one of another agency get the same answer, word
for word, and nothing of another agency's people is shown (5.3; Law 91/2025 on personal data: no more than the purpose needs).
"""

from collections.abc import Collection, Hashable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, Select, exists, or_, select
from sqlalchemy.orm import aliased

from qms.accounts.actor import in_force
from qms.accounts.models import Grant, Person
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.refusal import Refusal
from qms.kernel.text import nfc
from qms.people.reach import above
from qms.units.models import Unit, UnitAncestry
from qms.units.queries import depth_of

U = TypeVar("U", bound=Hashable)


def within_reach(unit_id: int, today: date) -> Select[Person]:
    """The people whom a record of the unit may name, disabled ones too: the rules say why one of them cannot be chosen."""
    serves = exists().where(Grant.person_id == Person.id, Grant.unit_id.in_(above(unit_id)), in_force(today))
    return select(Person).where(or_(Person.unit_id.in_(_area(unit_id)), serves))


def find_within_reach(username: str, unit_id: int, today: date) -> Person | None:
    """The person of that user name whom a record of the unit may name; anybody else does not exist."""
    return db.session.scalar(within_reach(unit_id, today).where(Person.username == nfc(username).strip()))


def is_within_reach(person: Person, unit_id: int, today: date) -> bool:
    """Whether a record of the unit may name the person: what every verb asks that is handed one."""
    if person.unit_id == unit_id:
        return True
    return db.session.scalar(select(within_reach(unit_id, today).where(Person.id == person.id).exists())) or False


def nobody(username: str) -> Refusal:
    """What is said of a user name that nobody has, and of one that somebody out of reach has."""
    return Refusal("person_unknown", _l("There is nobody with the username %(username)s.", username=username))


def unless_within_reach(person: Person, unit_id: int, today: date) -> Refusal | None:
    """The rule of the verbs: a record names nobody who is out of its reach."""
    return None if is_within_reach(person, unit_id, today) else nobody(person.username)


@dataclass(frozen=True)
class Reach(Generic[U]):
    """The same answer for many units and people at once, for take-overs; a unit is named by its id, or by its code."""

    above: Mapping[U, Collection[U]]
    """Unit → itself and every unit above it."""
    heads: Collection[U]
    """The units that head an area: agencies, and the top of the tree."""
    homes: Mapping[str, U]
    """User name → unit of the person."""
    serving: Mapping[str, Collection[U]]
    """User name → units in which the person holds a role in force."""

    def reaches(self, unit: U, username: str) -> bool:
        """Whether a record of the unit may name the person of that user name."""
        home = self.homes.get(username)
        if home is None:
            return False
        return self._area(home) == self._area(unit) or not set(self.above[unit]).isdisjoint(self.serving.get(username, ()))

    def _area(self, unit: U) -> U:
        # the nearest head is the one below all the others
        return max((one for one in self.above[unit] if one in self.heads), key=lambda one: len(self.above[one]))


def _heads_an_area() -> ColumnElement[bool]:
    """An agency, or the top of the tree for units that belong to none."""
    return or_(Unit.agency.is_(True), Unit.parent_id.is_(None))


def _area(unit_id: int) -> Select[int]:
    """The units of the agency that the unit belongs to, without the agencies below that one."""
    path = select(Unit.id).join(UnitAncestry, UnitAncestry.ancestor_id == Unit.id).where(UnitAncestry.unit_id == unit_id)
    head_id = path.where(_heads_an_area()).order_by(depth_of(Unit.id).desc()).limit(1).scalar_subquery()
    between, under = aliased(UnitAncestry), aliased(UnitAncestry)
    own_agency = exists().where(
        between.unit_id == UnitAncestry.unit_id,
        between.ancestor_id != head_id,
        Unit.id == between.ancestor_id,
        Unit.agency.is_(True),
        under.unit_id == between.ancestor_id,
        under.ancestor_id == head_id,
    )
    return select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id == head_id, ~own_agency)
