"""Pages of the evaluation: start one for a day, read the share, each unit's reasons, and take the report away."""

from flask import Blueprint, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.evaluation import advice, queries, report, service
from qms.evaluation.forms import RunForm
from qms.evaluation.models import Result, Run, Verdict
from qms.evaluation.work import EVALUATE, PRINT
from qms.kernel.db import db, writing
from qms.kernel.download import as_file
from qms.kernel.feature import house
from qms.kernel.language import current_language
from qms.kernel.share import Share
from qms.scheduling import queue

blueprint = Blueprint("evaluation", __name__, url_prefix="/evaluation")

FORMATS = ("pdf", "docx", "xlsx")
REFERENCE_KINDS = {
    "procedures_in_force": "procedure",
    "procedures_reviewed": "procedure",
    "services_covered": "service",
    "audited": "audit",
    "no_overdue_nonconformity": "nonconformity",
    "answered_on_time": "nonconformity",
    "actions_on_time": "action",
}
"""Which kind of record the references of a criterion name; the house knows who shows it."""


@blueprint.get("")
@needs(Permission.EVALUATION_READ)
def listing() -> ResponseReturnValue:
    """All runs the reader may see, and the form that starts one."""
    moment = now()
    form = RunForm(day=service.yesterday(moment))
    may_run = moment.person.may(Permission.EVALUATION_RUN, None)
    runs = queries.visible_runs(moment.person)
    return render_template("evaluation/listing.html", runs=runs, form=form, may_run=may_run, share=Share)


@blueprint.post("")
@needs(Permission.EVALUATION_RUN)
def start() -> ResponseReturnValue:
    """Queues an evaluation for a day; the list shows how far it is."""
    moment = now()
    form = RunForm()
    if not form.validate_on_submit():
        runs = queries.visible_runs(moment.person)
        return render_template("evaluation/listing.html", runs=runs, form=form, may_run=True, share=Share), 422
    day = form.day.data
    assert day is not None  # the form asks for one
    with writing():
        queue.start(EVALUATE.name, {"day": day.isoformat()}, moment)
    return redirect(url_for("evaluation.listing"), 303)


@blueprint.get("/<int:run_id>")
@needs(Permission.EVALUATION_READ)
def show(run_id: int) -> ResponseReturnValue:
    """One run: the share, the heat map of units and criteria, units out of scope."""
    moment = now()
    view = queries.visible_run(run_id, moment.person)
    if view is None:
        abort(404)
    return render_template(
        "evaluation/show.html",
        view=view,
        verdicts=Verdict,
        results=Result,
        formats=FORMATS if queries.may_see_whole(view.run, moment.person) else (),
        printed=report.printed(view.run, current_language()),
    )


@blueprint.get("/<int:run_id>/units/<int:unit_id>")
@needs(Permission.EVALUATION_READ)
def unit(run_id: int, unit_id: int) -> ResponseReturnValue:
    """One unit's verdict: per criterion the result, the failing records, and what would change it."""
    view = queries.visible_run(run_id, now().person)
    found = next((one for one in view.units if one.unit_id == unit_id), None) if view is not None else None
    if view is None or found is None:
        abort(404)
    links = {
        (result.criterion, reference): _link(result.criterion, found.unit_code, reference)
        for result in found.results
        for reference in view.failures(found, result.criterion)
    }
    return render_template(
        "evaluation/unit.html",
        view=view,
        unit=found,
        links=links,
        share=Share,
        advices=advice.advise(found, view.criteria_set, view.failing),
        results=Result,
        verdicts=Verdict,
    )


@blueprint.get("/<int:run_id>/report.<extension>")
@needs(Permission.EVALUATION_READ)
def paper(run_id: int, extension: str) -> ResponseReturnValue:
    """The issued report, the same bytes at each asking; one that was not printed yet is asked for on the page of the run."""
    run = _whole_run_or_404(run_id, extension)
    language = current_language()
    content = report.issued(run, extension, language)
    if content is None:
        return redirect(url_for("evaluation.show", run_id=run_id))
    return as_file(content, f"qms-{run.as_of.isoformat()}-{run_id}-{language}.{extension}")


@blueprint.post("/<int:run_id>/report.<extension>")
@needs(Permission.EVALUATION_READ)
def print_paper(run_id: int, extension: str) -> ResponseReturnValue:
    """Queues the printing of a report; the page of the run shows how far it is."""
    moment = now()
    _whole_run_or_404(run_id, extension)
    with writing():
        queue.start(PRINT.name, {"run": run_id, "extension": extension, "language": current_language()}, moment)
    return redirect(url_for("evaluation.show", run_id=run_id), 303)


def _whole_run_or_404(run_id: int, extension: str) -> Run:
    run = db.session.get(Run, run_id)
    if extension not in FORMATS or run is None or not queries.may_see_whole(run, now().person):
        abort(404)
    return run


def _link(criterion: str, unit_code: str, reference: str) -> str | None:
    kind = REFERENCE_KINDS.get(criterion)
    if kind is None:
        return None
    if kind == "procedure":  # a code is unique in its unit only
        return house().record_url(kind, f"{unit_code}/{reference}")
    if kind == "action":
        return house().record_url("nonconformity", reference.rsplit("/", 1)[0])
    return house().record_url(kind, reference)
