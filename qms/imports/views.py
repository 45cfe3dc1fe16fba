"""The register workbook on the page: upload, preview, take over; export and empty template."""

from io import BytesIO
from itertools import islice

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.imports import changes, exporting, takeover, uploads, work
from qms.imports.forms import ConfirmForm, UploadForm
from qms.imports.headers import called
from qms.imports.house import house_sheets
from qms.imports.refused import Problems, WorkbookRefused
from qms.imports.result import sentence_of
from qms.imports.work import TOO_OLD
from qms.kernel.db import db, writing
from qms.kernel.download import as_file
from qms.kernel.language import current_language, ngettext
from qms.reports import lists
from qms.scheduling import queue

blueprint = Blueprint("registers", __name__, url_prefix="/registers")

_SHOWN = 500
"""How many problems or notes one page shows; whoever has more sees how many there are."""


@blueprint.route("/take-over", methods=["GET", "POST"])
@needs(Permission.REGISTERS_IMPORT, recent=True)
def take_over() -> ResponseReturnValue:
    """Shows what a workbook would change; nothing is written before it is confirmed."""
    form = UploadForm()
    if not form.validate_on_submit():
        return render_template("imports/take_over.html", form=form), 422 if form.is_submitted() else 200
    data = form.workbook.data.read()
    moment = now()
    try:
        plan = takeover.check(data, moment)
    except WorkbookRefused as refused:
        form.workbook.errors = [refused.sentence]
        return render_template("imports/take_over.html", form=form), 422
    except Problems as problems:
        return _problems(form, problems)
    db.session.rollback()  # reading is over; writing the file holds nothing open
    token = uploads.keep(data, moment.person.person_id)
    return render_template(
        "imports/preview.html",
        form=ConfirmForm(formdata=None, token=token),
        result=plan.result,
        lines=list(islice(changes.lines(plan), _SHOWN)),
        token=token,
        name=form.workbook.data.filename,
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
        return _problems(UploadForm(formdata=None), problems)
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


def _titles() -> dict[str, str]:
    return {sheet.name: called(sheet) for sheet in house_sheets()}


def _problems(form: UploadForm, problems: Problems) -> ResponseReturnValue:
    count = len(problems.found)
    sentence = ngettext(
        "Nothing was written: %(num)s problem in the workbook.", "Nothing was written: %(num)s problems in the workbook.", count
    )
    page = render_template(
        "imports/take_over.html", form=form, problems=problems.found[:_SHOWN], count=count, sentence=sentence, titles=_titles()
    )
    return page, 422
