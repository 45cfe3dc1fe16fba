"""What nonconformities ask of people until a day, as one select each; nobody is reminded of what "my work" does not show.

Of the people who may take a step, the nearest are asked: those whose role is given in the unit itself, else in the lowest unit
above it. So a division's head is reminded, not the head of the whole ward; the head of the ward is, where a division has none.
"""

from collections.abc import Callable, Collection
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, literal, or_, select

from nonconformities.models import Action, ActionState, Grade, Nonconformity, NonconformityState, Participant, Response
from nonconformities.service import KIND
from nonconformities.telling import VERIFYING_ROLES
from nonconformities.workflow import ACTION_WORKFLOW
from qms.accounts.holders import holders, identities
from qms.accounts.models import Person
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.feature import Deadline
from qms.kernel.language import _l
from qms.units.models import UnitAncestry
from qms.units.queries import depth_of

S = NonconformityState

_due = case((Nonconformity.move_counts, Nonconformity.moved_to), else_=Nonconformity.due_on)
_action_due = case((Action.move_counts, Action.moved_to), else_=Action.due_on)
_FIRST = literal(0)


def answers(today: date, until: date) -> Select[Any]:
    """10.2.1 b, c: cause and plan, asked of the heads; the first answer has a day of its own."""
    answered = exists().where(Response.nonconformity_id == Nonconformity.id)
    due = case((answered, _due), else_=Nonconformity.response_due_on)
    return _asked(S.PLANNING, roles_with(Permission.NONCONFORMITIES_RESPOND), due, today, until)


def actions(_today: date, until: date) -> Select[Any]:
    """10.2.1 c: each open action of a plan that is carried out, asked of its owner."""
    return (
        select(
            Action.owner_id.label("person_id"),
            (Nonconformity.code + "/" + Action.number).label("code"),
            Nonconformity.unit_id,
            _action_due.label("due_on"),
            Action.description.label("text"),
        )
        .join_from(Nonconformity, Action, Action.nonconformity_id == Nonconformity.id)
        .join(Person, Person.id == Action.owner_id)
        .where(
            Nonconformity.state == S.ACTING,
            Action.state == ActionState.OPEN,
            _action_due <= until,
            Person.disabled.is_(False),
        )
    )


def verdicts(today: date, until: date) -> Select[Any]:
    """10.2.1 d: the effect, asked of people who had no hand in it; of an auditor only where no officer can."""
    promised = (
        select(func.max(Response.effect_due_on))
        .where(Response.nonconformity_id == Nonconformity.id, Response.withdrawn_on.is_(None))
        .scalar_subquery()
    )
    due = func.coalesce(promised, _due)
    roles = roles_with(Permission.NONCONFORMITIES_VERIFY)
    return _asked(S.VERIFYING, roles, due, today, until, barred=_had_a_hand, officers_first=True)


def closings(today: date, until: date) -> Select[Any]:
    """10.2.1: what proved effective and waits to be closed; a major one by somebody else than who verified it."""
    return _asked(S.VERIFIED, roles_with(Permission.NONCONFORMITIES_CLOSE), _due, today, until, barred=_verified_major)


def _asked(
    state: NonconformityState,
    roles: Collection[Role],
    due: ColumnElement[Any],
    today: date,
    until: date,
    *,
    barred: Callable[[ColumnElement[int], date], ColumnElement[bool]] | None = None,
    officers_first: bool = False,
) -> Select[Any]:
    """The records in a state that are due by then, each with the nearest holders of these roles who are not ``barred``."""
    held = holders(roles, today)
    after_officers = case((held.c.role.in_(VERIFYING_ROLES), 0), else_=1) if officers_first else _FIRST
    place = func.rank().over(partition_by=Nonconformity.id, order_by=(after_officers, depth_of(held.c.unit_id).desc()))
    query = (
        select(
            held.c.person_id,
            Nonconformity.code,
            Nonconformity.unit_id,
            due.label("due_on"),
            Nonconformity.statement.label("text"),
            place.label("place"),
        )
        .join_from(Nonconformity, UnitAncestry, UnitAncestry.unit_id == Nonconformity.unit_id)
        .join(held, held.c.unit_id == UnitAncestry.ancestor_id)
        .where(Nonconformity.state == state, due <= until)
    )
    if barred is not None:
        query = query.where(~barred(held.c.person_id, today))
    ranked = query.subquery("ranked")
    columns = [ranked.c[name] for name in ("person_id", "code", "unit_id", "due_on", "text")]
    return select(*columns).where(ranked.c.place == 1).distinct()


def _had_a_hand(person_id: ColumnElement[int], today: date) -> ColumnElement[bool]:
    """``rules.INDEPENDENCE`` as a condition: the person, or whoever lends it grants, took part, acted, or belongs there."""
    known = identities(today)
    own_action = (
        exists()
        .where(
            Action.nonconformity_id == Nonconformity.id,
            Action.state != ActionState.CANCELLED,
            or_(Action.owner_id == known.c.identity_id, Action.completed_by_id == known.c.identity_id),
        )
        .correlate(Nonconformity, known)
    )
    took_part = (
        exists()
        .where(Participant.nonconformity_id == Nonconformity.id, Participant.person_id == known.c.identity_id)
        .correlate(Nonconformity, known)
    )
    involved = or_(known.c.home_unit_id == Nonconformity.unit_id, took_part, own_action)
    return exists().where(and_(known.c.person_id == person_id, involved))


def _verified_major(person_id: ColumnElement[int], today: date) -> ColumnElement[bool]:
    """``rules.MAJOR_BY_TWO`` as a condition: the person, or whoever lends it grants, found the effect of a major one."""
    known = identities(today)
    same = and_(known.c.person_id == person_id, known.c.identity_id == Nonconformity.verified_by_id)
    return and_(Nonconformity.grade == Grade.MAJOR, exists().where(same))


DEADLINES = (
    Deadline("answer_nonconformity", _l("Answer the nonconformity with cause and plan"), KIND, answers),
    Deadline("complete_action", _l("Report the action as completed"), ACTION_WORKFLOW.kind, actions),
    Deadline("verify_effect", _l("Verify the effect"), KIND, verdicts),
    Deadline("close_nonconformity", _l("Close the nonconformity"), KIND, closings),
)
