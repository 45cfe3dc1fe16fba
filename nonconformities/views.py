"""The pages of nonconformities: find, bind, one verb, answer."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from nonconformities import preparing, queries, rules, service
from nonconformities.forms import (
    ActionForm,
    AnalysisForm,
    ConfirmForm,
    RaiseForm,
    ReasonForm,
    ResultForm,
    SubmitForm,
    VerdictForm,
    VersionedForm,
)
from nonconformities.models import Action, ActionState, Grade, Nonconformity, NonconformityState, Source
from nonconformities.story import life, sentences
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.accounts.service import find
from qms.behalf.queries import may_see, preparable_of
from qms.behalf.workflow import WORKFLOW as PREPARED
from qms.behalf.workflow import acting
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.forms import check_version
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.paging import paginate
from qms.kernel.refusal import Refusal
from qms.kernel.web import filter_text, kept_filters, page_number
from qms.kernel.workflow import OpenStep
from qms.reports.comma_separated import Cell
from qms.reports.table_file import table_file

pages = Blueprint("nonconformities", __name__, url_prefix="/nonconformities")

_SHOWN_STEPS = [step.name for step in WORKFLOW.steps if step.name != "verify_not_effective"]
"""The two verdicts are one form."""


# --- the list


@pages.get("")
@needs(Permission.NONCONFORMITIES_READ)
def listing() -> ResponseReturnValue:
    """What, whose, until when, what stands in the way; the filters live in the address."""
    moment, filters = now(), _filters()
    return render_template(
        "nonconformities/listing.html",
        page=paginate(queries.listing(filters, moment), page_number()),
        filters=filters,
        filter_args=kept_filters(),
        units=queries.units_listed(moment),
        states=NonconformityState,
        open_state=queries.OPEN,
        grades=Grade,
        next_due=rules.next_due,
        obstacle=lambda nc: _obstacle(nc, moment),
        may_raise=moment.person.may(Permission.NONCONFORMITIES_RAISE, None),
    )


@pages.get("/export.<any(xlsx, csv):extension>")
@needs(Permission.NONCONFORMITIES_READ)
def export(extension: str) -> ResponseReturnValue:
    """The list as a file, with the filters that are set."""
    moment = now()
    columns = [
        _("Code"),
        _("Unit"),
        _("Grade"),
        _("Found by"),
        _("Clause"),
        _("What does not conform?"),
        _("Raised on"),
        _("Response due on"),
        _("Due on"),
        _("State"),
        _("Next due day"),
    ]
    rows = [_row(nc) for nc in queries.exported(_filters(), moment)]
    return table_file(f"nonconformities-{moment.today.isoformat()}.{extension}", _("Nonconformities"), columns, rows)


def _filters() -> queries.Filters:
    return queries.Filters(
        filter_text("q"), filter_text("unit"), filter_text("state"), filter_text("grade"), filter_text("overdue") == "1"
    )


def _row(nc: Nonconformity) -> Sequence[Cell]:
    return [
        nc.code,
        nc.unit.name,
        str(nc.grade.title),
        str(nc.source.title),
        nc.clause,
        nc.statement,
        nc.raised_on,
        nc.response_due_on,
        rules.due(nc),
        str(nc.state.title),
        rules.next_due(nc),
    ]


def _obstacle(nc: Nonconformity, moment: Moment) -> Refusal | None:
    """What holds a record where it is, whoever looks; one line of the list has room for one reason."""
    hindering: dict[NonconformityState, Sequence[Callable[[Nonconformity, Moment], Refusal | None]]] = {
        NonconformityState.PLANNING: (rules.correction_recorded, rules.cause_recorded, rules.has_action),
        NonconformityState.ACTING: (rules.no_open_action,),
        NonconformityState.VERIFYING: (rules.effectiveness_verified,),
    }
    return rules.first_refusal(rule(nc, moment) for rule in hindering.get(nc.state, ()))


# --- one record


@pages.get("/<int:nonconformity_id>")
@needs(Permission.NONCONFORMITIES_READ)
def show(nonconformity_id: int) -> ResponseReturnValue:
    """The record: what was found, what was done, why, the actions, the next steps, the history."""
    moment = now()
    nc = queries.get(nonconformity_id, moment)
    steps, urls = _steps(nc, moment)
    return render_template(
        "nonconformities/show.html",
        nc=nc,
        due_on=rules.next_due(nc),
        action_due=rules.action_due,
        open_action=ActionState.OPEN,
        responses=rules.responses_in_force(nc),
        life=life(nc, moment.today),
        history=sentences(nc),
        steps=steps,
        urls=urls,
        waiting=preparing.waiting(nc),
        may_see=lambda form: may_see(form, moment.person),
        title_of=lambda form: preparable_of(form).title,
        audit_url=house().record_url("audit", nc.audit_code) if nc.audit_code else None,
        procedure_url=house().record_url("procedure", nc.procedure.code) if nc.procedure else None,
    )


def _steps(nc: Nonconformity, moment: Moment) -> tuple[list[OpenStep], dict[str, str]]:
    """What can be done next with the record and with each of its open actions, and the address of each step."""
    steps, urls = [], {}
    # outside their state these would be grey for every action; the record's own steps say that already
    step_of_actions = {NonconformityState.ACTING: "complete_action", NonconformityState.PLANNING: "cancel_action"}.get(nc.state)
    waiting = rules.open_actions(nc) if step_of_actions is not None else []
    for action in waiting:
        asked = rules.acting_moment(action, moment)
        for step in ACTION_WORKFLOW.next_steps(action, asked, [step_of_actions or ""]):
            name = f"{step.name}-{action.id}"
            title = _("Action %(number)s: %(step)s", number=action.number, step=step.title)
            steps.append(OpenStep(name, title, step.refusals))
            urls[name] = url_for(f"nonconformities.{step.name}", nonconformity_id=nc.id, action_id=action.id)
    own = WORKFLOW.next_steps(nc, moment, _SHOWN_STEPS)
    urls.update({step.name: url_for(f"nonconformities.{step.name}", nonconformity_id=nc.id) for step in own})
    for step, endpoint, action_id in preparing.steps(nc, moment):
        one = {} if action_id is None else {"action_id": action_id}
        urls[step.name] = url_for(f"answering.{endpoint}", nonconformity_id=nc.id, **one)
        if step.name == "answer":  # the shortest way comes first
            own.insert(0, step)
        else:
            steps.append(step)
    found = own + steps if nc.state is NonconformityState.PLANNING else steps + own
    for form in preparing.waiting(nc):  # whoever is to confirm finds that first, not the empty form
        if not PREPARED.hindrances(form, "confirm", acting(form, moment)):
            found.insert(0, OpenStep(f"confirm-{form.id}", _("See what was filled in and confirm it"), ()))
            urls[f"confirm-{form.id}"] = url_for("behalf.show", form_id=form.id)
    return found, urls


# --- raising


@pages.route("/new", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RAISE)
def new() -> ResponseReturnValue:
    """Raises a nonconformity that no audit found."""
    moment, form = now(), RaiseForm()
    units = queries.units_to_raise_in(moment)
    form.offer(units)
    if not form.validate_on_submit():
        return _raise_page(form)
    with writing():
        unit = next((unit for unit in queries.units_to_raise_in(moment) if unit.code == form.unit.data), None) or abort(404)
        procedure = queries.procedure_of(unit, form.procedure.data) if form.procedure.data else None
        if form.procedure.data and procedure is None:
            form.procedure.errors = [_("Neither owned by this unit nor applied there: %(code)s.", code=form.procedure.data)]
            return _raise_page(form)
        nc = service.raise_nonconformity(
            unit,
            grade=Grade(form.grade.data),
            statement=form.statement.data,
            requirement=form.requirement.data,
            evidence=form.evidence.data,
            clause=form.clause.data,
            source=Source(form.source.data),
            procedure=procedure,
            moment=moment,
        )
        found = nc.id
    flash(_("The nonconformity is raised."), "good")
    return redirect(url_for("nonconformities.show", nonconformity_id=found))


def _raise_page(form: RaiseForm) -> ResponseReturnValue:
    return render_template("nonconformities/new.html", form=form), 422 if form.errors else 200


# --- the steps of a record: one endpoint for each verb


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
    if form.is_submitted() and form.validate() and find(form.owner.data) is None:
        form.owner.errors = [_("There is nobody with the username %(username)s.", username=form.owner.data)]
        return _step_page(nc, "add_action", form, people=people)

    def act(nc: Nonconformity) -> None:
        owner = find(form.owner.data) or abort(404)
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
        "nonconformities/step.html", nc=nc, action=action, step=step, refusals=refusals, form=form, **{"people": (), **more}
    )
    return page, 422 if form.errors else 200


def _done(nonconformity_id: int) -> ResponseReturnValue:
    flash(_("Saved."), "good")
    return redirect(url_for("nonconformities.show", nonconformity_id=nonconformity_id))
