"""What a person holds in nonconformities, how it is given over, and what is stored about the person."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from nonconformities import rules, service
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityEvent, NonconformityState, Participant
from nonconformities.workflow import ACTION_WORKFLOW
from qms.accounts.models import Person
from qms.kernel.db import db
from qms.kernel.feature import Estate, Holding
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.notices.records import record_path


def _open_actions(person_id: int) -> Sequence[Action]:
    return db.session.scalars(
        select(Action)
        .join(Action.nonconformity)
        .where(Action.owner_id == person_id, Action.state == ActionState.OPEN, Nonconformity.state != NonconformityState.CLOSED)
        .options(joinedload(Action.nonconformity).joinedload(Nonconformity.unit), joinedload(Action.owner))
        .order_by(Action.id)
    ).all()


def holdings(person_id: int) -> list[Holding]:
    """The open actions the person owns."""
    return [
        Holding(
            action.description,
            f"{action.reference}, {action.nonconformity.unit.name}",
            rules.action_due(action),
            record_path(ACTION_WORKFLOW.kind, action.reference),
        )
        for action in _open_actions(person_id)
    ]


def give_over(giver: Person, receiver: Person, moment: Moment) -> int:
    """Gives every open action to the receiver, each with its entry in the trail. Raises ``Refused``: owner_disabled."""
    actions = _open_actions(giver.id)
    for action in actions:
        service.hand_action_over(action, receiver, rules.handing_over(action, moment))
    return len(actions)


def personal(person_id: int) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    """The person's part in nonconformities: codes and days, and the own words in actions and verdicts."""

    def records(*columns: Any) -> list[dict[str, Any]]:
        found = select(Nonconformity.code, Nonconformity.raised_on, Nonconformity.state).order_by(Nonconformity.id)
        rows = db.session.execute(found.where(or_(*(column == person_id for column in columns))))
        return [{"code": row.code, "raised_on": row.raised_on.isoformat(), "state": row.state.value} for row in rows]

    acted = db.session.scalars(
        select(Action)
        .where(or_(Action.owner_id == person_id, Action.completed_by_id == person_id))
        .options(joinedload(Action.nonconformity))
        .order_by(Action.id)
    )
    events = db.session.execute(
        select(Nonconformity.code, NonconformityEvent.on, NonconformityEvent.event)
        .join(Nonconformity, Nonconformity.id == NonconformityEvent.nonconformity_id)
        .where(NonconformityEvent.by_id == person_id)
        .order_by(NonconformityEvent.on, Nonconformity.code)
    )
    parts = db.session.execute(
        select(Nonconformity.code, Participant.part, Participant.since)
        .join(Nonconformity, Nonconformity.id == Participant.nonconformity_id)
        .where(Participant.person_id == person_id)
        .order_by(Participant.id)
    )
    return {
        _("Nonconformities raised"): records(Nonconformity.raised_by_id),
        _("Nonconformities answered"): records(
            Nonconformity.responded_by_id, Nonconformity.responded_for_id, Nonconformity.prepared_by_id
        ),
        _("Parts taken in answers"): [
            {"code": row.code, "part": row.part.value, "since": row.since.isoformat() if row.since else None} for row in parts
        ],
        _("Effects verified"): records(Nonconformity.verified_by_id),
        _("Nonconformities closed or reopened"): [
            {"code": row.code, "on": row.on.isoformat(), "event": row.event.value} for row in events
        ],
        _("Corrective actions"): [
            {
                "code": action.reference,
                "description": action.description,
                "state": action.state.value,
                "due_on": rules.action_due(action).isoformat(),
                "completed_on": action.completed_on.isoformat() if action.completed_on else None,
                "result": action.result if action.completed_by_id == person_id else None,
            }
            for action in acted
        ],
    }


ESTATE = Estate(holdings, give_over)
