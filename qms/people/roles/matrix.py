"""The matrix of roles and permissions, made of the tables that gate and workflows enforce; page and documentation print it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import LazyString
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased, joinedload

from qms.accounts.actor import not_over, visible_units
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import DUTIES, LIGHT_ROLES, ROLES, SECOND_FACTOR_ROLES, TITLES, UNLENDABLE, Permission, Role
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.workflow import Workflow
from qms.people.deeds import DEEDS
from qms.people.rules import INCOMPATIBLE, kept_apart
from qms.units.models import Unit, UnitAncestry


@dataclass(frozen=True)
class RoleColumn:
    """A role with what its holder must or may do to come in."""

    role: Role
    duty: LazyString
    light: bool
    second_factor: bool
    lendable: bool


@dataclass(frozen=True)
class PermissionRow:
    """A permission with its sentence, the roles that carry it, and the steps that ask for it."""

    permission: Permission
    title: LazyString
    roles: frozenset[Role]
    steps: tuple[str, ...]


@dataclass(frozen=True)
class Combination:
    """Two duties that are kept apart, met in one person, with the reason that was given."""

    person: Person
    roles: tuple[Role, Role]
    unit: Unit
    reason: str | None


def columns() -> list[RoleColumn]:
    """Every role."""
    return [
        RoleColumn(role, DUTIES[role], role in LIGHT_ROLES, role in SECOND_FACTOR_ROLES, role not in UNLENDABLE) for role in Role
    ]


def rows(workflows: Iterable[Workflow]) -> list[PermissionRow]:
    """Every permission, with the steps of records and the deeds on accounts that ask for it."""
    asked: dict[str, list[str]] = defaultdict(list)
    for workflow in workflows:
        for step in workflow.steps:
            asked[step.permission].append(f"{workflow.kind}.{step.name}")
    for deed in DEEDS:
        asked[deed.permission].append(f"person.{deed.name}")
    return [
        PermissionRow(each, TITLES[each], frozenset(role for role in Role if each in ROLES[role]), tuple(asked[each]))
        for each in Permission
    ]


def deed_titles() -> dict[str, LazyString]:
    """What the deeds on accounts are called, by the names that ``rows`` uses."""
    return {f"person.{deed.name}": deed.title for deed in DEEDS}


def separations() -> list[tuple[Role, Sequence[Role]]]:
    """Which roles meet in one person only with a documented reason."""
    return [(role, sorted(others)) for role, others in INCOMPATIBLE.items()]


def combinations(moment: Moment, permission: Permission = Permission.ACCOUNTS_READ) -> list[Combination]:
    """Where duties that are kept apart meet in one person of the scope now: shown to everybody who may see people."""
    one, other = aliased(Grant), aliased(Grant)
    first = list(INCOMPATIBLE)
    second = sorted(set().union(*INCOMPATIBLE.values()))
    related = (
        select(UnitAncestry.unit_id)
        .where(
            ((UnitAncestry.unit_id == one.unit_id) & (UnitAncestry.ancestor_id == other.unit_id))
            | ((UnitAncestry.unit_id == other.unit_id) & (UnitAncestry.ancestor_id == one.unit_id))
        )
        .exists()
    )
    found = db.session.execute(
        select(one, other)
        .join(other, other.person_id == one.person_id)
        .join(Person, Person.id == one.person_id)
        .where(
            one.role.in_(first),
            other.role.in_(second),
            related,
            Person.disabled.is_(False),
            Person.unit_id.in_(visible_units(moment.person, permission)),
            one.id.in_(_open(moment.today)),
            other.id.in_(_open(moment.today)),
        )
        .options(joinedload(one.person), joinedload(one.unit))
        .order_by(one.person_id, one.id, other.id)
    ).all()
    return [
        Combination(mine.person, (mine.role, theirs.role), mine.unit, theirs.reason or mine.reason)
        for mine, theirs in found
        if kept_apart(mine.role, [theirs.role])
    ]


def _open(today: date) -> Select[int]:
    return select(Grant.id).where(not_over(today))
