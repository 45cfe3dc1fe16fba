"""Copying what was computed into the rows of a stored run: one INSERT ... SELECT for each table, so nobody waits long."""

from typing import Any

from sqlalchemy import Select, and_, insert, literal, select
from sqlalchemy.orm import Session

from qms.evaluation.compute import failed, found, judged, left_out
from qms.evaluation.models import RunCause, RunExcluded, RunFailing, RunFigure, RunResult, RunUnit
from qms.evaluation.year import Year
from qms.kernel.bulk import OPTIONS
from qms.kernel.db import Base


def copy_rows(session: Session, run_id: int) -> None:
    """Copies units, results, failing records and units out of scope from the temporary tables of the session's connection."""
    units = [column for column in found.c if column.name != "started_on"]
    _copy(session, RunUnit, select(literal(run_id).label("run_id"), *units, found.c.started_on.label("agency_started_on")))
    of_run = and_(RunUnit.run_id == run_id, RunUnit.unit_id == judged.c.unit_id)
    names = ("criterion", "position", "result", "met", "total", "late", "taken_over")
    results = select(RunUnit.id.label("run_unit_id"), *(judged.c[name] for name in names))
    _copy(session, RunResult, results.join_from(judged, RunUnit, of_run))
    of_run = and_(RunUnit.run_id == run_id, RunUnit.unit_id == failed.c.unit_id)
    failing = select(
        RunUnit.id.label("run_unit_id"),
        failed.c.criterion,
        failed.c.reference,
        failed.c.record_id,
        failed.c.past_due_on,
        (failed.c.settled == 1).label("settled"),
    )
    _copy(session, RunFailing, failing.join_from(failed, RunUnit, of_run))
    others = [column for column in left_out.c if column.name != "left"]
    _copy(session, RunExcluded, select(literal(run_id).label("run_id"), *others, (left_out.c.left == 1).label("left")))


def keep_year(session: Session, run_id: int, year: Year) -> None:
    """Keeps what the report tells of the year beside the verdicts; its words change as little as these rows."""
    session.add_all(RunFigure(run_id=run_id, key=one.key, number=one.number, before=one.before) for one in year.figures)
    session.add_all(
        RunCause(
            run_id=run_id,
            position=position,
            unit_code=one.unit_code,
            unit_name=one.unit_name,
            unit_name_en=one.unit_name_en,
            reference=one.reference,
            text=one.text,
        )
        for position, one in enumerate(year.causes)
    )


def _copy(session: Session, model: type[Base], rows: Select[Any]) -> None:
    session.execute(insert(model).from_select(list(rows.selected_columns.keys()), rows), execution_options=OPTIONS)
