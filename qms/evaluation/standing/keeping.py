"""Keeping the standing rows true: a full pass once a day, and a small one for the units the trail names since.

The day of a standing is yesterday, as the contract says, so at midnight it moves for everybody: that is the full pass, and the
check of all small ones. During the day only what is entered back in time, moved or voided changes it: the units the trail names.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.orm import Session, aliased

from qms.accounts.service import KIND as PERSON
from qms.evaluation.criteria import set_of
from qms.evaluation.models import Verdict
from qms.evaluation.outcome import UnitOutcome
from qms.evaluation.service import evaluate, yesterday
from qms.evaluation.standing.models import StandingMark, StandingPeriod, StandingResult, StandingUnit
from qms.kernel.bulk import chunks
from qms.kernel.days import add_months
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.trail.models import TrailEntry
from qms.units.models import Unit, UnitAncestry

MARK = "standing"
AT_ONCE = 500
"""Units computed and written in one short transaction; nobody who saves a record waits for more."""
MOST_NAMED = 6
"""References of failing records kept with a criterion; the page of the unit's evaluation has all of them."""
SETTLES_AFTER = timedelta(minutes=10)
"""An entry older than this has no older one still to come; the longest write is a take-over of minutes."""
WEEK = 7
MONTHS = 12
YEARS = 4

OTHER_KINDS = (PERSON, "evaluation", "prepared_form", "invitation", "file")
"""Records that no criterion reads as they change: a sign-in must not evaluate an agency. The daily pass sees what they move."""

_ORDER = {Verdict.NOT_MAINTAINED: 0, Verdict.TO_SUPPLEMENT: 1, Verdict.BUILDING: 2, Verdict.MAINTAINS: 3}


@dataclass(frozen=True)
class _Look:
    """What the trail held when the looking began."""

    settled: int
    looked: int
    counted: int


def badness(verdict: Verdict, score: int, weight: int) -> int:
    """The place of a unit in the order "worst first": by verdict, then by the share of points, in thousandths."""
    return _ORDER[verdict] * 10_000 + (1000 * score // weight if weight else 0)


def is_behind(moment: Moment) -> bool:
    """Whether a full pass is owed: no rows yet, another day, or another criteria set."""
    mark = db.session.get(StandingMark, MARK)
    return mark is None or mark.as_of < yesterday(moment) or mark.criteria_set != set_of(yesterday(moment)).code


def refresh(moment: Moment) -> int:
    """The small pass: the units the trail names since the last look, and all of their agencies; answers how many units."""
    mark = db.session.get(StandingMark, MARK)
    if mark is None or is_behind(moment):
        return 0
    look = _look(mark.settled, moment.instant)
    if (look.looked, look.counted) == (mark.looked, mark.counted):
        return 0
    touched = _touched(mark.settled)
    as_of = mark.as_of
    for some in _parts(touched):
        _bring(some, as_of, moment)
    with writing():
        _keep_mark(as_of, look, moment)
    return len(touched)


def rebuild(moment: Moment) -> int:
    """The full pass for yesterday; the first one also begins the history: year ends, month ends and the days of a week.

    Answers how many units are in scope.
    """
    mark = db.session.get(StandingMark, MARK)
    day = yesterday(moment)
    look = _look(0 if mark is None else mark.settled, moment.instant)
    units = db.session.scalars(select(Unit.id).order_by(Unit.id)).all()
    agencies = _by_agency(units)
    for past in days_of_history(day) if mark is None else ():
        for some in _parts(agencies):
            _bring(some, past, moment)
    found = 0
    for some in _parts(agencies):
        found += _bring(some, day, moment)
    with writing():
        _keep_mark(day, look, moment)
    return found


def days_of_history(day: date) -> list[date]:
    """The days before ``day`` that the first pass computes, oldest first."""
    years = {date(day.year - ago, 12, 31) for ago in range(1, YEARS + 1)}
    firsts = (add_months(day.replace(day=1), -ago) for ago in range(MONTHS))
    months = {first - timedelta(days=1) for first in firsts}
    return sorted(years | months | {day - timedelta(days=ago) for ago in range(1, WEEK + 1)})


def _look(settled: int, instant: datetime) -> _Look:
    old = select(func.max(TrailEntry.id)).where(TrailEntry.id > settled, TrailEntry.at < instant - SETTLES_AFTER)
    newer = select(func.max(TrailEntry.id), func.count()).where(TrailEntry.id > settled)
    looked, counted = db.session.execute(newer).one()
    now_settled = db.session.scalar(old) or settled
    if now_settled > settled:
        counted -= db.session.scalar(select(func.count()).where(TrailEntry.id > settled, TrailEntry.id <= now_settled)) or 0
    return _Look(now_settled, looked or settled, counted)


def _touched(settled: int) -> list[int]:
    """The units of all agencies in which something changed, with those that inherited from there."""
    named = (
        select(TrailEntry.unit_id)
        .where(TrailEntry.id > settled, TrailEntry.unit_id.is_not(None), TrailEntry.kind.not_in(OTHER_KINDS))
        .distinct()
    )
    found: set[int] = set()
    fresh = {one for one in db.session.scalars(named) if one is not None}
    while fresh:
        reached: set[int] = set()
        for some in chunks(sorted(fresh)):
            reached |= _agency_of(some)
        found |= reached
        heirs: set[int] = set()
        for some in chunks(sorted(reached)):
            query = select(Unit.successor_id).where(Unit.id.in_(some), Unit.successor_id.is_not(None))
            heirs.update(one for one in db.session.scalars(query) if one is not None)
        fresh = heirs - found
    return sorted(found)


def _agency_of(units: Collection[int]) -> set[int]:
    """Everybody at or below the agencies above these units; a unit without an agency, with what is below it."""
    above = select(UnitAncestry.ancestor_id).join(Unit, Unit.id == UnitAncestry.ancestor_id)
    agencies = set(db.session.scalars(above.where(UnitAncestry.unit_id.in_(units), Unit.agency.is_(True))))
    below = select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id.in_({*agencies, *units}))
    return set(db.session.scalars(below))


def _by_agency(units: Sequence[int]) -> list[int]:
    """The units so that those of one agency stand beside each other: a part of an agency costs what the whole costs."""
    agency = aliased(Unit)
    rows = db.session.execute(
        select(UnitAncestry.unit_id, func.max(agency.id))
        .join(agency, agency.id == UnitAncestry.ancestor_id)
        .where(agency.agency.is_(True))
        .group_by(UnitAncestry.unit_id)
    )
    agencies: dict[int, int] = dict(rows.all())
    return sorted(units, key=lambda one: (agencies.get(one, 0), one))


def _parts(units: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(units), AT_ONCE):
        yield units[start : start + AT_ONCE]


def _bring(units: Collection[int], day: date, moment: Moment) -> int:
    """Evaluates some units and writes what differs from their rows; the reading is over before the writing begins."""
    outcome = evaluate(day, moment, units=units)
    with writing() as session:
        _write(session, outcome.units, units, day)
    return len(outcome.units)


def _write(session: Session, outcomes: Sequence[UnitOutcome], units: Collection[int], day: date) -> None:
    known = {row.unit_id: row for row in session.execute(select(StandingUnit.__table__).where(StandingUnit.unit_id.in_(units)))}
    results = {
        (row.unit_id, row.criterion): row
        for row in session.execute(select(StandingResult.__table__).where(StandingResult.unit_id.in_(units)))
    }
    gone = [unit_id for unit_id in known if unit_id not in {one.unit_id for one in outcomes}]
    _take_out(session, gone, day)
    fresh, changed, changed_results, fresh_results, fresh_periods = [], [], [], [], []
    for one in outcomes:
        row = {
            "unit_id": one.unit_id,
            "as_of": day,
            "verdict": one.verdict,
            "score": one.score.k,
            "weight": one.score.n,
            "badness": badness(one.verdict, one.score.k, one.score.n),
        }
        before = known.get(one.unit_id)
        if before is None:
            fresh.append(row)
        elif before.as_of != day or _differs(before, row):
            changed.append(row)
        if before is None or _differs(before, row):
            fresh_periods.append({name: row[name] for name in ("unit_id", "verdict", "score", "weight")} | {"since": day})
        for each in one.criteria:
            now = {
                "unit_id": one.unit_id,
                "criterion": each.criterion,
                "result": each.result,
                "met": each.met,
                "total": each.total,
                "failing": list(each.failing[:MOST_NAMED]),
            }
            old = results.get((one.unit_id, each.criterion))
            if old is None:
                fresh_results.append(now)
            elif (old.result, old.met, old.total, old.failing) != (now["result"], now["met"], now["total"], now["failing"]):
                changed_results.append(now | _before(old, now, day))
    _insert(session, StandingUnit, fresh)
    _insert(session, StandingResult, fresh_results)
    if changed:
        session.execute(update(StandingUnit), changed)
    if changed_results:
        session.execute(update(StandingResult), changed_results)
    _begin_periods(session, fresh_periods, day)


def _differs(before: Any, row: dict[str, Any]) -> bool:
    return (before.verdict, before.score, before.weight) != (row["verdict"], row["score"], row["weight"])


def _before(old: Any, now: dict[str, Any], day: date) -> dict[str, Any]:
    """What it was, when the result itself turned; numbers that move within a result keep what stood there."""
    if old.result == now["result"]:
        return {name: getattr(old, name) for name in ("changed_on", "before", "met_before", "total_before")}
    return {"changed_on": day, "before": old.result, "met_before": old.met, "total_before": old.total}


def _insert(session: Session, model: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        session.execute(insert(model), rows)


def _begin_periods(session: Session, rows: Sequence[dict[str, Any]], day: date) -> None:
    """A unit stands otherwise from this day: what it was until now ends; what began the same day is replaced."""
    if not rows:
        return
    units = [row["unit_id"] for row in rows]
    session.execute(delete(StandingPeriod).where(StandingPeriod.unit_id.in_(units), StandingPeriod.since >= day))
    still = StandingPeriod.unit_id.in_(units), StandingPeriod.until.is_(None)
    session.execute(update(StandingPeriod).where(*still).values(until=day), execution_options={"synchronize_session": False})
    _insert(session, StandingPeriod, [row | {"until": None} for row in rows])


def _take_out(session: Session, units: Collection[int], day: date) -> None:
    """Units that left the scope have no standing any more; that they had one stays."""
    if not units:
        return
    still = StandingPeriod.unit_id.in_(units), StandingPeriod.until.is_(None)
    session.execute(delete(StandingPeriod).where(*still, StandingPeriod.since >= day))
    session.execute(update(StandingPeriod).where(*still).values(until=day), execution_options={"synchronize_session": False})
    session.execute(delete(StandingResult).where(StandingResult.unit_id.in_(units)))
    session.execute(delete(StandingUnit).where(StandingUnit.unit_id.in_(units)))


def _keep_mark(day: date, look: _Look, moment: Moment) -> None:
    mark = db.session.get(StandingMark, MARK)
    if mark is None:
        mark = StandingMark(name=MARK)
        db.session.add(mark)
    mark.as_of, mark.criteria_set, mark.done_at = day, set_of(day).code, moment.instant
    mark.settled, mark.looked, mark.counted = look.settled, look.looked, look.counted
