"""What a person holds in nonconformities, how it is given over, and what is stored about the person."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Row, Select, and_, case, literal, or_, select
from sqlalchemy.orm import InstrumentedAttribute, joinedload

from nonconformities import rules, service
from nonconformities.asking import action_due_day
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityEvent, NonconformityState, Participant
from nonconformities.workflow import ACTION_WORKFLOW
from qms.accounts.models import Person
from qms.kernel.db import db
from qms.kernel.feature import Estate, Holding
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.stored import Stored
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


def personal(person_id: int) -> Sequence[Stored]:
    """The person's part in nonconformities: codes and days, and the own words in actions and verdicts."""

    def records(heading: str, *columns: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Stored:
        found = select(Nonconformity.code, Nonconformity.raised_on, Nonconformity.state)
        return Stored(heading, found.where(or_(*(column == person_id for column in columns))).order_by(Nonconformity.id), _record)

    answered = (Nonconformity.responded_by_id, Nonconformity.responded_for_id, Nonconformity.prepared_by_id)
    parts = (
        select(Nonconformity.code, Participant.part, Participant.since)
        .join(Nonconformity, Nonconformity.id == Participant.nonconformity_id)
        .where(Participant.person_id == person_id)
        .order_by(Participant.id)
    )
    events = (
        select(Nonconformity.code, NonconformityEvent.on, NonconformityEvent.event)
        .join(Nonconformity, Nonconformity.id == NonconformityEvent.nonconformity_id)
        .where(NonconformityEvent.by_id == person_id)
        .order_by(NonconformityEvent.on, Nonconformity.code)
    )
    own_words = case((Action.completed_by_id == person_id, Action.result))
    acted = (
        select(
            (Nonconformity.code + "/" + Action.number).label("code"),
            Action.description,
            Action.state,
            action_due_day.label("due_on"),
            Action.completed_on,
            own_words.label("result"),
        )
        .join(Nonconformity, Nonconformity.id == Action.nonconformity_id)
        .where(or_(Action.owner_id == person_id, Action.completed_by_id == person_id))
        .order_by(Action.id)
    )
    return [
        records(_("Nonconformities raised"), Nonconformity.raised_by_id),
        records(_("Nonconformities answered"), *answered),
        Stored(_("Parts taken in answers"), parts, _part),
        records(_("Effects verified"), Nonconformity.verified_by_id),
        Stored(_("Nonconformities closed or reopened"), events, _event),
        Stored(_("Corrective actions"), acted, _action),
    ]


def _record(row: Any) -> Mapping[str, Any]:
    return {"code": row.code, "raised_on": row.raised_on.isoformat(), "state": row.state.value}


def _part(row: Any) -> Mapping[str, Any]:
    return {"code": row.code, "part": row.part.value, "since": row.since.isoformat() if row.since else None}


def _event(row: Any) -> Mapping[str, Any]:
    return {"code": row.code, "on": row.on.isoformat(), "event": row.event.value}


def _action(row: Any) -> Mapping[str, Any]:
    return {
        "code": row.code,
        "description": row.description,
        "state": row.state.value,
        "due_on": row.due_on.isoformat(),
        "completed_on": row.completed_on.isoformat() if row.completed_on else None,
        "result": row.result,
    }


ESTATE = Estate(held, tell, give_over)
