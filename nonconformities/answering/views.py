"""Answering in one form, for oneself or for the head to confirm; and giving an action to somebody else."""

from collections.abc import Mapping, Sequence

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from nonconformities import queries, rules, service
from nonconformities.answering.forms import AnswerForm, ForSomebodyForm, ReportForm, restored
from nonconformities.answering.offering import answer_obstacles, confirmers, report_obstacles, waiting
from nonconformities.answering.preparables import ANSWER, REPORT, fields_of
from nonconformities.forms import OwnerForm
from nonconformities.models import Action, Nonconformity
from nonconformities.views.pages import about
from nonconformities.views.steps import walk_action
from nonconformities.workflow import WORKFLOW
from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.behalf import queries as prepared
from qms.behalf import service as behalf
from qms.kernel.db import db, writing
from qms.kernel.feature import Preparable
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.people.within_reach import find_within_reach, nobody

answering = Blueprint("answering", __name__, url_prefix="/nonconformities")


@answering.route("/<int:nonconformity_id>/answer", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def answer(nonconformity_id: int) -> ResponseReturnValue:
    """The head's answer in one piece: correction, cause, plan."""
    moment = now()
    nc = queries.get(nonconformity_id, moment)
    form = _answer_form(nc, {})
    del form.for_person
    refusals: Sequence[Refusal] = WORKFLOW.hindrances(nc, "record_analysis", moment)
    if form.validate_on_submit():
        code = nc.code
        try:
            with writing():
                queries.get(nonconformity_id, now(), to_change=True)
                ANSWER.perform(code, fields_of(form.filled_in()), now())
        except Refused as refused:
            return _answer_page(queries.get(nonconformity_id, now()), form, refused.refusals, 409)
        flash(_("The answer is submitted; the actions begin."), "good")
        return redirect(url_for("nonconformities.show", nonconformity_id=nonconformity_id), 303)
    return _answer_page(nc, form, refusals, 422 if form.errors else 200)


@answering.route("/<int:nonconformity_id>/prepare", methods=["GET", "POST"])
@needs(Permission.FORMS_PREPARE)
def prepare_answer(nonconformity_id: int) -> ResponseReturnValue:
    """The same, filled in for the head."""
    moment = now()
    nc = queries.get(nonconformity_id, moment)
    form = _answer_form(nc, prepared.last_kept(ANSWER.kind, nc.code, ANSWER.step, moment.person))
    form.offer_people(confirmers(nc, moment))
    refusals: Sequence[Refusal] = answer_obstacles(nc, waiting(nc), moment)
    if form.validate_on_submit():
        try:
            with writing():
                locked = queries.get(nonconformity_id, now(), to_change=True)
                _lay_before(ANSWER, locked.code, locked, form, now())
        except Refused as refused:
            return _answer_page(queries.get(nonconformity_id, now()), form, refused.refusals, 409)
        return _laid(nonconformity_id)
    return _answer_page(nc, form, refusals, 422 if form.errors else 200)


@answering.route("/<int:nonconformity_id>/actions/<int:action_id>/prepare", methods=["GET", "POST"])
@needs(Permission.FORMS_PREPARE)
def prepare_report(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """The report of an action, filled in for the head."""
    moment = now()
    action = queries.get_action(nonconformity_id, action_id, moment)
    kept = prepared.last_kept(REPORT.kind, action.reference, REPORT.step, moment.person)
    form = ReportForm(data={"version": str(action.version), **restored(kept)})
    form.offer_people(confirmers(action.nonconformity, moment))
    refusals: Sequence[Refusal] = report_obstacles(action, waiting(action.nonconformity), moment)
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with writing():
                locked = queries.get_action(nonconformity_id, action_id, now(), to_change=True)
                _lay_before(REPORT, locked.reference, locked.nonconformity, form, now(), action=locked.description)
        except Refused as refused:
            refusals, status = refused.refusals, 409
            action = queries.get_action(nonconformity_id, action_id, now())
        else:
            return _laid(nonconformity_id)
    page = render_template(
        "nonconformities/prepare_report.html",
        **about(action.nonconformity),
        action=action,
        form=form,
        refusals=refusals,
    )
    return page, status


@answering.route("/<int:nonconformity_id>/actions/<int:action_id>/hand-over", methods=["GET", "POST"])
@needs(Permission.NONCONFORMITIES_RESPOND)
def hand_action_over(nonconformity_id: int, action_id: int) -> ResponseReturnValue:
    """An open action gets another owner."""
    action = queries.get_action(nonconformity_id, action_id, now())
    form = OwnerForm()

    def act(locked: Action) -> None:
        username = str(form.owner.data)
        owner = find_within_reach(username, locked.unit_id, now().today)
        if owner is None:
            raise Refused([nobody(username)])
        service.hand_action_over(locked, owner, now())

    return walk_action(action, "hand_action_over", form, act, people=queries.people_of(action.nonconformity.unit))


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
    bearer = db.session.get_one(Person, form.for_person.data)
    behalf.prepare(preparable, code, nc.unit_id, fields_of({**form.filled_in(), **more}), bearer, moment)


def _laid(nonconformity_id: int) -> ResponseReturnValue:
    flash(_("It waits for confirmation; nothing of it counts before."), "good")
    return redirect(url_for("nonconformities.show", nonconformity_id=nonconformity_id), 303)
