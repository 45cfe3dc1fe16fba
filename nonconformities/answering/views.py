"""Answering in one form, for oneself or for the head to confirm; and giving an action to somebody else."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from nonconformities import queries, rules, service
from nonconformities.answering.forms import AnswerForm, ForSomebodyForm, ReportForm, restored
from nonconformities.answering.offering import answer_obstacles, confirmers, report_obstacles
from nonconformities.answering.preparables import ANSWER, REPORT, fields_of
from nonconformities.answering.preparables import answer as give_answer
from nonconformities.forms import OwnerForm
from nonconformities.models import Action, Nonconformity
from nonconformities.views.pages import about
from nonconformities.views.steps import owner_named, walk_action
from nonconformities.workflow import WORKFLOW
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.behalf import queries as prepared
from qms.behalf import service as behalf
from qms.kernel.db import writing
from qms.kernel.feature import Preparable
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused

NOTHING_KEPT: Mapping[str, str] = {}
answering = Blueprint("answering", __name__, url_prefix="/nonconformities")


@answering.route("/<int:nonconformity_id>/answer", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def answer(nonconformity_id: int) -> ResponseReturnValue:
    """The head's answer in one piece: correction, cause, plan."""

    def form_of(nc: Nonconformity) -> AnswerForm:
        form = _answer_form(nc, {})
        del form.for_person
        return form

    def act(nc: Nonconformity, form: AnswerForm) -> None:
        give_answer(nc, fields_of(form.filled_in()), now())

    refused, form = _sent(nonconformity_id, form_of, act)
    if refused is None:
        flash(_("The answer is submitted; the actions begin."), "good")
        return _to_record(nonconformity_id)
    nc = queries.get(nonconformity_id, now())
    hindrances = refused or WORKFLOW.hindrances(nc, "record_analysis", now())
    return _answer_page(nc, form or form_of(nc), hindrances, _status(form, refused))


@answering.route("/<int:nonconformity_id>/prepare", methods=["GET", "POST"])
@needs(Permission.FORMS_PREPARE)
def prepare_answer(nonconformity_id: int) -> ResponseReturnValue:
    """The same, filled in for the head."""

    def form_of(nc: Nonconformity, kept: Mapping[str, str] = NOTHING_KEPT) -> AnswerForm:
        form = _answer_form(nc, kept)
        form.offer_people(confirmers(nc, now()))
        return form

    def act(nc: Nonconformity, form: AnswerForm) -> None:
        _lay_before(ANSWER, nc.code, nc, form, now())

    refused, form = _sent(nonconformity_id, form_of, act)
    if refused is None:
        return _laid(nonconformity_id)
    nc = queries.get(nonconformity_id, now())
    waits, kept = prepared.of_step(ANSWER.kind, nc.code, ANSWER.step, now().person)
    shown = form or form_of(nc, kept)
    hindrances = refused or answer_obstacles(nc, waits, now(), shown.people)
    return _answer_page(nc, shown, hindrances, _status(form, refused))


@answering.route("/<int:nonconformity_id>/actions/<int:action_id>/prepare", methods=["GET", "POST"])
@needs(Permission.FORMS_PREPARE)
def prepare_report(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """The report of an action, filled in for the head."""

    def form_of(nc: Nonconformity, kept: Mapping[str, str] = NOTHING_KEPT) -> ReportForm:
        action = queries.action_of(nc, action_id)
        form = ReportForm(data={"version": str(action.version), **restored(kept)})
        form.offer_people(confirmers(nc, now()))
        return form

    def act(nc: Nonconformity, form: ReportForm) -> None:
        action = queries.action_of(nc, action_id)
        _lay_before(REPORT, action.reference, nc, form, now(), action=action.description)

    refused, form = _sent(nonconformity_id, form_of, act)
    if refused is None:
        return _laid(nonconformity_id)
    nc = queries.get(nonconformity_id, now())
    action = queries.action_of(nc, action_id)
    waits, kept = prepared.of_step(REPORT.kind, action.reference, REPORT.step, now().person)
    shown = form or form_of(nc, kept)
    page = render_template(
        "nonconformities/prepare_report.html",
        **about(nc),
        action=action,
        form=shown,
        refusals=refused or report_obstacles(action, waits, now(), shown.people),
    )
    return page, _status(form, refused)


@answering.route("/<int:nonconformity_id>/actions/<int:action_id>/hand-over", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def hand_action_over(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """An open action gets another owner."""
    form = OwnerForm()

    def act(locked: Action) -> None:
        service.hand_action_over(locked, owner_named(form.owner, locked.unit_id), now())

    return walk_action(nonconformity_id, action_id, "hand_action_over", form, act)


# --- how they go

F = TypeVar("F", bound=ForSomebodyForm)


def _sent(
    nonconformity_id: int, form_of: Callable[[Nonconformity], F], act: Callable[[Nonconformity, F], None]
) -> tuple[Sequence[Refusal] | None, F | None]:
    """Does what was sent, on the record as it is under the lock: (None, form) when it is done.

    Otherwise the refusals, none when the form lacks something or was not sent, and the form when it was.
    """
    if request.method != "POST":
        return (), None
    form: F | None = None
    try:
        with writing():
            locked = queries.get(nonconformity_id, now(), to_change=True)
            form = form_of(locked)
            if not form.validate():
                return (), form
            act(locked, form)
    except Refused as refused:
        return refused.refusals, form
    return None, form


def _status(form: ForSomebodyForm | None, refused: Sequence[Refusal]) -> int:
    return 200 if form is None else 409 if refused else 422


def _answer_form(nc: Nonconformity, kept: Mapping[str, str]) -> AnswerForm:
    known = {"version": str(nc.version), "correction": nc.correction, "root_cause": nc.root_cause}
    form = AnswerForm(data={**known, **restored(kept)})
    form.needs_action = not rules.live_actions(nc)
    return form


def _answer_page(nc: Nonconformity, form: AnswerForm, refusals: Sequence[Refusal], status: int) -> ResponseReturnValue:
    page = render_template(
        "nonconformities/answer.html",
        **about(nc),
        form=form,
        refusals=refusals,
        live=rules.live_actions(nc),
        people=queries.people_of(nc.unit),
    )
    return page, status


def _lay_before(preparable: Preparable, code: str, nc: Nonconformity, form: ForSomebodyForm, moment: Moment, **more: str) -> None:
    bearer = next(person for person, _principals in form.people if person.id == form.for_person.data)
    behalf.prepare(preparable, code, nc.unit_id, fields_of({**form.filled_in(), **more}), bearer, moment)


def _laid(nonconformity_id: int) -> ResponseReturnValue:
    flash(_("It waits for confirmation; nothing of it counts before."), "good")
    return _to_record(nonconformity_id)


def _to_record(nonconformity_id: int) -> ResponseReturnValue:
    return redirect(url_for("nonconformities.show", nonconformity_id=nonconformity_id), 303)
