"""Computing an evaluation: one select per criterion for all units at once, judged and weighed in the database.

The count and the names of the failing records come from the same select, so they cannot differ.
"""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    and_,
    case,
    delete,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.orm import Session

from qms.evaluation.criteria import CriteriaSet, Criterion, RuleKind
from qms.evaluation.models import Exclusion, Result, Verdict
from qms.evaluation.outcome import CriterionResult, ExcludedUnit, Outcome, UnitOutcome
from qms.kernel.days import end_of_day
from qms.kernel.moment import Moment
from qms.kernel.share import Share
from qms.kernel.window import Window
from qms.units import standing as places
from qms.units.models import Unit, UnitAncestry
from qms.units.standing import standing

Evidence = Callable[[Window], Select[Any]]

temporary = MetaData()

counted = Table(
    "evaluation_counted",
    temporary,
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("criterion", String(60), primary_key=True),
    Column("met", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("timely", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)

failed = Table(
    "evaluation_failed",
    temporary,
    Column("unit_id", Integer, nullable=False),
    Column("criterion", String(60), nullable=False),
    Column("reference", String(300), nullable=False),
    prefixes=["TEMPORARY"],
)

judged = Table(
    "evaluation_judged",
    temporary,
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("criterion", String(60), primary_key=True),
    Column("mandatory", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("result", String(20), nullable=False),
    Column("timely_result", String(20), nullable=False),
    Column("met", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)


def compute(
    session: Session,
    day: date,
    criteria_set: CriteriaSet,
    evidence: Mapping[str, Evidence],
    moment: Moment,
    scope: Unit | None = None,
    units: Collection[int] | None = None,
) -> Outcome:
    """Evaluates every unit in scope at the end of ``day`` (local), or only those at or below ``scope``, or only ``units`` (ids).

    Costs what is asked: of the others nothing is read but what reaches these. Writes nothing but temporary tables, which vanish
    with the transaction.
    """
    window = Window(day)
    if units is None and scope is not None:
        units = session.scalars(select(UnitAncestry.unit_id).where(UnitAncestry.ancestor_id == scope.id)).all()
    places.prepare(session, day, units)
    connection = session.connection()
    temporary.drop_all(connection, checkfirst=True)
    temporary.create_all(connection)
    for criterion in criteria_set.criteria:
        _count(session, criterion, evidence[criterion.code](window))
        _judge(session, criterion)
    return Outcome(
        as_of=day,
        forecast=moment.instant < end_of_day(day),
        criteria_set=criteria_set,
        scope_code=scope.code if scope is not None else None,
        units=tuple(_units(session, criteria_set)),
        excluded=tuple(_excluded(session, window)),
    )


def _count(session: Session, criterion: Criterion, items: Select[Any]) -> None:
    item = items.subquery()
    judged_unit = and_(standing.c.unit_id == item.c.unit_id, standing.c.judged == 1)
    counts = (
        select(
            item.c.unit_id,
            literal(criterion.code),
            func.sum(item.c.met),
            func.count(),
            func.sum(case((item.c.met == 1, item.c.timely), else_=0)),
        )
        .join_from(item, standing, judged_unit)
        .group_by(item.c.unit_id)
    )
    session.execute(insert(counted).from_select(list(counted.c.keys()), counts))
    if criterion.rule is not RuleKind.SOME:
        names = select(item.c.unit_id, literal(criterion.code), item.c.reference).join_from(item, standing, judged_unit)
        session.execute(insert(failed).from_select(list(failed.c.keys()), names.where(item.c.met == 0)))


def _judge(session: Session, criterion: Criterion) -> None:
    met = func.coalesce(counted.c.met, 0)
    total = func.coalesce(counted.c.total, 0)
    timely = func.coalesce(counted.c.timely, 0)
    exempt = standing.c.is_new == 1 if criterion.new_unit_exempt else literal(0) == 1

    def result(good: Any) -> Any:
        if criterion.rule is RuleKind.SOME:
            answer = case((good > 0, Result.MET.value), else_=Result.NOT_MET.value)
        elif criterion.rule is RuleKind.NONE_FAILING:
            answer = case((good == total, Result.MET.value), else_=Result.NOT_MET.value)
        else:
            percent = criterion.percent if criterion.rule is RuleKind.SHARE else 100
            answer = case(
                (total == 0, Result.NOT_APPLICABLE.value),
                (100 * good >= percent * total, Result.MET.value),
                else_=Result.NOT_MET.value,
            )
        return case((exempt, Result.NOT_APPLICABLE.value), else_=answer)

    rows = (
        select(
            standing.c.unit_id,
            literal(criterion.code),
            literal(int(criterion.mandatory)),
            literal(criterion.weight),
            result(met),
            result(timely),
            case((exempt, 0), else_=met),
            case((exempt, 0), else_=total),
            case((exempt, 0), else_=met - timely),
        )
        .join_from(
            standing,
            counted,
            and_(counted.c.unit_id == standing.c.unit_id, counted.c.criterion == criterion.code),
            isouter=True,
        )
        .where(standing.c.judged == 1)
    )
    session.execute(insert(judged).from_select(list(judged.c.keys()), rows))
    if criterion.new_unit_exempt:
        new = select(standing.c.unit_id).where(standing.c.is_new == 1)
        session.execute(delete(failed).where(failed.c.criterion == criterion.code, failed.c.unit_id.in_(new)))


def _verdict(criteria_set: CriteriaSet, result: Any) -> tuple[Any, Any, Any]:
    missing = func.sum(case((and_(judged.c.mandatory == 1, result == Result.NOT_MET.value), 1), else_=0))
    score = func.sum(case((result == Result.MET.value, judged.c.weight), else_=0))
    weight = func.sum(case((result != Result.NOT_APPLICABLE.value, judged.c.weight), else_=0))
    verdict = case(
        (func.max(standing.c.is_new) == 1, Verdict.BUILDING.value),
        (missing > 0, Verdict.NOT_MAINTAINED.value),
        (
            and_(100 * score >= criteria_set.pass_percent * weight, weight >= criteria_set.least_weight),
            Verdict.MAINTAINS.value,
        ),
        else_=Verdict.TO_SUPPLEMENT.value,
    )
    return verdict, score, weight


def _units(session: Session, criteria_set: CriteriaSet) -> list[UnitOutcome]:
    verdict, score, weight = _verdict(criteria_set, judged.c.result)
    timely_verdict, _, _ = _verdict(criteria_set, judged.c.timely_result)
    agency = Unit.__table__.alias("agency")
    unit = Unit.__table__
    heads = session.execute(
        select(
            unit.c.id,
            unit.c.code,
            unit.c.name,
            unit.c.name_en,
            unit.c.kind,
            agency.c.code.label("agency_code"),
            agency.c.name.label("agency_name"),
            verdict.label("verdict"),
            score.label("score"),
            weight.label("weight"),
            timely_verdict.label("timely_verdict"),
        )
        .join_from(judged, unit, unit.c.id == judged.c.unit_id)
        .join(standing, standing.c.unit_id == unit.c.id)
        .outerjoin(agency, agency.c.id == standing.c.agency_id)
        .group_by(unit.c.id, unit.c.code, unit.c.name, unit.c.name_en, unit.c.kind, agency.c.code, agency.c.name)
    ).all()
    results: dict[int, dict[str, Any]] = {head.id: {} for head in heads}
    for row in session.execute(select(judged)):
        if row.unit_id in results:
            results[row.unit_id][row.criterion] = row
    failing: dict[tuple[int, str], list[str]] = {}
    for unit_id, criterion, reference in session.execute(select(failed)):
        failing.setdefault((unit_id, criterion), []).append(reference)
    found = []
    for head in heads:
        rows = results[head.id]
        criteria = tuple(
            CriterionResult(
                one.code,
                Result(rows[one.code].result),
                rows[one.code].met,
                rows[one.code].total,
                rows[one.code].late,
                tuple(sorted(failing.get((head.id, one.code), ()))),
            )
            for one in criteria_set.criteria
        )
        found.append(
            UnitOutcome(
                head.id,
                head.agency_code,
                head.agency_name,
                head.code,
                head.name,
                head.name_en,
                head.kind,
                Verdict(head.verdict),
                Share(head.score, head.weight),
                Verdict(head.timely_verdict),
                criteria,
            )
        )
    return sorted(found, key=lambda one: (one.agency is not None, one.agency or "", one.unit))


def _excluded(session: Session, window: Window) -> list[ExcludedUnit]:
    unit, agency, successor = Unit.__table__, Unit.__table__.alias("agency"), Unit.__table__.alias("successor")
    left = and_(unit.c.in_scope_to.is_not(None), unit.c.in_scope_to <= window.day)
    reason = case(
        (unit.c.in_scope_from > window.day, Exclusion.NOT_STARTED.value),
        (and_(left, unit.c.successor_id.is_not(None)), Exclusion.MERGED.value),
        (left, Exclusion.DISSOLVED.value),
        else_=Exclusion.NOT_REQUIRED.value,
    )
    rows = session.execute(
        select(
            agency.c.code.label("agency_code"),
            unit.c.code,
            unit.c.name,
            unit.c.name_en,
            reason.label("reason"),
            successor.c.code.label("successor"),
            unit.c.exclusion_decision,
            unit.c.exclusion_reason,
            case((left, 1), else_=0).label("left"),
            case((and_(left, unit.c.in_scope_to > window.months(12), unit.c.successor_id.is_(None)), 0), else_=1).label("order"),
        )
        .join_from(unit, standing, standing.c.unit_id == unit.c.id)
        .outerjoin(agency, agency.c.id == standing.c.agency_id)
        .outerjoin(successor, successor.c.id == unit.c.successor_id)
        .where(standing.c.in_scope == 0, standing.c.asked == 1)
    ).all()
    ordered = sorted(rows, key=lambda row: (row.order, row.agency_code is not None, row.agency_code or "", row.code))
    return [
        ExcludedUnit(
            row.agency_code,
            row.code,
            row.name,
            row.name_en,
            Exclusion(row.reason),
            row.successor,
            row.exclusion_decision,
            row.exclusion_reason,
            bool(row.left),
        )
        for row in ordered
    ]
