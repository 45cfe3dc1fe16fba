"""The register workbook on the page: upload, preview, take over; export and empty template."""

from collections.abc import Sequence
from io import BytesIO
from itertools import islice
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.drafts import queries as unfinished
from qms.drafts import service as drafts
from qms.drafts.models import Draft
from qms.imports import changes, exporting, takeover, uploads, work
from qms.imports.forms import ConfirmForm, UploadForm
from qms.imports.grid import Grid
from qms.imports.headers import called
from qms.imports.house import house_sheets
from qms.imports.refused import Problems, WorkbookRefused
from qms.imports.result import sentence_of
from qms.imports.taking import planning, queries, steps
from qms.imports.work import TOO_OLD
from qms.kernel.db import db, writing
from qms.kernel.download import as_file
from qms.kernel.language import _, current_language, ngettext
from qms.kernel.refusal import Refused
from qms.reports import lists
from qms.scheduling import queue

blueprint = Blueprint("registers", __name__, url_prefix="/registers")

_SHOWN = 500
"""How many problems or notes one page shows; whoever has more sees how many there are."""


@blueprint.route("/take-over", methods=["GET", "POST"])
@needs(Permission.REGISTERS_IMPORT, recent=True)
def take_over() -> ResponseReturnValue:
    """Shows what a workbook would change; nothing is written before it is confirmed."""
    form = _upload_form()
    if not form.validate_on_submit():
        return _page(form, 422 if form.is_submitted() else 200)
    name, data = _given(form)
    if not data or (form.workbook.data and form.table.data):
        form.workbook.errors = [_("Choose a workbook.") if not data else _("Choose a file or paste a table, one of both.")]
        return _page(form, 422)
    moment = now()
    try:
        pasted = not form.workbook.data
        grids = planning.grids_of(data, name, pasted=pasted)
        if form.register.data or pasted or not planning.is_our_own(data, grids):
            return _begin(name, data, grids, form.register.data or None)
        plan = takeover.check(data, moment)
    except WorkbookRefused as refused:
        form.workbook.errors = [refused.sentence]
        return _page(form, 422)
    except Refused as refused:
        form.workbook.errors = [str(refusal) for refusal in refused.refusals]
        return _page(form, 422)
    except Problems as problems:
        return _problems(form, problems)
    db.session.rollback()  # reading is over; writing the file holds nothing open
    token = uploads.keep(data, moment.person.person_id)
    return render_template(
        "imports/preview.html",
        form=ConfirmForm(formdata=None, token=token),
        result=plan.result,
        lines=list(islice(changes.lines(plan), _SHOWN)),
        confirm_url=url_for("registers.confirm"),
        changes_url=url_for("registers.all_changes", token=token),
        name=name,
        titles=_titles(),
        shown=_SHOWN,
    )


@blueprint.get("/take-over/changes.xlsx")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def all_changes() -> ResponseReturnValue:
    """Every line of the preview as a file, made anew of the bytes that were shown."""
    moment = now()
    data = uploads.fetch(request.args.get("token", ""), moment.person.person_id)
    try:
        plan = None if data is None else takeover.check(data, moment)
    except (Problems, WorkbookRefused):  # somebody changed a record since the preview
        plan = None
    if plan is None:
        flash(TOO_OLD.sentence, "attention")
        return redirect(url_for("registers.take_over"))
    content = BytesIO()
    changes.write_lines(content, plan)
    return as_file(content.getvalue(), f"registers-changes-{moment.today.isoformat()}.xlsx")


@blueprint.post("/take-over/confirm")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def confirm() -> ResponseReturnValue:
    """Takes over the very bytes that were shown; large ones in the queue."""
    moment = now()
    token = str(ConfirmForm().token.data or "")
    data = uploads.fetch(token, moment.person.person_id)
    if data is None:
        flash(TOO_OLD.sentence, "attention")
        return redirect(url_for("registers.take_over"))
    if len(data) >= work.LARGE:
        with writing():
            queue.start(work.TAKE_OVER.name, {"token": token}, moment)
        return redirect(url_for("registers.take_over"))
    try:
        result = takeover.take_over(data, moment)
    except Problems as problems:  # somebody changed a record since the preview
        uploads.forget(token, moment.person.person_id)
        return _problems(_upload_form(formdata=None), problems)
    uploads.forget(token, moment.person.person_id)
    flash(sentence_of(result), "good")
    return redirect(url_for("registers.take_over"))


@blueprint.route("/export", methods=["GET", "POST"])
@needs(Permission.REGISTERS_EXPORT, recent=True)
def export() -> ResponseReturnValue:
    """The workbook of the units in which the person may export: of a large office in the queue, by a click more."""
    moment = now()
    if request.method == "POST":
        with writing():
            work_id = queue.start(exporting.EXPORT.name, {}, moment).id
        return redirect(url_for("work.show", work_id=work_id), 303)
    registers = exporting.few_registers(moment)
    if registers is None:
        return render_template("imports/long_export.html", most=lists.MOST_AT_ONCE)
    return as_file(exporting.written(registers), exporting.file_name(moment))


@blueprint.get("/template")
@needs(Permission.REGISTERS_IMPORT)
def template() -> ResponseReturnValue:
    """An empty workbook to fill."""
    return as_file(exporting.template(current_language(), now()), f"registers-template-{current_language()}.xlsx")


def _upload_form(**given: Any) -> UploadForm:
    form = UploadForm(**given)
    offered = [(sheet.name, sheet.title) for sheet in house_sheets() if sheet.taking is not None]
    form.register.choices = [("", _("recognise it")), *offered]
    return form


def _given(form: UploadForm) -> tuple[str, bytes]:
    """Name and bytes of the file; where there is none, of the table that was pasted."""
    sent = form.workbook.data
    if sent:
        return str(sent.filename), sent.read()
    return _("Pasted table"), str(form.table.data or "").encode()


def _begin(name: str, data: bytes, grids: Sequence[Grid], register: str | None) -> ResponseReturnValue:
    """A draft of the file, with everything that was recognised; its first question comes next."""
    moment, pasted = now(), not request.files.get("workbook")
    content = planning.content_of(planning.proposed(grids, register), pasted=pasted)
    step = steps.first(planning.looking(Draft(content=content), grids, moment))
    db.session.rollback()  # reading is over: nobody waits for it, and the lock is taken by a fresh transaction
    with writing():
        draft_id = drafts.begin(planning.KIND, name, data, step, content, moment).id
    return redirect(url_for("taking.show", draft_id=draft_id), 303)


def _titles() -> dict[str, str]:
    return {sheet.name: called(sheet) for sheet in house_sheets()}


def _page(form: UploadForm, status: int, **shown: Any) -> ResponseReturnValue:
    """The page of the take-over: the file to choose, what is not finished, what is kept."""
    person = now().person
    begun, kept = unfinished.drafts(planning.KIND, person), queries.kept_mappings(person)
    return render_template("imports/take_over.html", form=form, drafts=begun, kept=kept, titles=_titles(), **shown), status


def _problems(form: UploadForm, problems: Problems) -> ResponseReturnValue:
    count = len(problems.found)
    sentence = ngettext(
        "Nothing was written: %(num)s problem in the workbook.", "Nothing was written: %(num)s problems in the workbook.", count
    )
    return _page(form, 422, problems=problems.found[:_SHOWN], count=count, sentence=sentence)
