"""The frozen rows of a run as its report tells them: names and titles in one language, beside what an earlier run said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import case, func, select

from qms.evaluation.models import Result, Run, RunCause, RunExcluded, RunFigure, RunResult, RunUnit
from qms.evaluation.queries import RunView
from qms.evaluation.report_model import (
    CauseLine,
    CriterionLine,
    ExcludedLine,
    FigureLine,
    Previous,
    Reason,
    RunReport,
    UnitLine,
)
from qms.kernel.days import local_day
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.share import Share
from qms.reports.issuer import issuer_of
from qms.units.models import Bloc, UnitKind


@dataclass(frozen=True)
class Letter:
    """What the settings of an installation say of its papers."""

    place: str = ""
    superior: str = ""
    report_to: str = ""
    copies: Sequence[str] = ()


def report_of(view: RunView, language: str, letter: Letter) -> RunReport:
    """The frozen rows of a run as its report tells them, in "vi" or "en" (the caller sets the locale)."""
    run = view.run
    earlier = _earlier(run)
    results = [result for unit in view.units for result in unit.results]
    return RunReport(
        issuer=issuer_of(
            run.issuing_unit_name or "",
            run.issuing_kind or UnitKind.COMMUNE,
            run.issuing_bloc or Bloc.STATE,
            run.issuing_unit_code or "",
            name_en=run.issuing_unit_name_en,
            language=language,
            superior=letter.superior or run.superior_name or "",
            place=letter.place,
            addressee=letter.report_to,
            copies=letter.copies,
            signer_name=run.signer_name or "",
        ),
        as_of=run.as_of,
        sealed_on=local_day(run.sealed_at),
        forecast=run.forecast,
        approved=False,
        criteria_set=run.criteria_set,
        run_hash=run.seal,
        trail_head=run.trail_head,
        units=tuple(_unit_line(view, unit, language) for unit in view.units),
        excluded=tuple(_excluded_line(one, language) for one in view.out_of_scope),
        criteria=_criteria(view, results, earlier, language),
        agencies_in_scope=run.agencies_in_scope,
        agencies_announced=run.agencies_announced,
        agencies_maintaining=run.agencies_maintaining,
        late=Share(sum(result.late for result in results), sum(result.met for result in results)),
        taken_over=Share(sum(result.taken_over for result in results), sum(result.met for result in results)),
        started_on=tuple(sorted({unit.agency_started_on for unit in view.units if unit.agency_started_on is not None})),
        figures=_figures(run),
        causes=tuple(
            CauseLine(_name(one.unit_name, one.unit_name_en, language), one.reference, one.text)
            for one in db.session.scalars(select(RunCause).where(RunCause.run_id == run.id).order_by(RunCause.position))
        ),
        previous=None if earlier is None else Previous(earlier.as_of, Share(earlier.maintaining, earlier.in_scope)),
    )


def _criteria(view: RunView, results: Sequence[RunResult], earlier: Run | None, language: str) -> tuple[CriterionLine, ...]:
    counted = {criterion.code: [0, 0] for criterion in view.criteria_set.criteria}
    for result in results:
        if result.result is not Result.NOT_APPLICABLE:
            counted[result.criterion][0] += result.result is Result.MET
            counted[result.criterion][1] += 1
    before = {} if earlier is None else _shares_of(earlier)
    return tuple(
        CriterionLine(
            criterion.title(language),
            criterion.clause,
            criterion.mandatory,
            criterion.weight,
            Share(*counted[criterion.code]),
            criterion.advice(language),
            before.get(criterion.code),
        )
        for criterion in view.criteria_set.criteria
    )


def _shares_of(run: Run) -> dict[str, Share]:
    """For each criterion of a run the units that met it, of those it applied to."""
    met = func.sum(case((RunResult.result == Result.MET, 1), else_=0))
    applied = func.sum(case((RunResult.result != Result.NOT_APPLICABLE, 1), else_=0))
    rows = db.session.execute(
        select(RunResult.criterion, met, applied)
        .join(RunUnit, RunUnit.id == RunResult.run_unit_id)
        .where(RunUnit.run_id == run.id)
        .group_by(RunResult.criterion)
    )
    return {criterion: Share(k, n) for criterion, k, n in rows}


def _figures(run: Run) -> tuple[FigureLine, ...]:
    stored = {one.key: one for one in db.session.scalars(select(RunFigure).where(RunFigure.run_id == run.id))}
    return tuple(
        FigureLine(str(told.heading), str(told.title), stored[key].number, stored[key].before)
        for key, told in house().figures.items()
        if key in stored
    )


def _unit_line(view: RunView, unit: RunUnit, language: str) -> UnitLine:
    reasons = tuple(
        Reason(
            view.criteria_set.criterion(result.criterion).title(language),
            Share(result.met, result.total),
            tuple(view.failures(unit, result.criterion)),
        )
        for result in unit.results
        if result.result is Result.NOT_MET
    )
    return UnitLine(
        unit.agency_code,
        unit.agency_name,
        unit.unit_code,
        _name(unit.unit_name, unit.unit_name_en, language),
        unit.kind,
        unit.verdict,
        unit.timely_verdict,
        Share(unit.score, unit.weight),
        reasons,
    )


def _excluded_line(one: RunExcluded, language: str) -> ExcludedLine:
    name = _name(one.unit_name, one.unit_name_en, language)
    return ExcludedLine(one.agency_code, one.unit_code, name, one.reason, one.successor, one.decision, one.note)


def _name(name: str, name_en: str | None, language: str) -> str:
    return name_en if language == "en" and name_en else name


def _earlier(run: Run) -> Run | None:
    """The latest run of the same scope for a day of an earlier year, to compare with."""
    return db.session.scalar(
        select(Run)
        .where(Run.scope_code.is_(None) if run.scope_code is None else Run.scope_code == run.scope_code)
        .where(Run.as_of <= date(run.as_of.year - 1, 12, 31), Run.id < run.id, Run.forecast.is_(False))
        .order_by(Run.as_of.desc(), Run.id.desc())
        .limit(1)
    )
