"""The steps of a record and of its actions, one endpoint for each verb: show the form, or do the step under the lock."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from nonconformities import queries, rules, service
from nonconformities.forms import (
    ActionForm,
    AnalysisForm,
    ConfirmForm,
    ReasonForm,
    ResultForm,
    SubmitForm,
    VerdictForm,
    VersionedForm,
)
from nonconformities.models import Action, Nonconformity
from nonconformities.views.pages import about, pages
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.forms import check_version
from qms.kernel.language import _
from qms.people.within_reach import find_within_reach, nobody


@pages.route("/<int:nonconformity_id>/analysis", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def record_analysis(nonconformity_id: int) -> ResponseReturnValue:
    """Correction and cause."""
    moment = now()
    nc = queries.get(nonconformity_id, moment)
    form = AnalysisForm(correction=nc.correction, root_cause=nc.root_cause)
    return _walk(
        nc, "record_analysis", form, lambda nc: service.record_analysis(nc, form.correction.data, form.root_cause.data, moment)
    )


@pages.route("/<int:nonconformity_id>/actions/new", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def add_action(nonconformity_id: int) -> ResponseReturnValue:
    """A corrective action."""
    moment, form = now(), ActionForm()
    nc = queries.get(nonconformity_id, moment)
    people = queries.people_of(nc.unit)
    if form.is_submitted() and form.validate() and find_within_reach(form.owner.data, nc.unit_id, moment.today) is None:
        form.owner.errors = [nobody(form.owner.data).sentence]
        return _step_page(nc, "add_action", form, people=people)

    def act(nc: Nonconformity) -> None:
        owner = find_within_reach(form.owner.data, nc.unit_id, moment.today) or abort(404)
        service.add_action(nc, form.description.data, owner, form.due_on.data, moment)

    return _walk(nc, "add_action", form, act, people=people)


@pages.route("/<int:nonconformity_id>/submit", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def submit(nonconformity_id: int) -> ResponseReturnValue:
    """Cause and plan as the response of the unit."""
    moment, form = now(), SubmitForm()
    nc = queries.get(nonconformity_id, moment)
    return _walk(nc, "submit", form, lambda nc: service.submit(nc, form.effect_due_on.data, moment))


@pages.route("/<int:nonconformity_id>/send-back", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RETURN)
def send_back(nonconformity_id: int) -> ResponseReturnValue:
    """A plan that does not convince."""
    moment, form = now(), ReasonForm()
    nc = queries.get(nonconformity_id, moment)
    return _walk(nc, "send_back", form, lambda nc: service.send_back(nc, form.reason.data, moment))


@pages.route("/<int:nonconformity_id>/request-verification", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_ACT)
def request_verification(nonconformity_id: int) -> ResponseReturnValue:
    """No action is open any more."""
    moment, form = now(), ConfirmForm()
    nc = queries.get(nonconformity_id, moment)
    return _walk(nc, "request_verification", form, lambda nc: service.request_verification(nc, moment))


@pages.route("/<int:nonconformity_id>/verify", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_VERIFY)
def verify(nonconformity_id: int) -> ResponseReturnValue:
    """The verdict on the effect."""
    moment, form = now(), VerdictForm()
    form.offer()
    nc = queries.get(nonconformity_id, moment)
    return _walk(nc, "verify", form, lambda nc: service.verify(nc, form.effective.data == "yes", form.note.data, moment))


@pages.route("/<int:nonconformity_id>/close", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_CLOSE)
def close(nonconformity_id: int) -> ResponseReturnValue:
    """The closing."""
    moment, form = now(), ConfirmForm()
    nc = queries.get(nonconformity_id, moment)
    return _walk(nc, "close", form, lambda nc: service.close(nc, moment))


@pages.route("/<int:nonconformity_id>/reopen", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_REOPEN)
def reopen(nonconformity_id: int) -> ResponseReturnValue:
    """It came back."""
    moment, form = now(), ReasonForm()
    nc = queries.get(nonconformity_id, moment)
    return _walk(nc, "reopen", form, lambda nc: service.reopen(nc, form.reason.data, moment))


# --- the steps of an action; its owner may be anybody who reads, the verb decides


@pages.route("/<int:nonconformity_id>/actions/<int:action_id>/complete", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_READ)
def complete_action(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """The owner's "done"."""
    moment, form = now(), ResultForm()
    action = queries.get_action(nonconformity_id, action_id, moment)
    return walk_action(action, "complete_action", form, lambda one: service.complete_action(one, form.result.data, moment))


@pages.route("/<int:nonconformity_id>/actions/<int:action_id>/cancel", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def cancel_action(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """An action that leaves the plan."""
    moment, form = now(), ReasonForm()
    action = queries.get_action(nonconformity_id, action_id, moment)
    return walk_action(action, "cancel_action", form, lambda one: service.cancel_action(one, form.reason.data, moment))


def _walk(
    nc: Nonconformity, name: str, form: VersionedForm, act: Callable[[Nonconformity], None], **more: Any
) -> ResponseReturnValue:
    """Shows the form of a step, or does the step on the record as it is under the lock."""
    if not form.validate_on_submit():
        return _step_page(nc, name, form, **more)
    found = nc.id
    with writing():
        locked = queries.get(found, now(), to_change=True)
        check_version(locked, form.version.data)
        act(locked)
    return _done(found)


def walk_action(
    action: Action, name: str, form: VersionedForm, act: Callable[[Action], None], **more: Any
) -> ResponseReturnValue:
    """The same for a step of one action."""
    if not form.validate_on_submit():
        return _step_page(action.nonconformity, name, form, action, **more)
    found, action_id = action.nonconformity_id, action.id
    with writing():
        locked = queries.get_action(found, action_id, now(), to_change=True)
        check_version(locked, form.version.data)
        act(locked)
    return _done(found)


def _step_page(
    nc: Nonconformity, name: str, form: VersionedForm, action: Action | None = None, **more: Any
) -> ResponseReturnValue:
    moment = now()
    if not form.is_submitted():
        form.version.data = str(nc.version if action is None else action.version)
    if action is None:
        step, refusals = WORKFLOW.step(name), WORKFLOW.hindrances(nc, name, moment)
    else:
        step = ACTION_WORKFLOW.step(name)
        refusals = ACTION_WORKFLOW.hindrances(action, name, rules.acting_moment(action, moment))
    page = render_template(
        "nonconformities/step.html",
        **about(nc),
        action=action,
        step=step,
        refusals=refusals,
        form=form,
        **{"people": (), **more},
    )
    return page, 422 if form.errors else 200


def _done(nonconformity_id: int) -> ResponseReturnValue:
    flash(_("Saved."), "good")
    return redirect(url_for("nonconformities.show", nonconformity_id=nonconformity_id))
