"""Who holds a role where, set-based: the same answer as ``actor_of`` and ``may`` give for one person, for everybody at once."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import Subquery, func, literal, select, union_all
from sqlalchemy.orm import aliased

from qms.accounts.actor import Day, deputises, in_force, lendable
from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.units.models import UnitAncestry
from qms.units.queries import depth_of

ADMINISTRATORS = 7_241_004
"""Number of the lock under which administrators are taken away, on PostgreSQL."""


def holders(roles: Collection[Role], today: Day) -> Subquery:
    """``person_id``, ``role``, ``unit_id`` of every grant of these roles in force, and again for each deputy of its holder.

    People who are disabled hold nothing and lend nothing.
    """
    own = (
        select(Grant.person_id.label("person_id"), Grant.role.label("role"), Grant.unit_id.label("unit_id"))
        .join(Person, Person.id == Grant.person_id)
        .where(Grant.role.in_(roles), in_force(today), Person.disabled.is_(False))
    )
    deputy, principal = aliased(Person), aliased(Person)
    lent = (
        select(Deputy.deputy_id, Grant.role, Grant.unit_id)
        .join(Grant, Grant.person_id == Deputy.principal_id)
        .join(deputy, deputy.id == Deputy.deputy_id)
        .join(principal, principal.id == Deputy.principal_id)
        .where(
            Grant.role.in_(roles),
            lendable(),
            in_force(today),
            deputises(today),
            deputy.disabled.is_(False),
            principal.disabled.is_(False),
        )
    )
    return own.union(lent).subquery("holders")


def identities(today: Day) -> Subquery:
    """``person_id``, ``identity_id``, ``home_unit_id``: everybody with the people whose work counts as the own one.

    These are oneself and whoever lends grants to oneself as a deputy; nobody judges either.
    """
    own = select(Person.id.label("person_id"), Person.id.label("identity_id"), Person.unit_id.label("home_unit_id"))
    lenders = (
        select(Deputy.deputy_id, Deputy.principal_id, Person.unit_id)
        .join(Person, Person.id == Deputy.principal_id)
        .where(
            deputises(today),
            Person.disabled.is_(False),
            select(literal(1)).where(Grant.person_id == Deputy.principal_id, lendable(), in_force(today)).exists(),
        )
    )
    return union_all(own, lenders).subquery("identities")


def nearest(unit_id: int, roles: Collection[Role], today: date) -> list[int]:
    """Ids of the people who hold one of the roles in the unit, or else in the lowest unit above it where somebody does.

    The deeper a grant, the nearer its holder.
    """
    held = holders(roles, today)
    reaching = (
        select(held.c.person_id, func.rank().over(order_by=depth_of(held.c.unit_id).desc()).label("place"))
        .join(UnitAncestry, UnitAncestry.ancestor_id == held.c.unit_id)
        .where(UnitAncestry.unit_id == unit_id)
        .subquery()
    )
    query = select(reaching.c.person_id).where(reaching.c.place == 1).distinct().order_by(reaching.c.person_id)
    return list(db.session.scalars(query))


def deputies_of(person_id: int, today: date) -> list[int]:
    """Ids of the people who are deputies of this one now."""
    query = (
        select(Deputy.deputy_id)
        .join(Person, Person.id == Deputy.deputy_id)
        .where(Deputy.principal_id == person_id, deputises(today), Person.disabled.is_(False))
        .order_by(Deputy.deputy_id)
    )
    return list(dict.fromkeys(db.session.scalars(query)))


def decide_alone() -> None:
    """Keeps others who take an administrator away waiting until the transaction ends; SQLite has one writer anyway.

    Otherwise two administrators who shut each other out at the same instant would each find the other one still there.
    """
    if db.engine.dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(ADMINISTRATORS)))
