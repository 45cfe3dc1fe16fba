"""The checklist while it is filled in: one answer as it is tapped, a whole page without scripts, evidence, a nonconformity."""

from collections.abc import Sequence

from flask import (
    Blueprint,
    Response,
    abort,
    flash,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from audits import answering, queries, service
from audits.checklist_page import Shown, as_sent, as_stored, common_evidence, is_changed, progress_of
from audits.forms import AnswerForm, EvidenceForm
from audits.models import Answer, Audit, EvidenceKind, Question
from audits.showing import checklist_context, evidence_part, next_steps, page_context, progress_part
from audits.workflow import WORKFLOW, acting
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.config import present_settings
from qms.files import service as files
from qms.files.models import StoredFile
from qms.kernel.db import writing
from qms.kernel.forms import ChangedMeanwhile
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.reference import Reference
from qms.kernel.refusal import Refused, refuse_if
from qms.kernel.web import is_fragment

blueprint = Blueprint("checklist", __name__, url_prefix="/audits/<int:audit_id>")


@blueprint.post("/questions/<int:number>")
@needs(Permission.AUDITS_READ)
def answer(audit_id: int, number: int) -> ResponseReturnValue:
    """One answer, as it is tapped or typed; sent again under the same id it changes nothing."""
    form = AnswerForm()
    if not form.validate():
        _audit(audit_id)  # whoever may not see the audit is told nothing of its form either
        return make_response(jsonify(sentences=_sentences(form)), 422)
    with writing():
        kept = answering.answer(form.given(audit_id, number), now()) or abort(404)
    progress = progress_of(queries.outline(audit_id))
    return jsonify(
        version=kept.version,
        at=kept.at.isoformat(),
        lacking=[str(refusal) for refusal in kept.lacking],
        complete=progress.share.k == progress.share.n and not progress.incomplete,
        progress=progress_part(audit_id, progress),
    )


@blueprint.get("/questions/<int:number>")
@needs(Permission.AUDITS_READ)
def stored(audit_id: int, number: int) -> ResponseReturnValue:
    """What is stored of a question, for a page whose own answer came second."""
    question = _full_question(_audit(audit_id), number)
    shown = as_stored(question)
    return jsonify(
        version=shown.version,
        answer=shown.answer,
        title=str(question.answer.title),
        finding=shown.finding,
        requirement=shown.requirement,
        statement=shown.statement,
        reason=shown.reason,
        evidence=sorted(shown.evidence),
    )


@blueprint.get("/steps")
@needs(Permission.AUDITS_READ)
def steps(audit_id: int) -> ResponseReturnValue:
    """The next steps of the audit, asked for when an answer may have freed one."""
    audit = _audit(audit_id)
    return render_template("audits/_steps.html", audit=audit, steps=next_steps(audit, now()))


@blueprint.post("/chapters/<chapter>")
@needs(Permission.AUDITS_READ)
def save(audit_id: int, chapter: str) -> ResponseReturnValue:
    """Saves what differs on a page sent as one form, in one transaction; then stays, moves on, or raises a nonconformity."""
    audit = _audit(audit_id)
    questions, _evidence = queries.checklist(audit_id, chapter)
    if not questions:
        abort(404)
    forms = {question.number: AnswerForm(prefix=f"{question.number}-") for question in questions if _was_sent(question)}
    wrong = {number: _sentences(form) for number, form in forms.items() if not form.validate()}
    sent: dict[int, Shown] = {number: as_sent(form, wrong.get(number, ())) for number, form in forms.items()}
    sentences: list[str] = []
    if wrong:
        sentences = [_("Question %(number)s", number=number) + ": " + " ".join(told) for number, told in wrong.items()]
    else:
        common = common_evidence(request.form.getlist("common"))
        changed = [question.number for question in questions if _is_to_save(question, forms, common)]
        try:
            _save_all(audit_id, {number: forms[number] for number in changed}, request.form.get("raise", type=int), now())
        except Refused as refused:
            if WORKFLOW.hindrances(_audit(audit_id), "answer", acting(audit, now())):
                raise  # the page would show no fields: what was typed comes back on the page of the error
            sentences = [str(refusal) for refusal in refused.refusals]
    if not sentences:
        return redirect(_after(audit, chapter), 303)
    audit = _audit(audit_id)
    context = page_context(audit, now()) | checklist_context(audit, chapter, now(), sent)
    return make_response(render_template("audits/show.html", **context, sentences=sentences), 422)


def _was_sent(question: Question) -> bool:
    return f"{question.number}-version" in request.form


def _is_to_save(question: Question, forms: dict[int, AnswerForm], common: tuple[int, ...]) -> bool:
    form = forms.get(question.number)
    if form is None:
        return False
    changed = is_changed(question, form)
    if changed and form.answer.data == Answer.CONFORMS and not form.evidence.data and not form.finding.data:
        form.evidence.data = list(common)
    return changed


def _save_all(audit_id: int, forms: dict[int, AnswerForm], raised: int | None, moment: Moment) -> None:
    if not forms and raised is None:
        return
    with writing():
        for number, form in forms.items():
            answering.answer(form.given(audit_id, number), moment) or abort(404)
        if raised is not None:
            found = queries.question_for_change(audit_id, raised, moment.person) or abort(404)
            service.raise_from(found, moment)
    if raised is not None:
        flash(_("The nonconformity is raised."), "good")


def _after(audit: Audit, chapter: str) -> str:
    """Where the page goes once it is saved: the clause whose button was pressed, the next chapter, the report."""
    target = request.form.get("next", "")
    if target == "report":
        return url_for("audits.report", audit_id=audit.id)
    raised = request.form.get("raise", "")
    anchor = f"question-{raised}" if raised else f"clause-{request.form['at']}" if request.form.get("at") else None
    return url_for("audits.show", audit_id=audit.id, chapter=target or chapter, _anchor=anchor)


@blueprint.route("/questions/<int:number>/evidence", methods=["GET", "POST"])
@needs(Permission.AUDITS_READ)
def add_evidence(audit_id: int, number: int) -> ResponseReturnValue:
    """Adds evidence to a question; every other question of the audit may refer to it too."""
    form = EvidenceForm()
    sentences: list[str] = []
    if form.validate_on_submit():
        try:
            return _evidence_added(audit_id, number, _add(audit_id, number, form, now()))
        except Refused as refused:
            sentences = [str(refusal) for refusal in refused.refusals]
    audit = _audit(audit_id)
    question = _full_question(audit, number)
    form.offer(queries.facts_of(audit.unit_id))
    locks = WORKFLOW.hindrances(audit, "add_evidence", acting(audit, now()))
    template = "audits/_evidence_form.html" if is_fragment() else "audits/evidence.html"
    page = render_template(template, audit=audit, question=question, form=form, sentences=sentences, locks=locks)
    return make_response(page, 422 if form.is_submitted() else 200)


def _evidence_added(audit_id: int, number: int, chapter: str) -> Response:
    if not is_fragment():
        target = url_for("audits.show", audit_id=audit_id, chapter=chapter, _anchor=f"question-{number}")
        return make_response(redirect(target, 303))
    return make_response(evidence_part(audit_id, number, chapter))


def _add(audit_id: int, number: int, form: EvidenceForm, moment: Moment) -> str:
    """Adds everything the form names, or nothing; the chapter of the question."""
    picture = _picture(audit_id, form, moment)
    with writing():
        question = queries.question_for_change(audit_id, number, moment.person) or abort(404)
        audit = question.audit
        shown = form.photo_text.data or ""
        if form.record_text.data or not (picture or shown or form.fact.data):
            service.add_evidence(audit, EvidenceKind.RECORD, form.record_text.data or "", moment, question=question)
        if picture is not None or shown:  # words about a photo that was not chosen are asked back, never dropped
            file: StoredFile | None = files.keep(picture, moment) if picture is not None else None
            text = shown or (picture.name if picture is not None else "")
            service.add_evidence(audit, EvidenceKind.PHOTO, text, moment, file=file, question=question)
        if form.fact.data:
            kind, _colon, code = form.fact.data.partition(":")
            fact = queries.find_fact(audit.unit_id, form.fact.data)
            if fact is None:  # withdrawn after the form was checked
                raise ChangedMeanwhile
            reference = Reference(kind, code)
            service.add_evidence(audit, EvidenceKind.FACT, fact.text, moment, reference=reference, question=question)
        return queries.chapter_of(question.clause)


def _picture(audit_id: int, form: EvidenceForm, moment: Moment) -> files.Picture | None:
    """The photo made harmless, its bytes written; decoding costs much, so it is asked first whether this person may add it."""
    upload = form.photo.data
    if not upload or not upload.filename:
        return None
    audit = queries.find_itself(audit_id, moment.person) or abort(404)
    refuse_if(*WORKFLOW.hindrances(audit, "add_evidence", acting(audit, moment)))
    picture = files.read_picture(upload.stream, upload.filename)
    files.store_bytes(picture, present_settings().files)
    return picture


def _audit(audit_id: int) -> Audit:
    return queries.find(audit_id, now().person) or abort(404)


def _full_question(audit: Audit, number: int) -> Question:
    outline = next((each for each in audit.questions if each.number == number), None) or abort(404)
    found, _evidence = queries.checklist(audit.id, outline.clause)
    return next(each for each in found if each.number == number)


def _sentences(form: AnswerForm) -> Sequence[str]:
    return [str(error) for errors in form.errors.values() for error in errors]
