"""Reading stored runs: lists, and one run with its rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, exists, false, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from qms.accounts.actor import SignedIn, in_visible_units, visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.evaluation.criteria import CriteriaSet, shipped_sets
from qms.evaluation.models import (
    IssuedPaper,
    Run,
    RunExcluded,
    RunFailing,
    RunOrigin,
    RunUnit,
    Verdict,
)
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.moment import Actor, System
from qms.kernel.share import Share
from qms.units.models import Bloc, Unit


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

    @property
    def out_of_scope(self) -> Sequence[RunExcluded]:
        """Units out of scope, as people are told of them."""
        agencies = {unit.agency_code for unit in self.units}
        return [one for one in self.excluded if one.reason.left_out(one.unit_code, agencies)]

    def failures(self, unit: RunUnit, criterion: str) -> list[str]:
        """References of the failing records, in code point order."""
        return self.failing.get((unit.id, criterion), [])


def visible_runs(actor: Actor) -> Sequence[Run]:
    """Runs that hold at least one unit the reader may see, and empty ones of such a scope; newest first."""
    units = visible_units(actor, Permission.EVALUATION_READ)
    holds = select(RunUnit.run_id).where(RunUnit.unit_id.in_(units))
    seen = or_(Run.id.in_(holds), and_(Run.in_scope == 0, or_(Run.scope_unit_id.is_(None), Run.scope_unit_id.in_(units))))
    return db.session.scalars(select(Run).where(seen).order_by(Run.as_of.desc(), Run.id.desc()).limit(200)).all()


def names_of_sealers(runs: Sequence[Run]) -> dict[str, str]:
    """User name → what people call whoever sealed a run; somebody whose data were erased stays the bare user name."""
    people = select(Person.username, Person.full_name).where(
        Person.username.in_({run.sealed_by for run in runs}), Person.forgotten_at.is_(None)
    )
    return {System.username: str(_("The system"))} | {row.username: row.full_name for row in db.session.execute(people)}


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
