"""What waits for a person in nonconformities: plans to make, own actions, effects to verify, closings."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from flask import url_for
from sqlalchemy import case, select
from sqlalchemy.orm import joinedload, selectinload

from nonconformities import rules
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityState
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.actor import visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.feature import WorkItem
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal

WORK_LIMIT = 200
"""How many things of one kind "my work" shows; the list has them all."""

S = NonconformityState

_due = case((Nonconformity.move_counts, Nonconformity.moved_to), else_=Nonconformity.due_on)
_action_due = case((Action.move_counts, Action.moved_to), else_=Action.due_on)


def work(moment: Moment) -> list[WorkItem]:
    """What waits for the person: plans to make, own actions, effects to verify, closings; the earliest due day first."""
    items = [*_plans(moment), *_own_actions(moment), *_verdicts(moment), *_closings(moment)]
    return sorted(items, key=lambda item: (item.due_on is None, item.due_on or date.max, item.title))


def _waiting(state: NonconformityState, permission: Permission, moment: Moment) -> Sequence[Nonconformity]:
    return (
        db.session.scalars(
            select(Nonconformity)
            .where(Nonconformity.state == state, Nonconformity.unit_id.in_(visible_units(moment.person, permission)))
            .options(
                joinedload(Nonconformity.unit),
                joinedload(Nonconformity.raised_by),
                joinedload(Nonconformity.responded_by),
                selectinload(Nonconformity.actions),
                selectinload(Nonconformity.responses),
                selectinload(Nonconformity.events),
                selectinload(Nonconformity.participants),
            )
            .order_by(_due, Nonconformity.id)
            .limit(WORK_LIMIT)
        )
        .unique()
        .all()
    )


def _item(nc: Nonconformity, moment: Moment, asked_by: Person | None, refusal: Refusal | None = None) -> WorkItem:
    step = WORKFLOW.next_step(nc, moment)
    return WorkItem(
        due_on=rules.next_due(nc),
        title=nc.statement,
        context=f"{nc.code}, {nc.unit.name}",
        asked_by=asked_by.full_name if asked_by is not None else str(nc.source.title),
        url=url_for("nonconformities.show", nonconformity_id=nc.id),
        step="" if step is None else str(step.title),
        obstacle=None if refusal is None else str(refusal),
    )


def _plans(moment: Moment) -> Iterator[WorkItem]:
    for nc in _waiting(S.PLANNING, Permission.NONCONFORMITIES_RESPOND, moment):
        if not (nc.correction or nc.root_cause or rules.live_actions(nc)):  # nothing yet: the head's questions in one form
            url = url_for("answering.answer", nonconformity_id=nc.id)
            yield replace(_item(nc, moment, nc.raised_by), url=url, step=_("Answer in one form"))
        else:
            yield _item(nc, moment, nc.raised_by)


def _own_actions(moment: Moment) -> Iterator[WorkItem]:
    if moment.person.person_id is None:
        return
    actions = db.session.scalars(
        select(Action)
        .join(Action.nonconformity)
        .where(Action.owner_id == moment.person.person_id, Action.state == ActionState.OPEN, Nonconformity.state == S.ACTING)
        .options(joinedload(Action.nonconformity).options(joinedload(Nonconformity.unit), joinedload(Nonconformity.responded_by)))
        .order_by(_action_due, Action.id)
        .limit(WORK_LIMIT)
    )
    for action in actions:
        nc = action.nonconformity
        yield WorkItem(
            due_on=rules.action_due(action),
            title=action.description,
            context=f"{action.reference}, {nc.unit.name}",
            asked_by=nc.responded_by.full_name if nc.responded_by is not None else nc.unit.name,
            url=url_for("nonconformities.complete_action", nonconformity_id=nc.id, action_id=action.id),
            step=str(ACTION_WORKFLOW.step("complete_action").title),
        )


def _verdicts(moment: Moment) -> Iterator[WorkItem]:
    for nc in _waiting(S.VERIFYING, Permission.NONCONFORMITIES_VERIFY, moment):
        # what somebody else has to verify is not this person's work
        if not any(apart.refuses(nc, moment) for apart in rules.INDEPENDENCE):
            yield _item(nc, moment, nc.responded_by)


def _closings(moment: Moment) -> Iterator[WorkItem]:
    for nc in _waiting(S.VERIFIED, Permission.NONCONFORMITIES_CLOSE, moment):
        if not any(apart.refuses(nc, moment) for apart in WORKFLOW.step("close").apart):
            yield _item(nc, moment, nc.raised_by, next(iter(WORKFLOW.holding(nc, moment)), None))
