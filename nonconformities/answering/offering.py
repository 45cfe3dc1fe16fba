"""Who may fill a form in for whom, what stands in the way, and which steps the record page offers for it."""

from collections.abc import Sequence

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from nonconformities import rules
from nonconformities.answering.preparables import ANSWER, REPORT
from nonconformities.models import Action, Nonconformity, NonconformityState
from nonconformities.telling import heads_of
from nonconformities.workflow import WORKFLOW
from qms.accounts.actor import deputises
from qms.accounts.models import Deputy, Person
from qms.accounts.permissions import Permission
from qms.behalf import rules as behalf
from qms.behalf.models import PreparedForm
from qms.behalf.queries import waiting_on_any
from qms.behalf.service import obstacles
from qms.kernel.db import db
from qms.kernel.feature import Preparable
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from qms.kernel.workflow import OpenStep

Confirmers = Sequence[tuple[Person, Sequence[Person]]]


def confirmers(nc: Nonconformity, moment: Moment) -> Confirmers:
    """Who may be asked to confirm for the unit, each with the heads the person stands in for; the heads themselves come first.

    They are the heads of the unit or the nearest above, and their deputies, but not whoever fills it in.
    """
    ids, principal = heads_of(nc.unit_id, moment.today), aliased(Person)
    lends = and_(Deputy.deputy_id == Person.id, Deputy.principal_id.in_(ids), deputises(moment.today))
    asked = (
        select(Person, principal)
        .outerjoin(Deputy, lends)
        .outerjoin(principal, and_(principal.id == Deputy.principal_id, principal.disabled.is_(False)))
        .where(Person.id.in_(ids), Person.id != moment.person.person_id)
    )
    found: dict[Person, list[Person]] = {}
    for person, lender in db.session.execute(asked.order_by(Person.full_name, Person.id, Deputy.valid_to)):
        found.setdefault(person, []).extend([lender] if lender is not None else [])
    return sorted(found.items(), key=lambda one: bool(one[1]))


def answer_obstacles(
    nc: Nonconformity, waits: PreparedForm | None, moment: Moment, asked: Confirmers | None = None
) -> list[Refusal]:
    """What stands in the way of filling in the answer for the head; ``waits`` is a form that waits for it already.

    ``asked`` are those who may confirm, where the page has them.
    """
    if nc.state is not NonconformityState.PLANNING:
        return WORKFLOW.hindrances(nc, "record_analysis", moment)
    return _obstacles(ANSWER, nc, waits, moment, asked)


def report_obstacles(
    action: Action, waits: PreparedForm | None, moment: Moment, asked: Confirmers | None = None
) -> list[Refusal]:
    """What stands in the way of filling in the report of an action for the head; an owner reports without anybody."""
    laid = _obstacles(REPORT, action.nonconformity, waits, moment, asked)
    found = [*laid, rules.while_acting(action, moment)]
    if rules.owns(action, moment.person):
        found.append(behalf.OWN_RIGHT)
    return [refusal for refusal in found if refusal is not None]


def _obstacles(
    preparable: Preparable, nc: Nonconformity, waits: PreparedForm | None, moment: Moment, asked: Confirmers | None
) -> list[Refusal]:
    found = obstacles(preparable, nc.unit_id, waits, moment)
    if found:
        return found
    confirmed = set(heads_of(nc.unit_id, moment.today)) - {moment.person.person_id} if asked is None else asked
    return [] if confirmed else [rules.nobody_confirms(nc.unit)]


def _waits_for(preparable: Preparable, code: str, waiting: Sequence[PreparedForm]) -> PreparedForm | None:
    named = (preparable.kind, code, preparable.step)
    return next((form for form in waiting if (form.kind, form.code, form.step) == named), None)


def steps(nc: Nonconformity, waiting: Sequence[PreparedForm], moment: Moment) -> list[tuple[OpenStep, str, int | None]]:
    """What the page offers beside the steps of the record: each with its endpoint and the id of its action.

    The head answers in one form; others fill it in for the head. Nobody is offered both.
    """
    found: list[tuple[OpenStep, str, int | None]] = []
    responds = moment.person.may(Permission.NONCONFORMITIES_RESPOND, nc.unit_id)
    if nc.state is NonconformityState.PLANNING:
        if responds:
            found.append((OpenStep("answer", _l("Answer in one form"), ()), "answer", None))
        else:
            title, refusals = (
                _l("Fill in the answer for the head to confirm"),
                tuple(answer_obstacles(nc, _waits_for(ANSWER, nc.code, waiting), moment)),
            )
            found.append((OpenStep("prepare_answer", title, refusals), "prepare_answer", None))
    for action in rules.open_actions(nc):
        if responds:
            title = _l("Action %(number)s: give it to somebody else", number=action.number)
            found.append((OpenStep(f"hand_over-{action.id}", title, ()), "hand_action_over", action.id))
        elif (
            nc.state is NonconformityState.ACTING
            and moment.person.may(Permission.FORMS_PREPARE, nc.unit_id)
            and not rules.owns(action, moment.person)
        ):
            title = _l("Action %(number)s: fill in the report for the head to confirm", number=action.number)
            step = OpenStep(
                f"prepare_report-{action.id}",
                title,
                tuple(report_obstacles(action, _waits_for(REPORT, action.reference, waiting), moment)),
            )
            found.append((step, "prepare_report", action.id))
    return found


def waiting(nc: Nonconformity) -> Sequence[PreparedForm]:
    """The forms that wait on the record or on one of its actions: asked once a page."""
    records = [(ANSWER.kind, nc.code), *((REPORT.kind, action.reference) for action in rules.open_actions(nc))]
    return waiting_on_any(records)
