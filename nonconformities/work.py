"""What waits for a person in nonconformities: plans to make, own actions, effects to verify, closings."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import Select, func, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from nonconformities import rules
from nonconformities.asking import ASKINGS, action_due_day, due_day
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityState
from nonconformities.service import KIND
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
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
    waiting = [*(asking.of(moment) for asking in ASKINGS), _own(moment).with_only_columns(Action.id)]
    counts = [select(func.count()).select_from(one.subquery()).scalar_subquery() for one in waiting]
    return select(sum(counts[1:], start=counts[0]))


def _records(moment: Moment) -> Iterator[WorkItem]:
    waiting = union_all(*(asking.of(moment) for asking in ASKINGS))
    query = (
        select(Nonconformity)
        .where(Nonconformity.id.in_(waiting))
        .options(
            joinedload(Nonconformity.unit).joinedload(Unit.parent),
            joinedload(Nonconformity.raised_by),
            joinedload(Nonconformity.responded_by),
            joinedload(Nonconformity.verified_by),
            selectinload(Nonconformity.actions),
            selectinload(Nonconformity.responses),
            selectinload(Nonconformity.events),
        )
        .order_by(due_day, Nonconformity.id)
        .limit(WORK_LIMIT)
    )
    for nc in db.session.scalars(query).unique():
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


def _asked_by(nc: Nonconformity) -> str:
    """The person who asks for this step; an old record may not tell, then the office that does."""
    office = (nc.unit.parent or nc.unit).name
    if nc.state is S.VERIFYING:
        return nc.responded_by.full_name if nc.responded_by is not None else nc.unit.name
    person = nc.verified_by if nc.state is S.VERIFIED else nc.raised_by
    return office if person is None else person.full_name


def _own(moment: Moment) -> Select[Action]:
    """The open actions of the person in plans that are carried out."""
    return (
        select(Action)
        .join(Action.nonconformity)
        .where(Action.owner_id == moment.person.person_id, Action.state == ActionState.OPEN, Nonconformity.state == S.ACTING)
    )


def _own_actions(moment: Moment) -> Iterator[WorkItem]:
    if moment.person.person_id is None:
        return
    query = (
        _own(moment)
        .options(joinedload(Action.nonconformity).options(joinedload(Nonconformity.unit), joinedload(Nonconformity.responded_by)))
        .order_by(action_due_day, Action.id)
        .limit(WORK_LIMIT)
    )
    for action in db.session.scalars(query):
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
