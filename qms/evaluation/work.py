"""Long work of the evaluation: one that a person starts for a day, and the printing of its report."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from qms.accounts.permissions import Permission
from qms.evaluation import queries, report
from qms.evaluation.models import Run, RunOrigin
from qms.evaluation.service import evaluate, scope_of, store
from qms.kernel.db import StepOn, db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.work import Finish, LongWork, Progress, Result


def _evaluate(arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
    """Computes for the day of ``day`` in the scope of its owner; then seals the run."""
    progress(0, 2)
    scope = scope_of(moment)
    outcome = evaluate(date.fromisoformat(arguments["day"]), moment, scope)
    outcome.made_ready()
    progress(1, 2)

    def seal() -> Result:
        run = store(outcome, moment, RunOrigin.PERSON, scope)
        return Result(endpoint="evaluation.show", values={"run_id": run.id})

    return StepOn(outcome.connection, seal)


def _print(arguments: Mapping[str, Any], moment: Moment, _progress: Progress) -> Finish:
    """Prints the report of ``run`` as ``extension`` in ``language``; then keeps it as the issued paper."""
    run_id, extension, language = arguments["run"], arguments["extension"], arguments["language"]
    run = db.session.get(Run, run_id)
    gone = Refusal("run_not_seen", _l("There is no such evaluation within the units you may see."))
    refuse_if(gone if run is None or not queries.may_see_whole(run, moment.person) else None)
    fresh = report.render(run_id, extension, language)

    def keep() -> Result:
        report.keep(db.session.get_one(Run, run_id), extension, language, fresh, moment)
        return Result(endpoint="evaluation.paper", values={"run_id": run_id, "extension": extension})

    return keep


EVALUATE = LongWork("evaluation", _l("Evaluation"), Permission.EVALUATION_RUN, _evaluate)
PRINT = LongWork("evaluation_report", _l("Report of an evaluation"), Permission.EVALUATION_READ, _print)
