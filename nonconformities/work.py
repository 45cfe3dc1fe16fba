"""What waits in nonconformities: plans to make, actions, effects to verify, closings; for me, for others, in my units."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import Any

from flask import url_for
from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, func, or_, select, union_all
from sqlalchemy.orm import InstrumentedAttribute, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from nonconformities import rules
from nonconformities.asking import ASKINGS, action_due_day, next_due_day, openings
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityState
from nonconformities.service import KIND
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.actor import Reach, in_visible_units, reach_of
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.feature import WorkItem
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.units.models import Unit

WORK_LIMIT = 50
"""How many records, and how many own actions, "my work" shows; the count names all, the list has them all."""

S = NonconformityState


def work(moment: Moment) -> list[WorkItem]:
    """What waits for the person: plans to make, own actions, effects to verify, closings; the earliest due day first."""
    items = [*_records(moment), *_own_actions(moment)]
    return sorted(items, key=lambda item: (item.due_on is None, item.due_on or date.max, item.title))


def work_count(moment: Moment) -> Select[Any]:
    """How many these are, asked of the same selects."""
    waiting = [*(asking.of(moment) for asking in ASKINGS), _own(moment.person.person_id).with_only_columns(Action.id)]
    counts = [select(func.count()).select_from(one.subquery()).scalar_subquery() for one in waiting]
    return select(sum(counts[1:], start=counts[0]))


def awaited(moment: Moment) -> list[WorkItem]:
    """What the person raised, answered or verified, and others owe the next step of: whoever asks sees how far it is."""
    me = moment.person.person_id
    return [item for item in _owed(_loaded(_concerns(me, moment)), moment) if me not in item.owed_ids] if me else []


def unit(moment: Moment) -> list[WorkItem]:
    """Everything open in the units the person answers for: heads, who leads, and who keeps the system; whoever owes it."""
    return _owed(_loaded(_looked_after(moment)), moment)


def owed(kind: str, code: str, moment: Moment) -> WorkItem | None:
    """The record or the action of that code, when it stands in one of these two lists."""
    record = code if kind == KIND else code.rpartition("/")[0]
    which = and_(Nonconformity.code == record, or_(_concerns(moment.person.person_id, moment), _looked_after(moment)))
    # one record: what it depends on comes with it
    items = _owed(_loaded(which, joinedload), moment)
    return next((item for item in items if (item.kind, item.code) == (kind, code)), None)


def _concerns(me: int | None, moment: Moment) -> ColumnElement[bool]:
    """What somebody raised, answered or verified, and may still read."""
    concerned = or_(Nonconformity.raised_by_id == me, Nonconformity.responded_by_id == me, Nonconformity.verified_by_id == me)
    return and_(concerned, in_visible_units(Nonconformity.unit_id, moment.person, Permission.NONCONFORMITIES_READ))


def _looked_after(moment: Moment) -> ColumnElement[bool]:
    return in_visible_units(Nonconformity.unit_id, moment.person, Permission.DIGESTS_READ)


def _records(moment: Moment) -> Iterator[WorkItem]:
    reaches = tuple(reach_of(moment.person, asking.permission) for asking in ASKINGS)
    for nc in db.session.scalars(_waiting(reaches), openings(moment)).unique():
        unanswered = nc.state is S.PLANNING and not (nc.correction or nc.root_cause or rules.live_actions(nc))
        step = WORKFLOW.next_step(nc, moment)
        # a plan names its next step instead of what is missing
        holding = [] if nc.state is S.PLANNING else WORKFLOW.holding(nc, moment)
        yield WorkItem(
            due_on=rules.next_due(nc),
            title=nc.statement,
            context=f"{nc.code}, {nc.unit.name}",
            asked_by=_asked_by(nc),
            # nothing yet: the head's questions in one form
            url=url_for("answering.answer" if unanswered else "nonconformities.show", nonconformity_id=nc.id),
            step=_("Answer in one form") if unanswered else "" if step is None else str(step.title),
            obstacle=next((str(refusal) for refusal in holding), None),
            kind=KIND,
            code=nc.code,
        )


@cache
def _waiting(reaches: tuple[Reach, ...]) -> Select[Nonconformity]:
    """The records whose step waits for whoever looks; written once for each reach, because writing it costs more than asking."""
    waiting = (asking.of_whoever(reach) for asking, reach in zip(ASKINGS, reaches, strict=True))
    return _loaded(Nonconformity.id.in_(union_all(*waiting)))


def _loaded(
    which: ColumnElement[bool], depending: Callable[[InstrumentedAttribute[Any]], ExecutableOption] = selectinload
) -> Select[Nonconformity]:
    """Open records with what their next step depends on, the earliest due day first."""
    return (
        select(Nonconformity)
        .where(which, Nonconformity.state != S.CLOSED)
        .options(
            joinedload(Nonconformity.unit).joinedload(Unit.parent),
            joinedload(Nonconformity.raised_by),
            joinedload(Nonconformity.responded_by),
            joinedload(Nonconformity.verified_by),
            joinedload(Nonconformity.actions).joinedload(Action.owner),
            depending(Nonconformity.responses),
            depending(Nonconformity.events),
        )
        .order_by(next_due_day, Nonconformity.id)
        .limit(WORK_LIMIT)
    )


def _owed(records: Select[Nonconformity], moment: Moment) -> list[WorkItem]:
    """The open records, and of those whose plan is carried out each open action, with the people who owe the next step."""
    found = db.session.scalars(records).unique().all()
    owing = _owing([nc.id for nc in found], moment.today)
    items = []
    for nc in found:
        under_way = rules.open_actions(nc) if nc.state is S.ACTING else []
        items += [_owed_action(action) for action in under_way]
        if not under_way:
            items.append(_owed_record(nc, owing.get(nc.id, []), moment))
    return sorted(items, key=lambda item: (item.due_on is None, item.due_on or date.max, item.title))[:WORK_LIMIT]


def _owing(ids: Sequence[int], today: date) -> dict[int, list[Person]]:
    """Who is asked for the next step of each of these records, by its id."""
    if not ids:
        return {}
    asked = union_all(*(asking.people(today, Nonconformity.id.in_(ids)) for asking in ASKINGS)).subquery("asked")
    query = select(asked.c.id, Person).join_from(asked, Person, Person.id == asked.c.person_id)
    owing: dict[int, list[Person]] = defaultdict(list)
    for record_id, person in db.session.execute(query.order_by(Person.full_name, Person.id)):
        owing[record_id].append(person)
    return owing


def _owed_record(nc: Nonconformity, owing: Sequence[Person], moment: Moment) -> WorkItem:
    step = WORKFLOW.next_step(nc, moment)
    return WorkItem(
        due_on=rules.next_due(nc),
        title=nc.statement,
        context=f"{nc.code}, {nc.unit.name}",
        asked_by=_asked_by(nc),
        url=url_for("nonconformities.show", nonconformity_id=nc.id),
        step="" if step is None else str(step.title),
        obstacle=next((str(refusal) for refusal in WORKFLOW.holding(nc, moment)), None),
        kind=KIND,
        code=nc.code,
        owed_by=", ".join(person.full_name for person in owing),
        owed_ids=tuple(person.id for person in owing),
    )


def _owed_action(action: Action) -> WorkItem:
    nc = action.nonconformity
    return WorkItem(
        due_on=rules.action_due(action),
        title=action.description,
        context=f"{action.reference}, {nc.unit.name}",
        asked_by=nc.responded_by.full_name if nc.responded_by is not None else nc.unit.name,
        url=url_for("nonconformities.show", nonconformity_id=nc.id),
        step=str(ACTION_WORKFLOW.step("complete_action").title),
        kind=ACTION_WORKFLOW.kind,
        code=action.reference,
        owed_by=action.owner_name,
        owed_ids=() if action.owner_id is None else (action.owner_id,),
    )


def _asked_by(nc: Nonconformity) -> str:
    """The person who asks for this step; an old record may not tell, then the office that does."""
    office = (nc.unit.parent or nc.unit).name
    if nc.state is S.VERIFYING:
        return nc.responded_by.full_name if nc.responded_by is not None else nc.unit.name
    person = nc.verified_by if nc.state is S.VERIFIED else nc.raised_by
    return office if person is None else person.full_name


def _own(me: BindParameter[int] | int | None) -> Select[Action]:
    """The open actions of a person in plans that are carried out."""
    return (
        select(Action)
        .join(Action.nonconformity)
        .where(Action.owner_id == me, Action.state == ActionState.OPEN, Nonconformity.state == S.ACTING)
    )


@cache
def _own_with_records() -> Select[Action]:
    return (
        _own(bindparam("me", type_=Integer))
        .options(joinedload(Action.nonconformity).options(joinedload(Nonconformity.unit), joinedload(Nonconformity.responded_by)))
        .order_by(action_due_day, Action.id)
        .limit(WORK_LIMIT)
    )


def _own_actions(moment: Moment) -> Iterator[WorkItem]:
    if moment.person.person_id is None:
        return
    for action in db.session.scalars(_own_with_records(), {"me": moment.person.person_id}):
        nc = action.nonconformity
        yield WorkItem(
            due_on=rules.action_due(action),
            title=action.description,
            context=f"{action.reference}, {nc.unit.name}",
            asked_by=nc.responded_by.full_name if nc.responded_by is not None else nc.unit.name,
            url=url_for("nonconformities.complete_action", nonconformity_id=nc.id, action_id=action.id),
            step=str(ACTION_WORKFLOW.step("complete_action").title),
            kind=ACTION_WORKFLOW.kind,
            code=action.reference,
        )
