"""Who is asked for the next step of a record, set-based: one answer behind deadlines, my work and the figure of the menu.

Of the people who may take a step, the nearest are asked: those whose role is given in the unit itself, else in the lowest unit
above it. So a division's head is asked, not the head of the whole ward; the head of the ward is, where a division has none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    Select,
    and_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal,
    or_,
    select,
    true,
)

from nonconformities.models import Action, ActionState, Grade, Nonconformity, NonconformityState, Participant, Response
from qms.accounts.actor import Day, Reach, granted, in_granted_units, in_visible_units
from qms.accounts.holders import holders, identities
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.moment import Moment
from qms.units.models import UnitAncestry
from qms.units.queries import depth_of

S = NonconformityState
VERIFYING_ROLES = (Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE)
"""Who is asked to verify; an auditor may, and is asked only where none of these can."""

due_day: ColumnElement[Any] = case((Nonconformity.move_counts, Nonconformity.moved_to), else_=Nonconformity.due_on)
action_due_day: ColumnElement[Any] = case((Action.move_counts, Action.moved_to), else_=Action.due_on)

_ANSWERED = exists().where(Response.nonconformity_id == Nonconformity.id)
_PROMISED = (
    select(func.max(Response.effect_due_on))
    .where(Response.nonconformity_id == Nonconformity.id, Response.withdrawn_on.is_(None))
    .scalar_subquery()
)
_FIRST = literal(0)


def _had_a_hand(person_id: ColumnElement[int], today: Day) -> ColumnElement[bool]:
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


def _verified_major(person_id: ColumnElement[int], today: Day) -> ColumnElement[bool]:
    """``rules.MAJOR_BY_TWO`` as a condition: the person, or whoever lends it grants, found the effect of a major one."""
    known = identities(today)
    same = and_(known.c.person_id == person_id, known.c.identity_id == Nonconformity.verified_by_id)
    return and_(Nonconformity.grade == Grade.MAJOR, exists().where(same))


@dataclass(frozen=True)
class Asking:
    """What is asked in a state: by when, of whom, and who of these is barred.

    ``officers_first``: an auditor is asked only where no officer can.
    """

    state: NonconformityState
    permission: Permission
    due: ColumnElement[Any]
    barred: Callable[[ColumnElement[int], Day], ColumnElement[bool]] | None = None
    officers_first: bool = False

    def people(self, today: Day, *narrowed: ColumnElement[bool]) -> Select[Any]:
        """A row for each record in the state and each of the nearest people who may take the step and are not barred."""
        held = holders(roles_with(self.permission), today)
        after_officers = case((held.c.role.in_(VERIFYING_ROLES), 0), else_=1) if self.officers_first else _FIRST
        order = (after_officers, depth_of(held.c.unit_id).desc())
        query = (
            select(
                held.c.person_id,
                Nonconformity.id.label("id"),
                Nonconformity.code,
                Nonconformity.unit_id,
                self.due.label("due_on"),
                Nonconformity.statement.label("text"),
                func.rank().over(partition_by=Nonconformity.id, order_by=order).label("place"),
            )
            .join_from(Nonconformity, UnitAncestry, UnitAncestry.unit_id == Nonconformity.unit_id)
            .join(held, held.c.unit_id == UnitAncestry.ancestor_id)
            .where(Nonconformity.state == self.state, *narrowed)
        )
        if self.barred is not None:
            query = query.where(~self.barred(held.c.person_id, today))
        ranked = query.subquery("ranked")
        columns = [column for column in ranked.c if column.key != "place"]
        return select(*columns).where(ranked.c.place == 1).distinct()

    def of(self, moment: Moment) -> Select[int]:
        """Ids of the records whose step waits for whoever looks."""
        person = moment.person
        if not person.may(self.permission, None):
            return select(Nonconformity.id).where(false())
        return self._of(moment.today, person.person_id, in_visible_units(Nonconformity.unit_id, person, self.permission))

    def of_whoever(self, reach: Reach) -> Select[int]:
        """The same with day, person and granted units left open (``openings``), for a statement that is written once."""
        if reach is Reach.NOWHERE:
            return select(Nonconformity.id).where(false())
        in_scope = in_granted_units(Nonconformity.unit_id, self.permission) if reach is Reach.UNITS else true()
        return self._of(bindparam("today", type_=Date), bindparam("me", type_=Integer), in_scope)

    def _of(self, today: Day, me: BindParameter[int] | int | None, in_scope: ColumnElement[bool]) -> Select[int]:
        asked = self.people(today, in_scope).subquery("asked")
        return select(asked.c.id).where(asked.c.person_id == me)


def openings(moment: Moment) -> dict[str, Any]:
    """What a statement of ``of_whoever`` is asked with."""
    permissions = (asking.permission for asking in ASKINGS)
    return {"today": moment.today, "me": moment.person.person_id, **granted(moment.person, *permissions)}


ANSWERS = Asking(S.PLANNING, Permission.NONCONFORMITIES_RESPOND, case((_ANSWERED, due_day), else_=Nonconformity.response_due_on))
"""10.2.1 b, c: cause and plan, asked of the heads; the first answer has a day of its own."""

VERDICTS = Asking(
    S.VERIFYING, Permission.NONCONFORMITIES_VERIFY, func.coalesce(_PROMISED, due_day), _had_a_hand, officers_first=True
)
"""10.2.1 d: the effect, asked of people who had no hand in it."""

CLOSINGS = Asking(S.VERIFIED, Permission.NONCONFORMITIES_CLOSE, due_day, _verified_major)
"""10.2.1: what proved effective and waits to be closed; a major one by somebody else than who verified it."""

ASKINGS = (ANSWERS, VERDICTS, CLOSINGS)

_FIRST_ACTION = (
    select(func.min(action_due_day))
    .where(Action.nonconformity_id == Nonconformity.id, Action.state == ActionState.OPEN)
    .correlate(Nonconformity)
    .scalar_subquery()
)

next_due_day: ColumnElement[Any] = case(
    (Nonconformity.state == S.CLOSED, None),
    (Nonconformity.state == S.ACTING, func.coalesce(_FIRST_ACTION, due_day)),
    *((Nonconformity.state == asking.state, asking.due) for asking in ASKINGS),
)
"""``rules.next_due`` of a record in the database: by it lists are sorted."""
