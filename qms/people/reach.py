"""How far people reach: who looks after whom, and who else could; most of it as conditions, to be asked with others at once."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, exists, not_, or_, select, true
from sqlalchemy.orm import aliased

from qms.accounts.actor import SignedIn, in_force, not_over, visible_units
from qms.accounts.models import Deputy, DirectoryIdentity, Grant, Passkey, Person
from qms.accounts.permissions import UNLENDABLE, Permission, Role, roles_with
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.units.models import UnitAncestry


def reaches_all(
    person_id: int | SQLColumnExpression[int],
    actor: Actor,
    permission: Permission,
    today: date,
    *counted: ColumnElement[bool],
) -> ColumnElement[bool]:
    """Whether the actor holds the permission in every unit of the person's rights: what an account gives away.

    These are the units of every role that the person has or will have, and of those lent to the person; ``counted`` says which
    of these roles count, where not all of them do.
    """
    if not isinstance(actor, SignedIn) or actor.may_everywhere(permission):
        return true()
    lent = select(Deputy.principal_id).where(Deputy.deputy_id == person_id, Deputy.revoked_at.is_(None), Deputy.valid_to >= today)
    beyond = exists().where(
        or_(Grant.person_id == person_id, Grant.person_id.in_(lent.correlate(Person))),
        not_over(today),
        Grant.unit_id.not_in(visible_units(actor, permission)),
        *counted,
    )
    return not_(beyond)


def holds_above(actor: Actor, role_permission: Permission, unit_id: int) -> bool:
    """Whether the actor holds, in the own name, a role with that permission in the unit or above it."""
    return not isinstance(actor, SignedIn) or actor.holds_above(roles_with(role_permission), unit_id)


def is_only_administrator(person: Person, today: date) -> ColumnElement[bool]:
    """Whether a unit would be left without anybody who can sign in and give roles, were this person gone."""
    giving, own = roles_with(Permission.GRANTS_GIVE), aliased(Grant)
    alone = not_(administered_by_others(own.unit_id, giving, person.id, today))
    return exists().where(own.person_id == person.id, own.role.in_(giving), in_force(today, own), alone)


def administered_by_others(
    unit_id: int | SQLColumnExpression[int], roles: Collection[Role], person_id: int, today: date
) -> ColumnElement[bool]:
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
    return others.exists()


def above(unit_id: int) -> Select[int]:
    """The unit and everything above it."""
    return select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id == unit_id)


def met_roles(person_id: int, unit_id: int, valid_from: date, valid_to: date | None) -> set[Role]:
    """The roles of a person that meet a period in a unit, above it or below it."""
    return set(db.session.scalars(roles_met(person_id, unit_id, valid_from, valid_to)))


def roles_met(person_id: int, unit_id: int, valid_from: date, valid_to: date | None) -> Select[Role]:
    """The same as a select, for a statement that asks more."""
    return select(Grant.role).where(Grant.person_id == person_id, _meets(unit_id, Grant, valid_from, valid_to))


def roles_that_meet(principal_id: int, deputy_id: int, valid_from: date, valid_to: date) -> list[tuple[Role, Role]]:
    """Each role that a deputy would be lent beside each own one that meets it in the period, in the order of the grants."""
    lent = aliased(Grant)
    query = (
        select(lent.role, Grant.role)
        .join(Grant, _meets(lent.unit_id, Grant, valid_from, valid_to))
        .where(
            lent.person_id == principal_id, lent.role.not_in(UNLENDABLE), not_over(valid_from, lent), Grant.person_id == deputy_id
        )
        .order_by(lent.id, Grant.id)
    )
    return [(role, own) for role, own in db.session.execute(query)]


def _meets(
    unit_id: int | SQLColumnExpression[int], grant: type[Grant], valid_from: date, valid_to: date | None
) -> ColumnElement[bool]:
    """The grants that meet a period in a unit, above it or below it."""
    below = select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id == unit_id)
    over = select(UnitAncestry.ancestor_id).where(UnitAncestry.unit_id == unit_id)
    place = or_(grant.unit_id.in_(over), grant.unit_id.in_(below))
    begun = true() if valid_to is None else or_(grant.valid_from.is_(None), grant.valid_from <= valid_to)
    return and_(not_over(valid_from, grant), place, begun)
