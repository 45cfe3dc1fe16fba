"""Reading the standing rows within what a person may see: counts, the worst units, what got worse, earlier years."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, case, func, or_, select, true
from sqlalchemy.orm import aliased

from qms.accounts.actor import in_visible_units
from qms.accounts.permissions import Permission
from qms.evaluation.models import Result, Verdict
from qms.evaluation.standing.keeping import MARK
from qms.evaluation.standing.models import StandingMark, StandingPeriod, StandingResult, StandingUnit
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.kernel.share import Share
from qms.units.models import Unit

PAGE_OF_UNITS = 25
"""Units on a page of the heat map: with eighteen criteria each, some 450 cells."""


@dataclass(frozen=True)
class Then:
    """How many units maintained at the end of an earlier day, and how many had any point at all."""

    share: Share
    with_points: int


@dataclass(frozen=True)
class Summary:
    """The day at whose end the rows are true, the set they follow, how many units stand how, and stood on earlier days."""

    as_of: date
    criteria_set: str
    counts: dict[Verdict, int]
    then: Sequence[Then]


@dataclass(frozen=True)
class Standing:
    """A unit with its row and its criteria as they stand, by code."""

    unit: Unit
    row: StandingUnit
    results: dict[str, StandingResult]

    @property
    def score(self) -> Share:
        """Points of points that apply."""
        return Share(self.row.score, self.row.weight)

    @property
    def missing(self) -> list[StandingResult]:
        """The criteria that are not met."""
        return [one for one in self.results.values() if one.result is Result.NOT_MET]


@dataclass(frozen=True)
class Turned:
    """A unit that stands worse than before: its verdict, or only criteria; and which criteria turned."""

    unit: Unit
    on: date
    now: Verdict
    before: Verdict | None
    results: Sequence[StandingResult]


def summary(actor: Actor, ends: Sequence[date]) -> Summary | None:
    """How many units stand how within the scope, and stood at the end of each day; one statement. None before the first pass.

    A unit that stands somehow has one period that has not ended, so past and present are counted in one reading.
    """
    holds = [and_(StandingPeriod.since <= day, or_(StandingPeriod.until.is_(None), StandingPeriod.until > day)) for day in ends]
    asked = (StandingPeriod.verdict == Verdict.MAINTAINS, true(), StandingPeriod.score > 0)
    then = [_number(and_(held, where)) for held in holds for where in asked]
    now = [_number(and_(StandingPeriod.until.is_(None), StandingPeriod.verdict == verdict)) for verdict in Verdict]
    told = [
        select(column).where(StandingMark.name == MARK).scalar_subquery()
        for column in (StandingMark.as_of, StandingMark.criteria_set)
    ]
    as_of, criteria_set, *numbers = db.session.execute(
        select(*told, *then, *now).where(_seen(StandingPeriod.unit_id, actor))
    ).one()
    if as_of is None:
        return None
    parts = (numbers[place : place + len(asked)] for place in range(0, len(then), len(asked)))
    past = [Then(Share(k, n), points) for k, n, points in parts]
    return Summary(as_of, criteria_set, dict(zip(Verdict, numbers[len(then) :], strict=True)), past)


def worst(actor: Actor, number: int) -> list[Standing]:
    """A page of units, the worst first, with their criteria; three statements however many units there are."""
    rows = db.session.execute(
        select(StandingUnit, Unit)
        .join(Unit, Unit.id == StandingUnit.unit_id)
        .where(_seen(StandingUnit.unit_id, actor))
        .order_by(StandingUnit.badness, StandingUnit.unit_id)
        .limit(PAGE_OF_UNITS)
        .offset((number - 1) * PAGE_OF_UNITS)
    ).all()
    return _with_results([(row, unit) for row, unit in rows])


def of_unit(actor: Actor, unit_id: int) -> Standing | None:
    """One unit as it stands, in one statement; None for one without standing, or out of sight."""
    rows = db.session.execute(
        select(StandingUnit, Unit, StandingResult)
        .join(Unit, Unit.id == StandingUnit.unit_id)
        .outerjoin(StandingResult, StandingResult.unit_id == StandingUnit.unit_id)
        .where(StandingUnit.unit_id == unit_id, _seen(StandingUnit.unit_id, actor))
        .order_by(StandingResult.criterion)
    ).all()
    results = {result.criterion: result for _row, _unit, result in rows if result is not None}
    return Standing(rows[0][1], rows[0][0], results) if rows else None


def got_worse(actor: Actor, since: date, most: int) -> list[Turned]:
    """The units whose verdict fell after ``since``, the newest first; then those in which only a criterion turned."""
    before = aliased(StandingPeriod)
    fallen = db.session.execute(
        select(StandingPeriod, before.verdict, Unit)
        .join(before, and_(before.unit_id == StandingPeriod.unit_id, before.until == StandingPeriod.since))
        .join(Unit, Unit.id == StandingPeriod.unit_id)
        .where(
            StandingPeriod.since > since,
            StandingPeriod.until.is_(None),
            _order(StandingPeriod.verdict) < _order(before.verdict),
            _seen(StandingPeriod.unit_id, actor),
        )
        .order_by(_order(StandingPeriod.verdict), StandingPeriod.since.desc(), StandingPeriod.unit_id)
        .limit(most)
    ).all()
    turned = db.session.execute(
        select(StandingResult, StandingUnit.verdict, Unit)
        .join(StandingUnit, StandingUnit.unit_id == StandingResult.unit_id)
        .join(Unit, Unit.id == StandingResult.unit_id)
        .where(
            StandingResult.changed_on > since,
            StandingResult.result == Result.NOT_MET,
            StandingResult.before == Result.MET,
            _seen(StandingResult.unit_id, actor),
        )
        .order_by(StandingResult.changed_on.desc(), StandingResult.unit_id, StandingResult.criterion)
        .limit(most * 4)
    ).all()
    by_unit: dict[int, list[StandingResult]] = {}
    for result, _verdict, _unit in turned:
        by_unit.setdefault(result.unit_id, []).append(result)
    found = {
        unit.id: Turned(unit, period.since, period.verdict, verdict, by_unit.get(unit.id, ())) for period, verdict, unit in fallen
    }
    for result, verdict, unit in turned:
        if unit.id not in found and result.changed_on is not None:
            found[unit.id] = Turned(unit, result.changed_on, verdict, None, by_unit[unit.id])
    return list(found.values())[:most]


def _with_results(rows: Collection[tuple[StandingUnit, Unit]]) -> list[Standing]:
    by_unit: dict[int, dict[str, StandingResult]] = {unit.id: {} for _row, unit in rows}
    for result in db.session.scalars(select(StandingResult).where(StandingResult.unit_id.in_(by_unit))):
        by_unit[result.unit_id][result.criterion] = result
    return [Standing(unit, row, by_unit[unit.id]) for row, unit in rows]


def _seen(unit_id: SQLColumnExpression[int], actor: Actor) -> ColumnElement[bool]:
    return in_visible_units(unit_id, actor, Permission.EVALUATION_READ)


def _number(where: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows fulfil a condition."""
    return func.count(case((where, 1)))


def _order(verdict: SQLColumnExpression[Verdict]) -> ColumnElement[int]:
    """Worse is less; a unit that is still building stands between."""
    return case(
        (verdict == Verdict.NOT_MAINTAINED, 0),
        (verdict == Verdict.TO_SUPPLEMENT, 1),
        (verdict == Verdict.BUILDING, 2),
        else_=3,
    )
