"""Pages of audits: the list, a new one, the checklist, the report."""

from collections.abc import Sequence

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from audits import queries, service
from audits.checklist_page import chapter_shown
from audits.forms import CancelForm, LeadForm, PlanForm, RemoveEvidenceForm, ReportForm, version_of
from audits.listing import LIST
from audits.models import Audit, AuditKind, EvidenceItem
from audits.rules import nothing_rests_on
from audits.showing import checklist_context, events_of, page_context
from audits.workflow import WORKFLOW, acting
from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.files.views import send_stored
from qms.kernel.db import writing
from qms.kernel.forms import check_version
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import filter_number, filter_text, is_fragment
from qms.units.models import Unit

blueprint = Blueprint("audits", __name__, url_prefix="/audits")


LIST.open(blueprint, "")


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.AUDITS_PLAN)
def new() -> ResponseReturnValue:
    """A new audit."""
    moment = now()
    form = PlanForm(data=_planned_before(moment))
    refusals: tuple[Refusal, ...] = ()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                planned = _plan(form, moment)
                if planned is not None:
                    audit_id, code = planned
                    flash(_("The audit %(code)s is planned.", code=code), "good")
                    return redirect(url_for(".show", audit_id=audit_id), 303)
                form.unit_id.errors = [_("Choose the unit.")]
            except Refused as refused:
                refusals, status = refused.refusals, 409
    units, people = _offer(form, moment)
    clash = form.clashing_lead(people, form.unit_id.data)
    page = render_template("audits/new.html", form=form, refusals=refusals, no_units=not units, clash=clash)
    return make_response(page, status)


def _plan(form: PlanForm, moment: Moment) -> tuple[int, str] | None:
    """Plans what a form that was found whole says; None when nobody may plan there, or the lead does not exist."""
    lead_id = form.lead_auditor_id.data or 0
    with writing():
        found = queries.plannable_unit(form.unit_id.data, lead_id, moment.person, moment.today)
        if found is None or (lead_id and found[1] is None):
            return None
        unit, lead = found
        audit = service.plan_audit(
            unit,
            AuditKind(form.kind.data),
            form.planned_on.data or moment.today,
            lead,
            form.chosen_clauses(),
            moment,
            form.independence_exception.data or None,
        )
        return audit.id, audit.code


def _offer(form: PlanForm, moment: Moment) -> tuple[Sequence[Unit], Sequence[Person]]:
    """The units in which the person may plan, and who may be named as lead in the one that is chosen."""
    units = queries.plannable_units(moment.person, moment.today)
    unit_id = next((unit.id for unit in units if unit.id == form.unit_id.data), None)
    people = queries.possible_leads(moment.person, unit_id, moment.today)
    form.offer(units, people, unit_id)
    return units, people


def _planned_before(moment: Moment) -> dict[str, object]:
    """What the form of a new audit starts with: what was chosen before the unit was, so that nothing is reset in silence."""
    return {
        "planned_on": moment.today,
        "unit_id": filter_number("unit_id"),
        "lead_auditor_id": filter_number("lead_auditor_id") or 0,
        "independence_exception": filter_text("independence_exception"),
        "clauses": [],
    }


@blueprint.get("/<int:audit_id>")
@needs(Permission.AUDITS_READ)
def show(audit_id: int) -> ResponseReturnValue:
    """The audit: progress, one chapter of its checklist, next steps."""
    moment = now()
    audit = _audit(audit_id)
    chapter = chapter_shown(audit, request.args.get("chapter"), filter_number("question"))
    context = page_context(audit, moment) | checklist_context(audit, chapter, moment)
    return render_template("audits/show.html", **context, sentences=())


@blueprint.get("/<int:audit_id>/history")
@needs(Permission.AUDITS_READ)
def events(audit_id: int) -> ResponseReturnValue:
    """What happened to the audit: a page of its own, fetched into the page of the audit once that stands."""
    template = "audits/_history.html" if is_fragment() else "audits/history.html"
    audit = _audit(audit_id)
    return render_template(template, audit=audit, events=events_of(audit))


@blueprint.post("/<int:audit_id>/start")
@needs(Permission.AUDITS_READ)
def start(audit_id: int) -> ResponseReturnValue:
    """Starts the audit and copies the questions."""
    return _step(audit_id, "start")


@blueprint.post("/<int:audit_id>/checklist")
@needs(Permission.AUDITS_READ)
def take_checklist(audit_id: int) -> ResponseReturnValue:
    """Copies the questions into an audit of a register."""
    return _step(audit_id, "take_checklist")


def _step(audit_id: int, name: str) -> ResponseReturnValue:
    moment = now()
    verb = {"start": service.start, "take_checklist": service.take_checklist}[name]
    with writing():
        audit = _audit_for_change(audit_id)
        check_version(audit, request.form.get("version"))
        verb(audit, moment)
    return redirect(url_for(".show", audit_id=audit_id), 303)


@blueprint.get("/<int:audit_id>/evidence/<int:number>")
@needs(Permission.AUDITS_READ)
def photo(audit_id: int, number: int) -> Response:
    """The photo of a piece of evidence, for whoever may see the audit."""
    item = next((item for item in _audit(audit_id).evidence if item.number == number and item.file is not None), None)
    if item is None or item.file is None:
        abort(404)
    return send_stored(item.file)


@blueprint.route("/<int:audit_id>/evidence/<int:number>/remove", methods=["GET", "POST"])
@needs(Permission.AUDITS_READ)
def remove_evidence(audit_id: int, number: int) -> ResponseReturnValue:
    """Takes a photo or another piece of evidence out of a running audit, with the reason."""
    form = RemoveEvidenceForm()
    if form.validate_on_submit():
        with writing():
            audit = queries.find_with_evidence(audit_id, now().person, to_change=True) or abort(404)
            item = _evidence(audit, number)
            service.remove_evidence(item, form.reason.data or "", now())
        flash(_("The evidence is removed."), "good")
        return redirect(url_for(".show", audit_id=audit_id), 303)
    audit = queries.find_with_evidence(audit_id, now().person) or abort(404)
    item = _evidence(audit, number)
    hindrances = WORKFLOW.hindrances(audit, "remove_evidence", acting(audit, now()))
    hindrances += [each for each in (nothing_rests_on(item, audit.questions),) if each is not None]
    page = render_template("audits/remove_evidence.html", audit=audit, item=item, form=form, hindrances=hindrances)
    return make_response(page, 422 if form.is_submitted() else 200)


@blueprint.route("/<int:audit_id>/report", methods=["GET", "POST"])
@needs(Permission.AUDITS_READ)
def report(audit_id: int) -> ResponseReturnValue:
    """The conclusion; afterwards the answers are locked."""
    audit = _audit(audit_id)
    form = ReportForm(data={"version": version_of(audit)})
    if form.validate_on_submit():
        with writing():
            audit = _audit_for_change(audit_id)
            check_version(audit, form.version.data)
            service.report(audit, form.conclusion.data or "", now())
        flash(_("The audit is reported."), "good")
        return redirect(url_for(".show", audit_id=audit_id), 303)
    hindrances = WORKFLOW.hindrances(audit, "report", acting(audit, now()))
    page = render_template(
        "audits/report.html", audit=audit, form=form, hindrances=hindrances, counts=queries.answer_counts(audit.questions)
    )
    return make_response(page, 422 if form.is_submitted() else 200)


@blueprint.route("/<int:audit_id>/cancel", methods=["GET", "POST"])
@needs(Permission.AUDITS_PLAN)
def cancel(audit_id: int) -> ResponseReturnValue:
    """Takes the audit off the programme."""
    audit = _audit(audit_id)
    form = CancelForm(data={"version": version_of(audit)})
    if form.validate_on_submit():
        with writing():
            audit = _audit_for_change(audit_id)
            check_version(audit, form.version.data)
            service.cancel(audit, form.reason.data or "", now())
        flash(_("The audit is cancelled."), "good")
        return redirect(url_for(".show", audit_id=audit_id), 303)
    hindrances = WORKFLOW.hindrances(audit, "cancel", now())
    page = render_template("audits/cancel.html", audit=audit, form=form, hindrances=hindrances)
    return make_response(page, 422 if form.is_submitted() else 200)


@blueprint.route("/<int:audit_id>/lead", methods=["GET", "POST"])
@needs(Permission.AUDITS_PLAN)
def change_lead(audit_id: int) -> ResponseReturnValue:
    """Somebody else leads the audit."""
    moment = now()
    form = LeadForm()
    if form.validate_on_submit():
        with writing():
            audit = queries.find_to_appoint(audit_id, moment.person) or abort(404)
            check_version(audit, form.version.data)
            lead = queries.nameable(form.lead_auditor_id.data, audit.unit_id, moment.today) or abort(404)
            service.change_lead(audit, lead, moment)
        flash(_("Another lead auditor is appointed."), "good")
        return redirect(url_for(".show", audit_id=audit_id), 303)
    audit = _audit(audit_id)
    if not form.is_submitted():
        form = LeadForm(data={"version": version_of(audit), "lead_auditor_id": audit.lead_auditor_id})
    form.offer(queries.possible_leads(moment.person, audit.unit_id, moment.today), audit)
    hindrances = WORKFLOW.hindrances(audit, "change_lead", moment)
    page = render_template("audits/lead.html", audit=audit, form=form, hindrances=hindrances)
    return make_response(page, 422 if form.is_submitted() else 200)


def _audit(audit_id: int) -> Audit:
    return queries.find(audit_id, now().person) or abort(404)


def _audit_for_change(audit_id: int) -> Audit:
    return queries.find_for_change(audit_id, now().person) or abort(404)


def _evidence(audit: Audit, number: int) -> EvidenceItem:
    return next((each for each in audit.evidence if each.number == number), None) or abort(404)
