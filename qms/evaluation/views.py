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


@blueprint.get("")
@needs(Permission.EVALUATION_READ)
def listing() -> ResponseReturnValue:
    """All runs the reader may see, and the form that starts one."""
    moment = now()
    form = RunForm(day=service.yesterday(moment))
    may_run = moment.person.may(Permission.EVALUATION_RUN, None)
    return _listing(form, may_run=may_run)


@blueprint.post("")
@needs(Permission.EVALUATION_RUN)
def start() -> ResponseReturnValue:
    """Queues an evaluation for a day; the list shows how far it is."""
    moment = now()
    form = RunForm()
    if not form.validate_on_submit():
        return _listing(form, may_run=True), 422
    day = form.day.data
    assert day is not None  # the form asks for one
    with writing():
        queue.start(EVALUATE.name, {"day": day.isoformat()}, moment)
    return redirect(url_for("evaluation.listing"), 303)


def _listing(form: RunForm, *, may_run: bool) -> str:
    runs = queries.visible_runs(now().person)
    sealers = queries.names_of_sealers(runs)
    return render_template("evaluation/listing.html", runs=runs, sealers=sealers, form=form, may_run=may_run, share=Share)


@blueprint.get("/<int:run_id>")
@needs(Permission.EVALUATION_READ)
def show(run_id: int) -> ResponseReturnValue:
    """One run: the share, the heat map of units and criteria, units out of scope."""
    moment = now()
    view = queries.visible_run(run_id, moment.person)
    if view is None:
        abort(404)
    forms = queries.forms_to_take(run_id, current_language(), moment.person)
    return render_template(
        "evaluation/show.html",
        view=view,
        verdicts=Verdict,
        results=Result,
        formats=FORMATS if forms.may_take else (),
        printed=forms.printed,
    )


@blueprint.get("/<int:run_id>/units/<int:unit_id>")
@needs(Permission.EVALUATION_READ)
def unit(run_id: int, unit_id: int) -> ResponseReturnValue:
    """One unit's verdict: per criterion the result, the failing records, and what would change it."""
    view = queries.visible_unit(run_id, unit_id, now().person)
    if view is None:
        abort(404)
    proofs = house().evidence
    return render_template(
        "evaluation/unit.html",
        view=view,
        unit=view.unit,
        share=Share,
        advice=advice.advise(view.unit, view.criteria_set, view.failing, proofs, _address),
        kind_of=lambda criterion: proofs[criterion.evidence].kind,
        address=_address,
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


def _address(kind: str | None, record_id: int | None) -> str | None:
    """The page of a record; asks nobody whether it is still there."""
    return None if kind is None or record_id is None else house().record_address(kind, record_id)
