"""Reading stored runs: lists, one run with its rows, and the rows as the report prints them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from qms.accounts.actor import SignedIn, in_visible_units, visible_units
from qms.accounts.permissions import Permission
from qms.evaluation.criteria import CriteriaSet, shipped_sets
from qms.evaluation.models import IssuedPaper, Result, Run, RunExcluded, RunFailing, RunOrigin, RunResult, RunUnit, Verdict
from qms.evaluation.report_model import CriterionLine, ExcludedLine, Previous, Reason, RunReport, UnitLine
from qms.kernel.days import local_day
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.kernel.share import Share
from qms.reports.issuer import issuer_of
from qms.units.models import Bloc, Unit, UnitKind


@dataclass(frozen=True)
class RunView:
    """A stored run as pages and papers read it; units only as far as the reader may see them."""

    run: Run
    units: Sequence[RunUnit]
    excluded: Sequence[RunExcluded]
    failing: dict[tuple[int, str], list[str]]
    criteria_set: CriteriaSet

    @property
    def share(self) -> Share:
        """Of the whole run, as it was sealed."""
        return Share(self.run.maintaining, self.run.in_scope)

    def count(self, verdict: Verdict) -> int:
        """How many of the units shown have that verdict."""
        return sum(unit.verdict is verdict for unit in self.units)

    def failures(self, unit: RunUnit, criterion: str) -> list[str]:
        """References of the failing records, in code point order."""
        return self.failing.get((unit.id, criterion), [])


def visible_runs(actor: Actor) -> Sequence[Run]:
    """Runs that hold at least one unit the reader may see, and empty ones of such a scope; newest first."""
    units = visible_units(actor, Permission.EVALUATION_READ)
    holds = select(RunUnit.run_id).where(RunUnit.unit_id.in_(units))
    seen = or_(Run.id.in_(holds), and_(Run.in_scope == 0, or_(Run.scope_unit_id.is_(None), Run.scope_unit_id.in_(units))))
    return db.session.scalars(select(Run).where(seen).order_by(Run.as_of.desc(), Run.id.desc()).limit(200)).all()


def runs_of_year(actor: Actor, year: int, *, yearly: bool) -> Select[Any]:
    """How many final runs there are of a year: the yearly one, which looks at the day before its own, or those of people."""
    before = date(year, 1, 1) - timedelta(days=1)
    return select(func.count()).where(
        Run.as_of.between(before, date(year, 12, 31)),
        Run.forecast.is_(False),
        Run.origin == (RunOrigin.YEARLY if yearly else RunOrigin.PERSON),
        or_(Run.scope_unit_id.is_(None), in_visible_units(Run.scope_unit_id, actor, Permission.EVALUATION_READ)),
    )


def whole_run(run_id: int) -> RunView | None:
    """A run with all its units, for papers; None when there is none."""
    return _view(run_id, None)


@dataclass(frozen=True)
class Forms:
    """The report of a run: the forms that lie printed, and whether the reader may take any."""

    printed: frozenset[str]
    may_take: bool


LETTERHEAD = case((Run.issuing_bloc == Bloc.PARTY, "party"), else_="state")


@dataclass(frozen=True)
class UnitView:
    """One unit of a stored run, with the records that failed its criteria."""

    run: Run
    unit: RunUnit
    failing: Sequence[RunFailing]
    criteria_set: CriteriaSet

    def failures(self, criterion: str) -> list[RunFailing]:
        """The failing records of one criterion, in code point order."""
        return [row for row in self.failing if row.criterion == criterion]


def visible_unit(run_id: int, unit_id: int, actor: Actor) -> UnitView | None:
    """A unit of a run; None when there is none that the reader may see. Costs the same however many records failed."""
    unit = db.session.scalar(
        select(RunUnit)
        .where(
            RunUnit.run_id == run_id,
            RunUnit.unit_id == unit_id,
            in_visible_units(RunUnit.unit_id, actor, Permission.EVALUATION_READ),
        )
        .options(joinedload(RunUnit.run), selectinload(RunUnit.results))
    )
    if unit is None:
        return None
    failing = db.session.scalars(select(RunFailing).where(RunFailing.run_unit_id == unit.id)).all()
    return UnitView(unit.run, unit, sorted(failing, key=lambda row: row.reference), shipped_sets()[unit.run.criteria_set])


def visible_run(run_id: int, actor: Actor) -> RunView | None:
    """A run with the units the reader may see, without what failed; None when there is none to see."""
    view = _view(run_id, actor)
    return view if view is not None and (view.units or _is_empty_and_ours(view.run, actor)) else None


def _is_empty_and_ours(run: Run, actor: Actor) -> bool:
    """Whether a run without any unit was made for the whole tree or for a unit the reader may see."""
    nowhere = run.in_scope == 0
    return nowhere and (run.scope_unit_id is None or actor.may(Permission.EVALUATION_READ, run.scope_unit_id))


def may_see_whole(run: Run, actor: Actor) -> bool:
    """Whether the reader may see every unit of the run, in scope or out of it, as its report prints them all."""
    return not db.session.scalar(select(_holds_hidden(actor)).select_from(Run).where(Run.id == run.id))


def forms_to_take(run_id: int, language: str, actor: Actor) -> Forms:
    """Which forms of a run's report lie printed in a language, and whether the reader may take them; one statement."""
    printed = select(func.aggregate_strings(IssuedPaper.format, ",")).where(
        IssuedPaper.run_id == Run.id, IssuedPaper.language == language, IssuedPaper.letterhead == LETTERHEAD
    )
    found = db.session.execute(select(printed.scalar_subquery(), _holds_hidden(actor)).where(Run.id == run_id)).one()
    return Forms(frozenset((found[0] or "").split(",")) - {""}, not found[1])


def _holds_hidden(actor: Actor) -> ColumnElement[bool]:
    """Whether a run holds a unit that the reader may not see."""
    if not isinstance(actor, SignedIn) or actor.may_everywhere(Permission.EVALUATION_READ):
        return false()
    units = visible_units(actor, Permission.EVALUATION_READ)
    seen = select(Unit.code).where(Unit.id.in_(units))
    return or_(
        exists().where(RunUnit.run_id == Run.id, RunUnit.unit_id.not_in(units)),
        exists().where(RunExcluded.run_id == Run.id, RunExcluded.unit_code.not_in(seen)),
    )


def _view(run_id: int, actor: Actor | None) -> RunView | None:
    run = db.session.get(Run, run_id)
    if run is None:
        return None
    query = select(RunUnit).where(RunUnit.run_id == run_id).options(selectinload(RunUnit.results))
    excluded = select(RunExcluded).where(RunExcluded.run_id == run_id)
    if actor is not None:
        units = visible_units(actor, Permission.EVALUATION_READ)
        query = query.where(RunUnit.unit_id.in_(units))
        excluded = excluded.where(RunExcluded.unit_code.in_(select(Unit.code).where(Unit.id.in_(units))))
    return RunView(
        run,
        db.session.scalars(query.order_by(RunUnit.position)).all(),
        db.session.scalars(excluded.order_by(RunExcluded.position)).all(),
        _failing(run_id) if actor is None else {},
        shipped_sets()[run.criteria_set],
    )


def _failing(run_id: int) -> dict[tuple[int, str], list[str]]:
    found: dict[tuple[int, str], list[str]] = {}
    rows = db.session.execute(
        select(RunFailing.run_unit_id, RunFailing.criterion, RunFailing.reference)
        .join(RunUnit, RunUnit.id == RunFailing.run_unit_id)
        .where(RunUnit.run_id == run_id)
    )
    for unit_id, criterion, reference in rows:
        found.setdefault((unit_id, criterion), []).append(reference)
    for references in found.values():
        references.sort()
    return found


def report_of(view: RunView, language: str, place: str = "", superior: str = "") -> RunReport:
    """The frozen rows of a run as its report tells them, in "vi" or "en" (the caller sets the locale)."""
    run = view.run
    lines = {
        criterion.code: [result for unit in view.units for result in unit.results if result.criterion == criterion.code]
        for criterion in view.criteria_set.criteria
    }
    results = [result for unit in view.units for result in unit.results]
    return RunReport(
        issuer=issuer_of(
            run.issuing_unit_name or "",
            run.issuing_kind or UnitKind.COMMUNE,
            run.issuing_bloc or Bloc.STATE,
            run.issuing_unit_code or "",
            name_en=run.issuing_unit_name_en,
            language=language,
            superior=superior or run.superior_name or "",
            place=place,
        ),
        as_of=run.as_of,
        sealed_on=local_day(run.sealed_at),
        forecast=run.forecast,
        approved=False,
        criteria_set=run.criteria_set,
        run_hash=run.seal,
        trail_head=run.trail_head,
        units=tuple(_unit_line(view, unit, language) for unit in view.units),
        excluded=tuple(
            ExcludedLine(
                one.agency_code,
                one.unit_code,
                _name(one.unit_name, one.unit_name_en, language),
                one.reason,
                one.successor,
                one.decision,
                one.note,
            )
            for one in view.excluded
        ),
        criteria=tuple(
            CriterionLine(
                criterion.title(language),
                criterion.clause,
                criterion.mandatory,
                criterion.weight,
                _met_share(lines[criterion.code]),
            )
            for criterion in view.criteria_set.criteria
        ),
        agencies_in_scope=run.agencies_in_scope,
        agencies_announced=run.agencies_announced,
        agencies_maintaining=run.agencies_maintaining,
        late=Share(sum(result.late for result in results), sum(result.met for result in results)),
        taken_over=Share(sum(result.taken_over for result in results), sum(result.met for result in results)),
        started_on=tuple(sorted({unit.agency_started_on for unit in view.units if unit.agency_started_on is not None})),
        previous=_previous(run),
    )


def _met_share(results: Sequence[RunResult]) -> Share:
    applicable = [result for result in results if result.result is not Result.NOT_APPLICABLE]
    return Share(sum(result.result is Result.MET for result in applicable), len(applicable))


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


def _name(name: str, name_en: str | None, language: str) -> str:
    return name_en if language == "en" and name_en else name


def _previous(run: Run) -> Previous | None:
    earlier: date = date(run.as_of.year - 1, 12, 31)
    found = db.session.scalar(
        select(Run)
        .where(Run.scope_code.is_(None) if run.scope_code is None else Run.scope_code == run.scope_code)
        .where(Run.as_of <= earlier, Run.id < run.id, Run.forecast.is_(False))
        .order_by(Run.as_of.desc(), Run.id.desc())
        .limit(1)
    )
    return None if found is None else Previous(found.as_of, Share(found.maintaining, found.in_scope))
