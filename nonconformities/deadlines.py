"""What nonconformities ask of people until a day, as one select each; nobody is reminded of what "my work" does not show."""

from datetime import date
from typing import Any

from sqlalchemy import Select, select

from nonconformities.asking import ANSWERS, CLOSINGS, VERDICTS, Asking, action_due_day
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityState
from nonconformities.service import KIND
from nonconformities.workflow import ACTION_WORKFLOW
from qms.accounts.models import Person
from qms.kernel.feature import Deadline
from qms.kernel.language import _l


def answers(today: date, until: date) -> Select[Any]:
    """10.2.1 b, c: cause and plan that are due by then."""
    return _due_by(ANSWERS, today, until)


def actions(_today: date, until: date) -> Select[Any]:
    """10.2.1 c: each open action of a plan that is carried out, asked of its owner."""
    return (
        select(
            Action.owner_id.label("person_id"),
            (Nonconformity.code + "/" + Action.number).label("code"),
            Nonconformity.unit_id,
            action_due_day.label("due_on"),
            Action.description.label("text"),
        )
        .join_from(Nonconformity, Action, Action.nonconformity_id == Nonconformity.id)
        .join(Person, Person.id == Action.owner_id)
        .where(
            Nonconformity.state == NonconformityState.ACTING,
            Action.state == ActionState.OPEN,
            action_due_day <= until,
            Person.disabled.is_(False),
        )
    )


def verdicts(today: date, until: date) -> Select[Any]:
    """10.2.1 d: effects that are to be verified by then."""
    return _due_by(VERDICTS, today, until)


def closings(today: date, until: date) -> Select[Any]:
    """10.2.1: what proved effective and is due to be closed by then."""
    return _due_by(CLOSINGS, today, until)


def _due_by(asking: Asking, today: date, until: date) -> Select[Any]:
    asked = asking.people(today, asking.due <= until).subquery("asked")
    return select(*(asked.c[name] for name in ("person_id", "code", "unit_id", "due_on", "text")))


DEADLINES = (
    Deadline("answer_nonconformity", _l("Answer the nonconformity with cause and plan"), KIND, answers),
    Deadline("complete_action", _l("Report the action as completed"), ACTION_WORKFLOW.kind, actions),
    Deadline("verify_effect", _l("Verify the effect"), KIND, verdicts),
    Deadline("close_nonconformity", _l("Close the nonconformity"), KIND, closings),
)
