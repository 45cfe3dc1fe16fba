"""The verbs of prepared forms. Nothing that was filled in counts before somebody who may take the step confirms it."""

from collections.abc import Mapping
from dataclasses import replace

from qms.accounts.actor import actor_of
from qms.accounts.holders import deputies_of
from qms.accounts.models import Person
from qms.behalf import rules
from qms.behalf.models import PreparedForm, PreparedState
from qms.behalf.queries import KIND, preparable_of, waiting_for_person, waiting_on
from qms.behalf.workflow import WORKFLOW, acting, handing_over
from qms.kernel.db import db
from qms.kernel.feature import Preparable
from qms.kernel.forms import ChangedMeanwhile
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.notices.service import notify
from qms.trail.service import record
from qms.workdays.queries import calendar

CONFIRM_WORKING_DAYS = 2
"""Customary, no law sets it: a head who was asked answers within two working days."""


def obstacles(preparable: Preparable, unit_id: int, waits: PreparedForm | None, moment: Moment) -> list[Refusal]:
    """What stands in the way of filling this form in for somebody, before anything is typed; ``waits`` is one laid already."""
    found = (
        rules.may_prepare(unit_id, moment),
        rules.not_own_right(preparable, unit_id, moment),
        rules.nothing_waits(waits),
    )
    return [refusal for refusal in found if refusal is not None]


def prepare(
    preparable: Preparable, code: str, unit_id: int, fields: Mapping[str, str], bearer: Person, moment: Moment
) -> PreparedForm:
    """Lays a filled form before the person who answers for it. It is tried out first, so that one tap will do.

    Raises ``Refused``: not_permitted, own_right, waits_already, bearer_not_permitted, bearer_disabled, before_oneself, and
    whatever the verbs of the step would say to the bearer; ``ChangedMeanwhile`` when the record is no longer the one shown.
    """
    actor = actor_of(bearer, moment.today)
    refuse_if(
        *obstacles(preparable, unit_id, waiting_on(preparable.kind, code, preparable.step), moment),
        rules.bearer_may(preparable, unit_id, actor, bearer.full_name),
        rules.bearer_comes_in(bearer.disabled, bearer.full_name),
        rules.not_before_oneself(actor, moment),
    )
    _try_out(preparable, code, fields, replace(moment, person=actor, prepared_by=moment.person.username))
    assert moment.person.person_id is not None
    form = PreparedForm(
        kind=preparable.kind,
        code=code,
        step=preparable.step,
        unit_id=unit_id,
        fields=dict(fields),
        prepared_by_id=moment.person.person_id,
        prepared_at=moment.instant,
        due_on=calendar().add_working_days(moment.today, CONFIRM_WORKING_DAYS),
        for_id=bearer.id,
        state=PreparedState.WAITING,
    )
    db.session.add(form)
    db.session.flush()
    _note(form, "prepare", moment, {"record": [None, code], "step": [None, preparable.step], "for": [None, bearer.id]})
    preparer = form.prepared_by.full_name
    for person_id in dict.fromkeys((bearer.id, *deputies_of(bearer.id, moment.today))):
        if person_id != moment.person.person_id:
            values = {"who": preparer, "record": code}
            notify(person_id, "form_prepared", KIND, str(form.id), moment, values=values, due_on=form.due_on, urgent=True)
    return form


def confirm(form: PreparedForm, moment: Moment) -> None:
    """The one tap: the step is taken in the name of whoever confirms, and the trail keeps who filled it in.

    Raises ``Refused``: for_somebody_else, own_form, wrong_state, record_changed, and whatever the verbs of the step say.
    """
    WORKFLOW.perform(form, "confirm", acting(form, moment))
    _decide(form, moment)
    db.session.flush()
    try:
        with db.session.no_autoflush:  # as when it was tried out: all changes of the step go to the database at once
            preparable_of(form).perform(form.code, form.fields, replace(moment, prepared_by=form.prepared_by.username))
    except ChangedMeanwhile as changed:
        raise Refused([rules.RECORD_CHANGED]) from changed
    _note(form, "confirm", moment, _moved(form))
    _tell_preparer(form, "form_confirmed", moment)


def decline(form: PreparedForm, reason: str, moment: Moment) -> None:
    """Says no, with the reason; the record is as if nobody had filled anything in. Raises ``Refused`` as ``confirm`` does."""
    WORKFLOW.perform(form, "decline", acting(form, moment), reason=reason)
    _decide(form, moment)
    form.reason = reason.strip()
    _note(form, "decline", moment, _moved(form), form.reason)
    _tell_preparer(form, "form_declined", moment, reason=form.reason)


def withdraw(form: PreparedForm, moment: Moment) -> None:
    """Whoever filled it in takes it back. Raises ``Refused``: form_of_another, wrong_state."""
    WORKFLOW.perform(form, "withdraw", acting(form, moment))
    _decide(form, moment)
    _note(form, "withdraw", moment, _moved(form))
    db.session.flush()  # so that a new one may wait in the same transaction


def hand_over(giver: Person, receiver: Person, moment: Moment) -> int:
    """What waits for a person who leaves is laid before the receiver, or given back when that one may not take the step."""
    forms = waiting_for_person(giver.id)
    actor = actor_of(receiver, moment.today)
    for form in forms:
        asked = handing_over(form, moment)
        may = rules.bearer_may(preparable_of(form), form.unit_id, actor, receiver.full_name) is None
        if may and form.prepared_by_id != receiver.id:
            WORKFLOW.perform(form, "readdress", asked)
            form.for_id = receiver.id
            _note(form, "readdress", moment, {"for": [giver.id, receiver.id], "record": [form.code, form.code]})
            values = {"who": form.prepared_by.full_name, "record": form.code}
            notify(receiver.id, "form_prepared", KIND, str(form.id), moment, values=values, due_on=form.due_on, urgent=True)
            continue
        WORKFLOW.perform(form, "give_back", asked)
        _decide(form, moment)
        _note(form, "give_back", moment, _moved(form))
        values = {"who": giver.full_name, "record": form.code}
        notify(form.prepared_by_id, "form_given_back", KIND, str(form.id), moment, values=values)
    return len(forms)


def _try_out(preparable: Preparable, code: str, fields: Mapping[str, str], moment: Moment) -> None:
    """Takes the step and takes it back: what the verbs refuse is said to whoever typed it, not to the head.

    Nothing of it is sent to the database, where the verbs' rules have spoken already.
    """
    attempt = db.session.begin_nested()
    try:
        with db.session.no_autoflush:
            preparable.perform(code, fields, moment)
    finally:
        attempt.rollback()


def _decide(form: PreparedForm, moment: Moment) -> None:
    form.decided_by_id, form.decided_at = moment.person.person_id, moment.instant


def _moved(form: PreparedForm) -> dict[str, list[object]]:
    return {"state": [PreparedState.WAITING.value, form.state.value], "record": [form.code, form.code]}


def _note(form: PreparedForm, deed: str, moment: Moment, changes: Mapping[str, list[object]], reason: str | None = None) -> None:
    behalf = None
    if deed in {"confirm", "decline"} and form.for_id != moment.person.person_id:
        behalf = form.for_person.username
    record(moment, KIND, str(form.id), deed, unit_id=form.unit_id, changes=changes, reason=reason, on_behalf_of=behalf)


def _tell_preparer(form: PreparedForm, name: str, moment: Moment, **more: str) -> None:
    decider = db.session.get_one(Person, moment.person.person_id).full_name
    values = {"who": decider, "record": form.code, **more}
    notify(form.prepared_by_id, name, KIND, str(form.id), moment, values=values)
