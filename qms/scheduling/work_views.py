"""Pages of long work: how far it is, taking it back, its result. Only its owner sees them."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import no_click, now, oneself, present_person, signed_in
from qms.kernel.db import writing
from qms.kernel.download import MEDIA_TYPES
from qms.kernel.language import _
from qms.kernel.refusal import refuse_if
from qms.kernel.web import is_fragment, local_path
from qms.scheduling import queue
from qms.scheduling.models import Work
from qms.scheduling.results import file_of

blueprint = Blueprint("work", __name__, url_prefix="/work")


@blueprint.app_context_processor
def panels() -> dict[str, Callable[..., Any]]:
    """For the page that starts long work: ``started_work("kind", …)`` is what the person started last, to be shown there."""
    person = present_person()
    return {
        "started_work": lambda *kinds: queue.latest(kinds, now()) if person else None,
        "work_under_way": lambda: queue.under_way(person.id) if person else [],
        "work_title": lambda work: queue.title_of(work.kind),
        "waiting_before": queue.waiting_before,
    }


@blueprint.get("/<int:work_id>")
@signed_in
@no_click
def show(work_id: int) -> ResponseReturnValue:
    """One piece of work; asked every second while it is under way, which keeps no session alive."""
    template = "scheduling/_work.html" if is_fragment() else "scheduling/work.html"
    return render_template(template, work=_own_or_404(work_id))


@blueprint.post("/<int:work_id>/take-back")
@signed_in
def take_back(work_id: int) -> ResponseReturnValue:
    """Its owner does not want it any more."""
    moment = now()
    with writing():
        queue.take_back(_own_or_404(work_id), moment)
    flash(_("The work was taken back."), "good")
    return redirect(
        local_path(request.form.get("next")) if request.form.get("next") else url_for("work.show", work_id=work_id), 303
    )


@blueprint.get("/<int:work_id>/file")
@signed_in
def file(work_id: int) -> Response:
    """The file that the work made, while its owner still has the right to have it made."""
    work = _own_or_404(work_id)
    path = file_of(work)
    try:
        refuse_if(queue.may_have(work.kind, now()))
    except KeyError:  # a kind that has gone since
        path = None
    if path is None or not path.is_file():
        abort(404)
    media_type = MEDIA_TYPES[str(work.file_name).rpartition(".")[2]]
    return send_file(path, media_type, as_attachment=True, download_name=work.file_name, conditional=False, etag=False)


def _own_or_404(work_id: int) -> Work:
    work = queue.own_work(work_id, oneself().id)
    if work is None:
        abort(404)
    return work
