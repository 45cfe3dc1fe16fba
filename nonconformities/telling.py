"""Whom a nonconformity concerns, and telling them: in the transaction of the verb, and never about one's own deed."""

from collections.abc import Iterable
from datetime import date

from flask_babel import LazyString
from sqlalchemy import select

from nonconformities import rules
from nonconformities.asking import VERDICTS
from nonconformities.models import Action, Grade, Nonconformity
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.holders import nearest
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.notices.service import notify

RAISED, SENT_BACK, NOT_EFFECTIVE, REOPENED = "nonconformity_raised", "plan_sent_back", "actions_not_effective", "reopened"
ASSIGNED, TO_VERIFY, CLOSED = "action_assigned", "effect_to_verify", "nonconformity_closed"
MAJOR_RAISED = "major_nonconformity_raised"

NOTICES: dict[str, LazyString] = {
    RAISED: _l("%(code)s was raised in %(unit)s; answer with cause and plan: %(statement)s"),
    MAJOR_RAISED: _l("The major nonconformity %(code)s was raised in %(unit)s: %(statement)s"),
    SENT_BACK: _l("The plan of %(code)s was sent back: %(reason)s"),
    NOT_EFFECTIVE: _l("The actions of %(code)s were found not effective; a new plan is due: %(reason)s"),
    REOPENED: _l("%(code)s was reopened; a new plan is due: %(reason)s"),
    ASSIGNED: _l("Action %(number)s of %(code)s is yours: %(description)s"),
    TO_VERIFY: _l("The effect of the actions of %(code)s in %(unit)s is to be verified."),
    CLOSED: _l("%(code)s in %(unit)s is closed."),
}
"""What people are told about nonconformities."""

LEADING_ROLES = (Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE, Role.LEADER)
"""Who hears of a major nonconformity besides the unit: top management answers for the system (5.1.1, 5.3)."""
LONGEST_QUOTE = 200


def heads_of(unit_id: int, today: date) -> list[int]:
    """The people who answer for a unit: its heads, else those of the nearest unit above, with their deputies."""
    return nearest(unit_id, roles_with(Permission.NONCONFORMITIES_RESPOND), today)


def verifiers_of(nc: Nonconformity, moment: Moment) -> list[int]:
    """The nearest people who may verify the effect and had no hand in it."""
    asked = VERDICTS.people(moment.today, Nonconformity.id == nc.id).subquery("asked")
    return list(db.session.scalars(select(asked.c.person_id).order_by(asked.c.person_id)))


def tell_raised(nc: Nonconformity, moment: Moment) -> None:
    """The heads are told of a new one; at once of a major one, of which those who lead the system hear, too."""
    major, heads, said = nc.grade is Grade.MAJOR, heads_of(nc.unit_id, moment.today), _quote(nc.statement)
    _tell(heads, RAISED, nc, moment, due_on=nc.response_due_on, urgent=major, statement=said)
    if major:
        leading = (one for role in LEADING_ROLES for one in nearest(nc.unit_id, (role,), moment.today))
        _tell((one for one in leading if one not in heads), MAJOR_RAISED, nc, moment, due_on=nc.response_due_on, statement=said)


def tell_plan_due(nc: Nonconformity, name: str, reason: str, moment: Moment) -> None:
    """Who answered and the heads are told that a new plan is due."""
    people = (nc.responded_by_id, nc.responded_for_id, *heads_of(nc.unit_id, moment.today))
    _tell(people, name, nc, moment, due_on=rules.due(nc), reason=_quote(reason))


def tell_owner(action: Action, moment: Moment) -> None:
    """The owner is told that an action is to be done."""
    nc, due_on = action.nonconformity, rules.action_due(action)
    said = _quote(action.description)
    _tell((action.owner_id,), ASSIGNED, nc, moment, due_on=due_on, number=action.number, description=said)


def tell_to_verify(nc: Nonconformity, moment: Moment) -> None:
    """The verifiers are told that no action is open any more."""
    _tell(verifiers_of(nc, moment), TO_VERIFY, nc, moment, due_on=rules.next_due(nc))


def tell_closed(nc: Nonconformity, moment: Moment) -> None:
    """The heads and whoever raised it are told of the closing."""
    _tell((*heads_of(nc.unit_id, moment.today), nc.raised_by_id), CLOSED, nc, moment)


def _tell(
    people: Iterable[int | None],
    name: str,
    nc: Nonconformity,
    moment: Moment,
    *,
    due_on: date | None = None,
    urgent: bool = False,
    **values: str,
) -> None:
    kind = ACTION_WORKFLOW.kind if name == ASSIGNED else WORKFLOW.kind
    code = f"{nc.code}/{values['number']}" if name == ASSIGNED else nc.code
    filled = {"code": nc.code, "unit": nc.unit.name, **values}
    for person_id in dict.fromkeys(people):
        if person_id is not None and person_id != moment.person.person_id:
            notify(person_id, name, kind, code, moment, values=filled, due_on=due_on, urgent=urgent)


def _quote(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else line[: LONGEST_QUOTE - 1] + "…"
