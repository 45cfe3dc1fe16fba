"""The life of a prepared form as one table."""

from dataclasses import replace

from qms.accounts.permissions import Permission
from qms.behalf import rules
from qms.behalf.models import PreparedForm, PreparedState
from qms.kernel.language import _l
from qms.kernel.moment import Entrusted, Moment
from qms.kernel.workflow import Step, Workflow

WAITING = (PreparedState.WAITING,)

WORKFLOW = Workflow(
    "prepared_form",
    PreparedState,
    (
        # what the form itself asks for is asked by the verb of its step, of whoever confirms
        Step(
            "confirm",
            _l("Confirm"),
            WAITING,
            PreparedState.CONFIRMED,
            Permission.FORMS_CONFIRM,
            (rules.addressed, rules.not_filled_in_by_oneself),
        ),
        Step(
            "decline",
            _l("Decline"),
            WAITING,
            PreparedState.DECLINED,
            Permission.FORMS_CONFIRM,
            (rules.addressed, rules.not_filled_in_by_oneself),
            needs_reason=True,
        ),
        Step(
            "withdraw",
            _l("Take it back"),
            WAITING,
            PreparedState.WITHDRAWN,
            Permission.FORMS_PREPARE,
            (rules.filled_in_by_oneself,),
        ),
        # when the person it waits for leaves: laid before the successor, or given back to whoever filled it in
        Step("readdress", _l("Lay it before somebody else"), WAITING, None, Permission.FORMS_CONFIRM),
        Step("give_back", _l("Give it back"), WAITING, PreparedState.WITHDRAWN, Permission.FORMS_CONFIRM),
    ),
)


def acting(form: PreparedForm, moment: Moment) -> Moment:
    """The moment as it counts for this form: the person it is for decides, whoever filled it in may take it back."""
    given = set()
    if form.for_id in moment.person.identities:
        given.add(Permission.FORMS_CONFIRM)
    if form.prepared_by_id == moment.person.person_id:
        given.add(Permission.FORMS_PREPARE)
    return replace(moment, person=Entrusted(moment.person, frozenset(given), form.unit_id)) if given else moment


def handing_over(form: PreparedForm, moment: Moment) -> Moment:
    """The moment of whoever hands over everything a person holds; that right was asked before."""
    return replace(moment, person=Entrusted(moment.person, frozenset({Permission.FORMS_CONFIRM}), form.unit_id))
