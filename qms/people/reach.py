"""How far people reach, in a statement each: who looks after whom, and who else could."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Select, exists, func, or_, select

from qms.accounts.actor import SignedIn, in_force, not_over, visible_units
from qms.accounts.models import Deputy, DirectoryIdentity, Grant, Passkey, Person
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.units.models import UnitAncestry


def reaches_all(actor: Actor, permission: Permission, unit_ids: Collection[int]) -> bool:
    """Whether the actor holds the permission in every one of the units."""
    wanted = set(unit_ids)
    if not wanted or not isinstance(actor, SignedIn):
        return True
    seen = select(func.count()).select_from(
        select(UnitAncestry.unit_id)
        .where(UnitAncestry.unit_id.in_(wanted), UnitAncestry.unit_id.in_(visible_units(actor, permission)))
        .distinct()
        .subquery()
    )
    return db.session.scalar(seen) == len(wanted)


def holds_above(actor: Actor, role_permission: Permission, unit_id: int) -> bool:
    """Whether the actor holds, in the own name, a role with that permission in the unit or above it."""
    if not isinstance(actor, SignedIn):
        return True
    granted = [unit for role, unit in actor.grants if role in roles_with(role_permission)]
    above = exists().where(UnitAncestry.unit_id == unit_id, UnitAncestry.ancestor_id.in_(granted))
    return bool(granted) and bool(db.session.scalar(select(above)))


def units_of_rights(person: Person, today: date) -> set[int]:
    """The units of every role that the person has or will have, and of those lent to the person: what an account gives away."""
    lent = select(Deputy.principal_id).where(Deputy.deputy_id == person.id, Deputy.revoked_at.is_(None), Deputy.valid_to >= today)
    held = select(Grant.unit_id).where(or_(Grant.person_id == person.id, Grant.person_id.in_(lent)), not_over(today))
    return set(db.session.scalars(held))


def is_only_administrator(person: Person, today: date) -> bool:
    """Whether a unit would be left without anybody who can sign in and give roles, were this person gone."""
    giving = roles_with(Permission.GRANTS_GIVE)
    own = select(Grant.unit_id).where(Grant.person_id == person.id, Grant.role.in_(giving), in_force(today))
    return any(not administered_by_others(unit_id, giving, person.id, today) for unit_id in set(db.session.scalars(own)))


def administered_by_others(unit_id: int, roles: Collection[Role], person_id: int, today: date) -> bool:
    """Whether somebody else, who can sign in and stays, holds such a role in the unit or above it."""
    comes_in = or_(
        Person.password_hash.is_not(None),
        exists().where(Passkey.person_id == Person.id),
        exists().where(DirectoryIdentity.person_id == Person.id),
    )
    others = (
        select(Grant.id)
        .join(Person, Person.id == Grant.person_id)
        .join(UnitAncestry, UnitAncestry.ancestor_id == Grant.unit_id)
        .where(
            UnitAncestry.unit_id == unit_id,
            Grant.role.in_(roles),
            Grant.person_id != person_id,
            in_force(today),
            Person.disabled.is_(False),
            Person.leaves_on.is_(None),
            comes_in,
        )
    )
    return db.session.scalar(select(others.exists())) or False


def above(unit_id: int) -> Select[int]:
    """The unit and everything above it."""
    return select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id == unit_id)


def met_roles(person_id: int, unit_id: int, valid_from: date, valid_to: date | None) -> set[Role]:
    """The roles of a person that meet a period in a unit, above it or below it."""
    below = select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id == unit_id)
    query = select(Grant.role).where(
        Grant.person_id == person_id, not_over(valid_from), or_(Grant.unit_id.in_(above(unit_id)), Grant.unit_id.in_(below))
    )
    if valid_to is not None:
        query = query.where(or_(Grant.valid_from.is_(None), Grant.valid_from <= valid_to))
    return set(db.session.scalars(query))
