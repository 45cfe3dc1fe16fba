"""A signed-in person as an actor: the grants in force today, and how far they reach."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Select, exists, select

from qms.accounts.models import Grant, Person
from qms.accounts.permissions import ROLES, Role
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.units.models import Unit, UnitAncestry


@dataclass(frozen=True)
class SignedIn:
    """Who acts, with (role, unit) of every grant in force on the day."""

    username: str
    full_name: str
    person_id: int | None
    home_unit_id: int | None
    grants: tuple[tuple[Role, int], ...]

    def granted_units(self, permission: str) -> list[int]:
        """The units in which a grant gives the permission; it reaches everything below them."""
        return [unit_id for role, unit_id in self.grants if permission in ROLES[role]]

    def may(self, permission: str, unit_id: int | None) -> bool:
        """Whether a grant gives the permission in that unit or above it; None asks for anywhere."""
        granted = self.granted_units(permission)
        if not granted or unit_id is None or unit_id in granted:
            return bool(granted)
        reached = exists().where(UnitAncestry.unit_id == unit_id, UnitAncestry.ancestor_id.in_(granted))
        return bool(db.session.scalar(select(reached)))


def actor_of(person: Person, today: date) -> SignedIn:
    """The person with the grants that are in force on ``today``."""
    grants = db.session.execute(
        select(Grant.role, Grant.unit_id)
        .where(
            Grant.person_id == person.id,
            (Grant.valid_from.is_(None)) | (Grant.valid_from <= today),
            (Grant.valid_to.is_(None)) | (Grant.valid_to >= today),
        )
        .order_by(Grant.id)
    )
    return SignedIn(person.username, person.full_name, person.id, person.unit_id, tuple((role, unit) for role, unit in grants))


def visible_units(actor: Actor, permission: str) -> Select[int]:
    """The one scope: ids of the units in which the actor holds the permission, as a sub-select for every list and count."""
    if isinstance(actor, SignedIn):
        return select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_(actor.granted_units(permission))).distinct()
    return select(Unit.id)
