"""Pages of audits: the list, a new one, the checklist, the report."""

from itertools import groupby

from flask import Blueprint, Response, abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from audits import queries, service
from audits.forms import AnswerForm, CancelForm, LeadForm, PlanForm, RemoveEvidenceForm, ReportForm, answer_form, version_of
from audits.listing import export_file, filters_of_request
from audits.models import Answer, Audit, AuditKind, AuditState, EvidenceItem, EvidenceKind, Question
from audits.rules import removal_refusals
from audits.workflow import WORKFLOW, acting
from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.config import present_settings
from qms.files import service as files
from qms.files.views import send_stored
from qms.journal.names import names_of, who
from qms.kernel.db import db, writing
from qms.kernel.feature import house
from qms.kernel.forms import ChangedMeanwhile, check_version
from qms.kernel.language import _
from qms.kernel.paging import complete, paginate
from qms.kernel.reference import Reference
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import filter_number, is_fragment, kept_filters, page_number
from qms.standard.catalogue import split_codes
from qms.trail.service import history
from qms.units.models import Unit

blueprint = Blueprint("audits", __name__, url_prefix="/audits")

_PAGE_STEPS = ("start", "take_checklist", "report", "change_lead", "cancel")
_MANY_EVENTS = 12


@blueprint.get("/")
@needs(Permission.AUDITS_READ)
def listing() -> ResponseReturnValue:
    """Every audit in scope: what, whose, until when, what stands in the way."""
    moment = now()
    filters = filters_of_request()
    page = paginate(queries.listing(filters, moment.person), page_number())
    return render_template(
        "audits/list.html",
        page=page,
        filters=filters,
        progress=queries.progress_of([audit.id for audit in page.items]),
        units=queries.audited_units(moment.person),
        years=queries.years(moment.person),
        states=AuditState,
        plan=WORKFLOW.step("plan"),
        may_plan=moment.person.may(Permission.AUDITS_PLAN, None),
        filter_args=kept_filters(),
    )


@blueprint.get("/export.<any(xlsx, csv):extension>")
@needs(Permission.AUDITS_READ)
def export(extension: str) -> ResponseReturnValue:
    """The list with its filters as XLSX or CSV."""
    moment = now()
    query = complete(queries.listing(filters_of_request(), moment.person))
    return export_file(f"audits-{moment.today.isoformat()}.{extension}", db.session.scalars(query).unique())


@blueprint.route("/new", methods=["GET", "POST"])
@needs(Permission.AUDITS_PLAN)
def new() -> ResponseReturnValue:
    """A new audit."""
    moment = now()
    form = PlanForm(data={"planned_on": moment.today, "clauses": [], "unit_id": filter_number("unit_id")})
    units = queries.plannable_units(moment.person, moment.today)
    unit_id = request.form.get("unit_id", type=int) or filter_number("unit_id")
    form.offer(units, queries.possible_leads(moment.person), unit_id)
    refusals: tuple[Refusal, ...] = ()
    status = 200
    if request.method == "POST":
        status = 422
        if form.validate():
            try:
                with writing():
                    unit = db.get_or_404(Unit, form.unit_id.data)
                    lead = db.session.get(Person, form.lead_auditor_id.data) if form.lead_auditor_id.data else None
                    audit = service.plan_audit(
                        unit,
                        AuditKind(form.kind.data),
                        form.planned_on.data or moment.today,
                        lead,
                        form.clauses.data or [],
                        moment,
                        form.independence_exception.data or None,
                    )
                    audit_id, code = audit.id, audit.code
                flash(_("The audit %(code)s is planned.", code=code), "good")
                return redirect(url_for(".show", audit_id=audit_id), 303)
            except Refused as refused:
                refusals, status = refused.refusals, 409
                form.offer(queries.plannable_units(moment.person, moment.today), queries.possible_leads(moment.person), unit_id)
    return make_response(render_template("audits/new.html", form=form, refusals=refusals, no_units=not units), status)


@blueprint.get("/<int:audit_id>")
@needs(Permission.AUDITS_READ)
def show(audit_id: int) -> ResponseReturnValue:
    """The audit: head, progress, checklist, next steps."""
    audit = _audit(audit_id)
    question = _current(audit)
    form = None if question is None else answer_form(question, _facts(audit))
    return render_template("audits/show.html", **_page(audit, question), form=form, sentences=(), saved=False)


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


@blueprint.post("/<int:audit_id>/questions/<int:number>")
@needs(Permission.AUDITS_READ)
def answer(audit_id: int, number: int) -> ResponseReturnValue:
    """Saves one answer; with "raise" also raises the nonconformity. The card comes back, or the next question."""
    audit = _audit(audit_id)
    form = answer_form(_question(audit, number), _facts(audit))
    sentences: list[str] = []
    if form.validate():
        try:
            _add_new_evidence(audit_id, number, form)
            _save(audit_id, number, form)
            if "raise" in request.form:
                with writing():
                    service.raise_from(_question(_audit_for_change(audit_id), number), now())
        except Refused as refused:
            if {refusal.code for refusal in refused.refusals} & {"wrong_state", "not_permitted", "own_unit"}:
                raise
            sentences = [str(refusal) for refusal in refused.refusals]
    else:
        sentences = [str(error) for errors in form.errors.values() for error in errors]
    audit = _audit(audit_id)
    question = _question(audit, number)
    if not sentences and not is_fragment():
        following = next((each.number for each in audit.questions if each.number > number), number)
        raised = "raise" in request.form
        target = url_for(".show", audit_id=audit_id, question=number if raised else following)
        return redirect(target + f"#question-{number if raised else following}", 303)
    if sentences:
        form.offer(question, _facts(audit))
    else:
        form = answer_form(question, _facts(audit), sent=False)
    template = "audits/_answered.html" if is_fragment() else "audits/show.html"
    context = dict(_page(audit, question), form=form, sentences=sentences, saved=not sentences)
    return make_response(render_template(template, **context), 422 if sentences else 200)


def _add_new_evidence(audit_id: int, number: int, form: AnswerForm) -> None:
    # in a transaction of its own: a photo must not be lost because the answer still lacks words
    moment = now()
    upload = form.photo.data
    picture = files.read_picture(upload.stream, upload.filename) if upload and upload.filename else None
    if picture is not None:
        files.store_bytes(picture, present_settings().files)
    if not (picture or form.record_text.data or form.fact.data):
        return
    added: list[int] = []
    with writing():
        audit = _audit_for_change(audit_id)
        check_version(_question(audit, number), form.version.data)
        if form.record_text.data:
            added.append(service.add_evidence(audit, EvidenceKind.RECORD, form.record_text.data, moment).id)
        if picture is not None:
            text = form.photo_text.data or picture.name
            stored = files.keep(picture, moment)
            added.append(service.add_evidence(audit, EvidenceKind.PHOTO, text, moment, file=stored).id)
        if form.fact.data:
            kind, _colon, code = form.fact.data.partition(":")
            fact = next((each for each in _facts(audit) if each.key == form.fact.data), None)
            if fact is None:  # withdrawn after the form was checked
                raise ChangedMeanwhile
            item = service.add_evidence(audit, EvidenceKind.FACT, fact.text, moment, reference=Reference(kind, code))
            added.append(item.id)
    form.evidence.data = [*(form.evidence.data or []), *added]
    form.record_text.data = form.photo_text.data = form.fact.data = ""


def _save(audit_id: int, number: int, form: AnswerForm) -> None:
    with writing():
        question = _question(_audit_for_change(audit_id), number)
        check_version(question, form.version.data)
        service.answer(
            question,
            Answer(form.answer.data),
            finding=form.finding.data,
            requirement=form.requirement.data,
            statement=form.statement.data,
            reason=form.reason.data,
            evidence_ids=form.evidence.data or [],
            moment=now(),
        )
        db.session.flush()
        form.version.data = str(question.version)


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
    audit = _audit(audit_id)
    item = _evidence(audit, number)
    form = RemoveEvidenceForm()
    if form.validate_on_submit():
        with writing():
            item = _evidence(_audit_for_change(audit_id), number)
            service.remove_evidence(item, form.reason.data or "", now())
        flash(_("The evidence is removed."), "good")
        return redirect(url_for(".show", audit_id=audit_id), 303)
    hindrances = WORKFLOW.hindrances(audit, "remove_evidence", acting(audit, now()))
    hindrances += removal_refusals(item, audit.questions, "asked for below")
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
    page = render_template("audits/report.html", audit=audit, form=form, hindrances=hindrances, counts=_counts(audit))
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
    audit = _audit(audit_id)
    form = LeadForm(data={"version": version_of(audit), "lead_auditor_id": audit.lead_auditor_id})
    form.offer(queries.possible_leads(now().person), audit)
    if form.validate_on_submit():
        with writing():
            audit = _audit_for_change(audit_id)
            check_version(audit, form.version.data)
            service.change_lead(audit, db.get_or_404(Person, form.lead_auditor_id.data), now())
        flash(_("Another lead auditor is appointed."), "good")
        return redirect(url_for(".show", audit_id=audit_id), 303)
    hindrances = WORKFLOW.hindrances(audit, "change_lead", now())
    page = render_template("audits/lead.html", audit=audit, form=form, hindrances=hindrances)
    return make_response(page, 422 if form.is_submitted() else 200)


def _audit(audit_id: int) -> Audit:
    return queries.find(audit_id, now().person) or abort(404)


def _audit_for_change(audit_id: int) -> Audit:
    return queries.find_for_change(audit_id, now().person) or abort(404)


def _question(audit: Audit, number: int) -> Question:
    return next((each for each in audit.questions if each.number == number), None) or abort(404)


def _evidence(audit: Audit, number: int) -> EvidenceItem:
    return next((each for each in audit.evidence if each.number == number), None) or abort(404)


def _facts(audit: Audit) -> list[queries.Fact]:
    return queries.facts_of(audit.unit_id)


def _current(audit: Audit) -> Question | None:
    wanted = filter_number("question")
    open_one = next((each for each in audit.questions if each.answer is Answer.OPEN), None)
    chosen = next((each for each in audit.questions if each.number == wanted), None)
    return chosen or open_one or (audit.questions[0] if audit.questions else None)


def _counts(audit: Audit) -> list[tuple[Answer, int]]:
    return queries.answer_counts(audit.questions)


def _page(audit: Audit, question: Question | None) -> dict[str, object]:
    moment = acting(audit, now())
    groups = queries.by_clause(audit.questions)
    numbers = [each.number for each in audit.questions]
    position = numbers.index(question.number) if question is not None else 0
    steps = [
        step
        for step in WORKFLOW.next_steps(audit, moment, _PAGE_STEPS)
        if not (step.name == "take_checklist" and audit.questions)
    ]
    return {
        "audit": audit,
        "question": question,
        "group": next((group for group in groups if question in group.questions), None),
        "groups": groups,
        "previous": numbers[position - 1] if question is not None and position > 0 else None,
        "following": numbers[position + 1] if question is not None and position + 1 < len(numbers) else None,
        "share": queries.progress(audit.questions),
        "counts": _counts(audit),
        "tones": queries.segment_tones(audit.questions),
        "steps": steps,
        "locks": WORKFLOW.hindrances(audit, "answer", moment),
        "may_remove": not WORKFLOW.hindrances(audit, "remove_evidence", moment),
        "answers": Answer,
        "clauses": split_codes(audit.clauses),
        "record_url": house().record_url,
        "events": _events(audit),
    }


def _events(audit: Audit) -> list[tuple[object, str]]:
    entries = [entry for entry in history(service.KIND, audit.code) if entry.deed in {*_PAGE_STEPS, "plan", "raise", "answer"}]
    titles = {step.name: step.title for step in WORKFLOW.steps}
    rows: list[tuple[object, str]] = []
    names = names_of(entries)
    # many answers in a row are one line
    for (deed, by), together in groupby(entries, lambda entry: (entry.deed, who(entry, names))):
        first = next(iter(together))
        rows.append((first.at, _("%(deed)s, by %(username)s", deed=titles[deed], username=by)))
    return rows[:_MANY_EVENTS]
