"""The steps of a record and of its actions, one endpoint for each verb: show the form, or do the step under the lock."""

from collections.abc import Callable, Sequence

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

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
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.files.views import send_stored
from qms.kernel.db import writing
from qms.kernel.forms import check_version
from qms.kernel.language import _
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.workflow import Step
from qms.people.within_reach import find_within_reach, nobody


@pages.route("/<int:nonconformity_id>/analysis", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def record_analysis(nonconformity_id: int) -> ResponseReturnValue:
    """Correction and cause."""
    form = AnalysisForm()

    def fill(nc: Nonconformity) -> None:
        form.correction.data, form.root_cause.data = nc.correction, nc.root_cause

    def act(nc: Nonconformity) -> None:
        service.record_analysis(nc, form.correction.data, form.root_cause.data, now())

    return _walk(nonconformity_id, "record_analysis", form, act, fill)


@pages.route("/<int:nonconformity_id>/actions/new", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def add_action(nonconformity_id: int) -> ResponseReturnValue:
    """A corrective action."""
    form = ActionForm()

    def act(nc: Nonconformity) -> None:
        owner = owner_named(form.owner, nc.unit_id)
        service.add_action(nc, form.description.data, owner, form.due_on.data, now())

    return _walk(nonconformity_id, "add_action", form, act)


@pages.route("/<int:nonconformity_id>/submit", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def submit(nonconformity_id: int) -> ResponseReturnValue:
    """Cause and plan as the response of the unit."""
    form = SubmitForm()
    return _walk(nonconformity_id, "submit", form, lambda nc: service.submit(nc, form.effect_due_on.data, now()))


@pages.route("/<int:nonconformity_id>/send-back", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RETURN)
def send_back(nonconformity_id: int) -> ResponseReturnValue:
    """A plan that does not convince."""
    form = ReasonForm()
    return _walk(nonconformity_id, "send_back", form, lambda nc: service.send_back(nc, form.reason.data, now()))


@pages.route("/<int:nonconformity_id>/request-verification", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_ACT)
def request_verification(nonconformity_id: int) -> ResponseReturnValue:
    """No action is open any more."""
    return _walk(nonconformity_id, "request_verification", ConfirmForm(), lambda nc: service.request_verification(nc, now()))


@pages.route("/<int:nonconformity_id>/verify", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_VERIFY)
def verify(nonconformity_id: int) -> ResponseReturnValue:
    """The verdict on the effect."""
    form = VerdictForm()
    form.offer()

    def act(nc: Nonconformity) -> None:
        service.verify(nc, form.effective.data == "yes", form.note.data, now(), form.photos.keep(now()))

    return _walk(nonconformity_id, "verify", form, act)


@pages.route("/<int:nonconformity_id>/close", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_CLOSE)
def close(nonconformity_id: int) -> ResponseReturnValue:
    """The closing."""
    return _walk(nonconformity_id, "close", ConfirmForm(), lambda nc: service.close(nc, now()))


@pages.route("/<int:nonconformity_id>/reopen", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_REOPEN)
def reopen(nonconformity_id: int) -> ResponseReturnValue:
    """It came back."""
    form = ReasonForm()
    return _walk(nonconformity_id, "reopen", form, lambda nc: service.reopen(nc, form.reason.data, now()))


# --- the steps of an action; its owner may be anybody who reads, the verb decides


@pages.route("/<int:nonconformity_id>/actions/<int:action_id>/complete", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_READ)
def complete_action(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """The owner's "done"."""
    form = ResultForm()

    def act(action: Action) -> None:
        service.complete_action(action, form.result.data, now(), form.photos.keep(now()))

    return walk_action(nonconformity_id, action_id, "complete_action", form, act)


@pages.route("/<int:nonconformity_id>/actions/<int:action_id>/cancel", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def cancel_action(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """An action that leaves the plan."""
    form = ReasonForm()

    def act(action: Action) -> None:
        service.cancel_action(action, form.reason.data, now())

    return walk_action(nonconformity_id, action_id, "cancel_action", form, act)


# --- the photos


@pages.get("/<int:nonconformity_id>/photos/<int:number>")
@needs(Permission.NONCONFORMITIES_READ)
def photo(nonconformity_id: int, number: int) -> Response:
    """A photo, for whoever may see the record."""
    return send_stored(queries.photo_of(queries.get(nonconformity_id, now()), number).file)


@pages.route("/<int:nonconformity_id>/photos/<int:number>/remove", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_READ)
def remove_photo(nonconformity_id: int, number: int) -> ResponseReturnValue:
    """Takes a photo out of the record, with its bytes."""
    form = ReasonForm()

    def act(nc: Nonconformity) -> None:
        service.remove_photo(queries.photo_of(nc, number), form.reason.data, now())

    return _walk(nonconformity_id, "remove_photo", form, act)


# --- how each of them goes


class _FieldRefused(Exception):
    """What was given in a field does not hold in the record as it is, or is no photo; the form comes back with the sentence."""


def owner_named(field: Field, unit_id: int) -> Person:
    """The person whose user name was typed, within reach of the unit; otherwise the form comes back and says so."""
    found = find_within_reach(field.data, unit_id, now().today)
    if found is None:
        field.errors = [nobody(field.data).sentence]
        raise _FieldRefused
    return found


def _walk(
    nonconformity_id: int,
    name: str,
    form: VersionedForm,
    act: Callable[[Nonconformity], None],
    fill: Callable[[Nonconformity], None] | None = None,
) -> ResponseReturnValue:
    """Shows the form of a step, or does the step on the record as it is under the lock, which is read once."""

    def do() -> None:
        locked = queries.get(nonconformity_id, now(), to_change=True)
        check_version(locked, form.version.data)
        act(locked)

    def hindrances(nc: Nonconformity) -> Sequence[Refusal]:
        return WORKFLOW.hindrances(nc, name, now())

    if _done(form, do, lambda: hindrances(queries.get(nonconformity_id, now()))):
        return _back(nonconformity_id)
    nc = queries.get(nonconformity_id, now())
    if fill is not None and not form.is_submitted():
        fill(nc)
    return _step_page(nc, WORKFLOW.step(name), hindrances(nc), form)


def walk_action(
    nonconformity_id: int, action_id: int, name: str, form: VersionedForm, act: Callable[[Action], None]
) -> ResponseReturnValue:
    """The same for a step of one action."""

    def do() -> None:
        locked = queries.get_action(nonconformity_id, action_id, now(), to_change=True)
        check_version(locked, form.version.data)
        act(locked)

    def hindrances(action: Action) -> Sequence[Refusal]:
        return ACTION_WORKFLOW.hindrances(action, name, rules.acting_moment(action, now()))

    if _done(form, do, lambda: hindrances(queries.get_action(nonconformity_id, action_id, now()))):
        return _back(nonconformity_id)
    action = queries.get_action(nonconformity_id, action_id, now())
    return _step_page(action.nonconformity, ACTION_WORKFLOW.step(name), hindrances(action), form, action)


def _done(form: VersionedForm, do: Callable[[], None], hindrances: Callable[[], Sequence[Refusal]]) -> bool:
    """Whether the form was sent and the step is done; a form that lacks something says so at its fields.

    ``hindrances`` are asked before photos are decoded, which costs more than the step: whoever may not do it makes nobody work.
    """
    if not form.validate_on_submit():
        return False
    try:
        if "photos" in form and form["photos"].uploads:
            refuse_if(*hindrances())
            if not form["photos"].read():
                return False
        with writing():
            do()
    except _FieldRefused:
        return False
    flash(_("Saved."), "good")
    return True


def _step_page(
    nc: Nonconformity, step: Step, refusals: Sequence[Refusal], form: VersionedForm, action: Action | None = None
) -> ResponseReturnValue:
    if not form.is_submitted():
        form.version.data = str(nc.version if action is None else action.version)
    page = render_template(
        "nonconformities/step.html",
        **about(nc),
        action=action,
        step=step,
        refusals=refusals,
        form=form,
        people=queries.people_of(nc.unit) if "owner" in form else (),
    )
    return page, 422 if form.errors else 200


def _back(nonconformity_id: int) -> ResponseReturnValue:
    return redirect(url_for("nonconformities.show", nonconformity_id=nonconformity_id))
