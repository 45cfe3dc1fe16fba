"""Whether what was stored is what was sealed: the rows of every run give its seal."""

import hashlib
from collections import defaultdict
from collections.abc import Iterator

from sqlalchemy import String, select, type_coerce

from qms.evaluation.models import Run, RunExcluded, RunFailing, RunResult, RunUnit
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.trail.findings import Check, Finding

AT_ONCE = 2_000


def changed_runs() -> Iterator[Finding]:
    """Runs whose rows do not give their seal any more."""
    for run_id, seal in db.session.execute(select(Run.id, Run.seal).order_by(Run.id)).all():
        if seal_of_rows(run_id) != seal:
            yield Finding("run_changed", Run.__tablename__, str(run_id))


def seal_of_rows(run_id: int) -> str:
    """The seal as ``Outcome.seal`` makes it, from what is stored: words as they stand there, whoever wrote them."""
    run = db.session.execute(select(Run.criteria_set, Run.set_hash, Run.as_of, Run.scope_code).where(Run.id == run_id)).one()
    lines: list[tuple[object, ...]] = [(run.criteria_set, run.set_hash, run.as_of.isoformat(), run.scope_code)]
    failing: dict[tuple[int, str], list[str]] = defaultdict(list)
    of_run = RunUnit.run_id == run_id
    references = select(RunFailing.run_unit_id, RunFailing.criterion, RunFailing.reference).join(
        RunUnit, RunUnit.id == RunFailing.run_unit_id
    )
    for unit_id, criterion, reference in db.session.execute(references.where(of_run), execution_options={"yield_per": AT_ONCE}):
        failing[unit_id, criterion].append(reference)
    results = (
        select(
            RunUnit.id,
            RunUnit.agency_code,
            RunUnit.unit_code,
            RunResult.criterion,
            type_coerce(RunResult.result, String),
            RunResult.met,
            RunResult.total,
            type_coerce(RunUnit.verdict, String),
            RunUnit.score,
            RunUnit.weight,
        )
        .join(RunResult, RunResult.run_unit_id == RunUnit.id)
        .where(of_run)
    )
    rows: list[tuple[object, ...]] = []
    for one in db.session.execute(results, execution_options={"yield_per": AT_ONCE}):
        unit_id, agency, unit, criterion, result, met, total, verdict, score, weight = one
        named = ";".join(sorted(failing.get((unit_id, criterion), ())))
        rows.append((agency or "", unit, criterion, result, met, total, named, verdict, f"{score}/{weight}"))
    lines += sorted(rows, key=lambda row: tuple(map(str, row[:3])))
    excluded = select(
        RunExcluded.agency_code,
        RunExcluded.unit_code,
        type_coerce(RunExcluded.reason, String),
        RunExcluded.successor,
        RunExcluded.decision,
    ).where(RunExcluded.run_id == run_id)
    lines += sorted(tuple(field or "" for field in one) for one in db.session.execute(excluded))
    text = "".join("\t".join("" if field is None else str(field) for field in line) + "\n" for line in lines)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


CHECK = Check(_l("Stored evaluations against their seals"), changed_runs)
