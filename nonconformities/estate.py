"""What a person holds in nonconformities, how it is given over, and what is stored about the person."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Row, Select, and_, literal, or_, select
from sqlalchemy.orm import joinedload

from nonconformities import rules, service
from nonconformities.asking import action_due_day
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityEvent, NonconformityState, Participant
from nonconformities.workflow import ACTION_WORKFLOW
from qms.accounts.models import Person
from qms.kernel.db import db
from qms.kernel.feature import Estate, Holding
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.units.models import Unit


def _is_held(person_id: int) -> ColumnElement[bool]:
    """The open actions the person owns, of nonconformities that are not closed."""
    return and_(Action.owner_id == person_id, Action.state == ActionState.OPEN, Nonconformity.state != NonconformityState.CLOSED)


def _open_actions(person_id: int) -> Sequence[Action]:
    return db.session.scalars(
        select(Action)
        .join(Action.nonconformity)
        .where(_is_held(person_id))
        .options(joinedload(Action.nonconformity).joinedload(Nonconformity.unit), joinedload(Action.owner))
        .order_by(Action.id)
    ).all()


def held(person_id: int) -> Select[*tuple[Any, ...]]:
    """A row for each of them (``Estate.select``)."""
    return (
        select(
            literal(ACTION_WORKFLOW.kind).label("kind"),
            (Nonconformity.code + "/" + Action.number).label("code"),
            Action.description.label("text"),
            Unit.name.label("unit"),
            action_due_day.label("due_on"),
            Nonconformity.id.label("record_id"),
        )
        .join(Nonconformity, Nonconformity.id == Action.nonconformity_id)
        .join(Unit, Unit.id == Nonconformity.unit_id)
        .where(_is_held(person_id))
    )


def tell(row: Row[Any]) -> Holding:
    """Such a row in words: what is to be done, of which record and unit."""
    page = url_for("nonconformities.show", nonconformity_id=row.record_id)
    return Holding(row.text, f"{row.code}, {row.unit}", row.due_on, page)


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


ESTATE = Estate(held, tell, give_over)
