"""The list, one record, and raising a new one."""

from collections.abc import Sequence

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nonconformities import queries, rules, service
from nonconformities.answering import offering
from nonconformities.forms import RaiseForm
from nonconformities.listing import LIST
from nonconformities.models import Grade, Nonconformity, NonconformityState, Source
from nonconformities.paper import keeping
from nonconformities.story import life, sentences
from nonconformities.views.pages import about, pages
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.behalf.models import PreparedForm
from qms.behalf.queries import may_see, preparable_of
from qms.behalf.workflow import WORKFLOW as PREPARED
from qms.behalf.workflow import acting
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.workflow import OpenStep

_SHOWN_STEPS = [step.name for step in WORKFLOW.steps if step.name not in {"verify_not_effective", "remove_photo"}]
"""The two verdicts are one form; a photo is removed where it is shown."""


# --- the list


LIST.open(pages, "")


# --- one record


@pages.get("/<int:nonconformity_id>")
@needs(Permission.NONCONFORMITIES_READ)
def show(nonconformity_id: int) -> ResponseReturnValue:
    """The record: what was found, what was done, why, the actions, the next steps, the history."""
    moment = now()
    nc = queries.get(nonconformity_id, moment)
    waiting = offering.waiting(nc)
    steps, urls = _steps(nc, waiting, moment)
    return render_template(
        "nonconformities/show.html",
        **about(nc),
        due_on=rules.next_due(nc),
        papers=keeping.issued(nc) if keeping.is_final(nc) else (),
        responses=rules.responses_in_force(nc),
        life=life(nc, moment.today),
        history=sentences(nc),
        steps=steps,
        urls=urls,
        waiting=waiting,
        may_see=lambda form: may_see(form, moment.person),
        title_of=lambda form: preparable_of(form).title,
        audit_url=house().record_url("audit", nc.audit_code) if nc.audit_code else None,
        procedure_url=url_for("procedures.show", procedure_id=nc.procedure_id) if nc.procedure else None,
    )


def _steps(nc: Nonconformity, waiting: Sequence[PreparedForm], moment: Moment) -> tuple[list[OpenStep], dict[str, str]]:
    """What can be done next with the record and with each of its open actions, and the address of each step."""
    steps, urls = [], {}
    # outside their state these would be grey for every action; the record's own steps say that already
    step_of_actions = {NonconformityState.ACTING: "complete_action", NonconformityState.PLANNING: "cancel_action"}.get(nc.state)
    for action in rules.open_actions(nc) if step_of_actions is not None else []:
        asked = rules.acting_moment(action, moment)
        for step in ACTION_WORKFLOW.next_steps(action, asked, [step_of_actions or ""]):
            name = f"{step.name}-{action.id}"
            title = _("Action %(number)s: %(step)s", number=action.number, step=step.title)
            steps.append(OpenStep(name, title, step.refusals))
            urls[name] = url_for(f"nonconformities.{step.name}", nonconformity_id=nc.id, action_id=action.id)
    own = WORKFLOW.next_steps(nc, moment, _SHOWN_STEPS)
    urls.update({step.name: url_for(f"nonconformities.{step.name}", nonconformity_id=nc.id) for step in own})
    for step, endpoint, action_id in offering.steps(nc, waiting, moment):
        one = {} if action_id is None else {"action_id": action_id}
        urls[step.name] = url_for(f"answering.{endpoint}", nonconformity_id=nc.id, **one)
        if step.name == "answer":  # the shortest way comes first
            own.insert(0, step)
        else:
            steps.append(step)
    found = own + steps if nc.state is NonconformityState.PLANNING else steps + own
    for form in waiting:  # whoever is to confirm finds that first, not the empty form
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
    if request.method != "POST":
        form.offer(queries.units_to_raise_in(moment))
        return _raise_page(form)
    with writing():
        found = _raised(form, moment)
    if found is None:
        return _raise_page(form)
    flash(_("The nonconformity is raised."), "good")
    return redirect(url_for("nonconformities.show", nonconformity_id=found))


def _raised(form: RaiseForm, moment: Moment) -> int | None:
    """The number of the new record; None when the form lacks something and says so."""
    units = queries.units_to_raise_in(moment)
    form.offer(units)
    if not form.validate():
        return None
    unit = next(unit for unit in units if unit.code == form.unit.data)
    procedure = queries.procedure_of(unit, form.procedure.data) if form.procedure.data else None
    if form.procedure.data and procedure is None:
        form.procedure.errors = [_("Neither owned by this unit nor applied there: %(code)s.", code=form.procedure.data)]
        return None
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
    return nc.id


def _raise_page(form: RaiseForm) -> ResponseReturnValue:
    return render_template("nonconformities/new.html", form=form), 422 if form.errors else 200
