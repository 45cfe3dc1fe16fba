"""Any workbook taken over on pages: a draft gone on with step by step, its preview, its take-over; and the kept mappings."""

from io import BytesIO
from itertools import islice
from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.drafts import queries as drafts
from qms.drafts import service
from qms.drafts.models import Draft
from qms.imports import changes, takeover
from qms.imports.forms import KeepForm
from qms.imports.headers import called
from qms.imports.house import house_sheets
from qms.imports.mapping.shipped import SHIPPED
from qms.imports.mapping.value import Mapping, from_json
from qms.imports.refused import Problems
from qms.imports.result import sentence_of
from qms.imports.taking import fitting, long_work, queries, steps
from qms.imports.taking import service as keeping
from qms.imports.taking.looking import Looking
from qms.imports.taking.planning import KIND, content_of, is_pasted, looking_at, plan
from qms.imports.taking.steps import PREVIEW, STEPS
from qms.kernel.db import db, writing
from qms.kernel.download import as_file
from qms.kernel.language import _, ngettext
from qms.kernel.refusal import Refusal, Refused
from qms.scheduling import queue

blueprint = Blueprint("taking", __name__, url_prefix="/registers/take-over")

_SHOWN = 500
"""How many lines, problems or notes one page shows."""


@blueprint.get("/<int:draft_id>")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def show(draft_id: int) -> ResponseReturnValue:
    """Goes on where the draft was left."""
    draft = _draft(draft_id)
    return redirect(_url(draft, draft.step))


@blueprint.route("/<int:draft_id>/<any(sheets, columns, words, gaps):step>", methods=["GET", "POST"])
@needs(Permission.REGISTERS_IMPORT, recent=True)
def step(draft_id: int, step: str) -> ResponseReturnValue:
    """One step: what is proposed or was said, and what is said now. Everything that was sent is kept, also where it is wrong."""
    draft, moment = _draft(draft_id), now()
    looking = looking_at(draft, moment)
    if request.method == "GET":
        return _page(looking, step, [])
    mapping, wrong = STEPS[step].taken(looking, request.form)
    looking = Looking(draft, looking.grids, mapping, looking.sheets, moment)
    stays = bool(wrong) or "look" in request.form
    following = step if stays else steps.after(step, looking)
    db.session.rollback()  # reading is over, and the lock is taken by a fresh transaction
    with writing():
        service.go_on(_draft(draft_id), following, content_of(mapping, pasted=is_pasted(draft)), moment)
    if stays:
        return _page(looking, step, wrong)
    return redirect(_url(draft, following), 303)


@blueprint.post("/<int:draft_id>/use")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def use(draft_id: int) -> ResponseReturnValue:
    """Takes a kept mapping, with the sheets of this file that have its titles."""
    draft, moment = _draft(draft_id), now()
    looking = looking_at(draft, moment)
    chosen = request.form.get("mapping", "")
    mapping = next((one for name, one in _fitting(looking) if name == chosen), None)
    if mapping is None:
        flash(_("This mapping does not fit the file: a column of it is missing here."), "attention")
        return redirect(_url(draft, draft.step), 303)
    following = steps.after("columns", Looking(draft, looking.grids, mapping, looking.sheets, moment))
    db.session.rollback()
    with writing():
        service.go_on(_draft(draft_id), following, content_of(mapping, pasted=is_pasted(draft)), moment)
    return redirect(_url(draft, following), 303)


@blueprint.get("/<int:draft_id>/preview")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def preview(draft_id: int) -> ResponseReturnValue:
    """What would change, as for our own workbook."""
    return _preview(looking_at(_draft(draft_id), now()))


@blueprint.get("/<int:draft_id>/changes.xlsx")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def all_changes(draft_id: int) -> ResponseReturnValue:
    """Every line of the preview as a file."""
    looking = looking_at(_draft(draft_id), now())
    try:
        planned = plan(looking)
    except Problems:
        return redirect(_url(looking.draft, PREVIEW))
    content = BytesIO()
    changes.write_lines(content, planned)
    return as_file(content.getvalue(), f"registers-changes-{looking.moment.today.isoformat()}.xlsx")


@blueprint.post("/<int:draft_id>/confirm")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def confirm(draft_id: int) -> ResponseReturnValue:
    """Takes over what was shown, and keeps the mapping where it was given a name; large files in the queue."""
    moment, form = now(), KeepForm()
    looking = looking_at(_draft(draft_id), moment)
    name = str(form.keep_as.data or "")
    if name:
        db.session.rollback()
        try:
            with writing():
                keeping.keep(name, looking.mapping, looking.sheets.values(), moment)
        except Refused as refused:
            return _preview(looking_at(_draft(draft_id), moment), refused.refusals)
    if long_work.is_large(looking):
        db.session.rollback()
        with writing():
            queue.start(long_work.TAKE_MAPPED.name, {"draft": draft_id}, moment)
        return redirect(url_for("registers.take_over"), 303)
    try:
        result = takeover.apply(plan(looking), moment)
    except Problems:  # somebody changed a record since the preview
        return redirect(url_for("taking.preview", draft_id=draft_id), 303)
    with writing():
        service.drop(_draft(draft_id))
    flash(sentence_of(result), "good")
    return redirect(url_for("registers.take_over"), 303)


@blueprint.post("/<int:draft_id>/delete")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def delete(draft_id: int) -> ResponseReturnValue:
    """Drops a draft with its file."""
    with writing():
        service.drop(_draft(draft_id))
    flash(_("Deleted. Nothing was taken over."), "good")
    return redirect(url_for("registers.take_over"), 303)


@blueprint.post("/mappings/<int:kept_id>/delete")
@needs(Permission.REGISTERS_IMPORT, recent=True)
def delete_kept(kept_id: int) -> ResponseReturnValue:
    """Drops a mapping that the agency kept."""
    with writing():
        kept = queries.find_kept(kept_id, now().person)
        if kept is None:
            abort(404)
        keeping.drop_kept(kept)
    flash(_("The mapping is not kept any more."), "good")
    return redirect(url_for("registers.take_over"), 303)


def _draft(draft_id: int) -> Draft:
    found = drafts.find(draft_id, KIND, now().person)
    return found if found is not None else abort(404)


def _url(draft: Draft, name: str) -> str:
    if name == PREVIEW:
        return url_for("taking.preview", draft_id=draft.id)
    return url_for("taking.step", draft_id=draft.id, step=name if name in STEPS else "columns")


def _fitting(looking: Looking) -> list[tuple[str, Mapping]]:
    """The mappings whose columns this file has, by name: those of the agency, then those that come with the product."""
    kept = [(one.name, from_json(one.content)) for one in queries.kept_mappings(looking.moment.person) if one.content]
    shipped = [(str(one.title), one.mapping) for one in SHIPPED]
    found = ((name, fitting.fitted(mapping, looking)) for name, mapping in (*kept, *shipped))
    return [(name, mapping) for name, mapping in found if mapping is not None]


def _page(looking: Looking, name: str, wrong: list[str]) -> ResponseReturnValue:
    names = list(STEPS)
    page = render_template(
        STEPS[name].template,
        looking=looking,
        draft=looking.draft,
        line=steps.line(name),
        step=name,
        wrong=wrong,
        back=next((_url(looking.draft, one) for one in reversed(names[: names.index(name)]) if STEPS[one].asks(looking)), None),
        fitting=[one for one, _mapping in _fitting(looking)] if name in ("sheets", "columns") else [],
        **STEPS[name].shown(looking),
    )
    return page, 422 if wrong else 200


def _preview(looking: Looking, refused: tuple[Refusal, ...] = ()) -> ResponseReturnValue:
    titles = {sheet.name: called(sheet) for sheet in house_sheets()}
    common: dict[str, Any] = {"draft": looking.draft, "line": steps.line(PREVIEW), "shown": _SHOWN, "titles": titles}
    common["back"] = _url(looking.draft, "columns")
    try:
        planned = plan(looking)
    except Problems as problems:
        count = len(problems.found)
        sentence = ngettext(
            "Nothing was written: %(num)s problem in the workbook.",
            "Nothing was written: %(num)s problems in the workbook.",
            count,
        )
        return render_template(
            "imports/taking/problems.html",
            **common,
            words_url=_url(looking.draft, "words"),
            problems=problems.found[:_SHOWN],
            count=count,
            sentence=sentence,
        )
    page = render_template(
        "imports/preview.html",
        **common,
        form=KeepForm(formdata=None) if not refused else KeepForm(),
        refused=refused,
        result=planned.result,
        lines=list(islice(changes.lines(planned), _SHOWN)),
        name=looking.draft.name,
        confirm_url=url_for("taking.confirm", draft_id=looking.draft.id),
        changes_url=url_for("taking.all_changes", draft_id=looking.draft.id),
    )
    return page, 409 if refused else 200
