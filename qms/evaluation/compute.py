"""Computing an evaluation: one select per piece of evidence for all units at once, judged and weighed in the database.

Everything is written into temporary tables of one connection: the count and the names of the failing records come from the same
rows, so they cannot differ; the stored run is copied from these rows, and the report is printed from the copy.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Date,
    Integer,
    MetaData,
    Select,
    String,
    Table,
    Text,
    and_,
    case,
    collate,
    delete,
    func,
    insert,
    literal,
    null,
    select,
    text,
)

from qms.evaluation.criteria import CriteriaSet, Criterion, RuleKind
from qms.evaluation.models import Exclusion, Result, Verdict
from qms.kernel.evidence import Evidence, Proof
from qms.kernel.window import Window
from qms.units import standing as places
from qms.units.models import Unit
from qms.units.standing import standing

temporary = MetaData()

items = Table(
    "evaluation_items",
    temporary,
    Column("unit_id", Integer, nullable=False),
    Column("reference", String(300), nullable=False),
    Column("proof", Integer, nullable=False),
    Column("record_id", Integer),
    Column("past_due_on", Date),
    Column("settled", Integer),
    Column("times", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
"""The items of one piece of evidence at a time."""

failed = Table(
    "evaluation_failed",
    temporary,
    Column("unit_id", Integer, nullable=False),
    Column("criterion", String(60), nullable=False),
    Column("reference", String(300), nullable=False),
    Column("record_id", Integer),
    Column("past_due_on", Date),
    Column("settled", Integer),
    prefixes=["TEMPORARY"],
)

judged = Table(
    "evaluation_judged",
    temporary,
    Column("unit_id", Integer, nullable=False),
    Column("criterion", String(60), nullable=False),
    Column("position", Integer, nullable=False),
    Column("mandatory", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("result", String(20), nullable=False),
    Column("timely_result", String(20), nullable=False),
    Column("met", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("late", Integer, nullable=False),
    Column("taken_over", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)

found = Table(
    "evaluation_found",
    temporary,
    Column("unit_id", Integer, primary_key=True, autoincrement=False),
    Column("position", Integer, nullable=False),
    Column("agency_code", String(80)),
    Column("agency_name", String(300)),
    Column("unit_code", String(80), nullable=False),
    Column("unit_name", String(300), nullable=False),
    Column("unit_name_en", String(300)),
    Column("kind", String(40), nullable=False),
    Column("verdict", String(40), nullable=False),
    Column("score", Integer, nullable=False),
    Column("weight", Integer, nullable=False),
    Column("timely_verdict", String(40), nullable=False),
    Column("started_on", Date),
    prefixes=["TEMPORARY"],
)
"""Units in scope with their verdicts, in the order of the run."""

left_out = Table(
    "evaluation_left_out",
    temporary,
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("agency_code", String(80)),
    Column("unit_code", String(80), nullable=False),
    Column("unit_name", String(300), nullable=False),
    Column("unit_name_en", String(300)),
    Column("reason", String(40), nullable=False),
    Column("successor", String(80)),
    Column("decision", String(200)),
    Column("note", Text),
    Column("left", Integer, nullable=False),
    prefixes=["TEMPORARY"],
)
"""Units out of scope, in the order of the run."""


def compute(
    connection: Connection,
    day: date,
    criteria_set: CriteriaSet,
    evidence: Mapping[str, Evidence],
    entered: Sequence[Select[Any]],
    asked: Collection[int] | None,
) -> None:
    """Evaluates every unit in scope at the end of ``day`` (local), or only those asked (ids), into the temporary tables.

    Costs what is asked: of the others nothing is read but what reaches these.
    """
    window = Window(day)
    places.prepare(connection, day, asked, entered)
    drop(connection)
    temporary.create_all(connection)
    for key in dict.fromkeys(criterion.evidence for criterion in criteria_set.criteria):
        connection.execute(delete(items))
        _gather(connection, evidence[key].select(window))
        for position, criterion in enumerate(criteria_set.criteria):
            if criterion.evidence == key:
                _judge(connection, position, criterion)
    connection.execute(text("CREATE INDEX judged_by_unit ON evaluation_judged (unit_id, position)"))  # at once costs less
    _weigh(connection, criteria_set)
    _leave_out(connection, window)


def drop(connection: Connection) -> None:
    """Forgets what the connection computed before."""
    temporary.drop_all(connection, checkfirst=True)


def code_points(connection: Connection, column: ColumnElement[str]) -> ColumnElement[str]:
    """For an ORDER BY that is the same on every database."""
    return collate(column, "C" if connection.dialect.name == "postgresql" else "BINARY")


def _gather(connection: Connection, selected: Select[Any]) -> None:
    item = selected.subquery("item")
    names = [column.name for column in items.c]
    absent = {"times": literal(1)}  # one item, as a rule
    columns = [item.c[name] if name in item.c else absent.get(name, null()).label(name) for name in names]
    connection.execute(insert(items).from_select(names, select(*columns)))


def _at_least(least: Proof) -> ColumnElement[int]:
    return func.sum(case((items.c.proof >= least.value, items.c.times), else_=0))


def _judge(connection: Connection, position: int, criterion: Criterion) -> None:
    counted = (
        select(
            items.c.unit_id,
            func.sum(items.c.times).label("total"),
            _at_least(Proof.LATE).label("met"),
            _at_least(Proof.TAKEN_OVER).label("timely"),
            _at_least(Proof.IN_TIME).label("in_time"),
        )
        .group_by(items.c.unit_id)
        .subquery("counted")
    )
    exempt = standing.c.is_new == 1 if criterion.new_unit_exempt else literal(0) == 1
    total, met, timely, in_time = (func.coalesce(counted.c[name], 0) for name in ("total", "met", "timely", "in_time"))

    def result(good: ColumnElement[int]) -> ColumnElement[str]:
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

    def unless_exempt(number: ColumnElement[int]) -> ColumnElement[int]:
        return case((exempt, 0), else_=number)

    rows = (
        select(
            standing.c.unit_id,
            literal(criterion.code),
            literal(position),
            literal(int(criterion.mandatory)),
            literal(criterion.weight),
            result(met),
            result(timely),
            unless_exempt(met),
            unless_exempt(total),
            unless_exempt(met - timely),
            unless_exempt(timely - in_time),
        )
        .join_from(standing, counted, counted.c.unit_id == standing.c.unit_id, isouter=True)
        .where(standing.c.judged == 1)
    )
    connection.execute(insert(judged).from_select(list(judged.c.keys()), rows))
    if criterion.rule is not RuleKind.SOME:
        names = (
            select(
                items.c.unit_id,
                literal(criterion.code),
                items.c.reference,
                items.c.record_id,
                items.c.past_due_on,
                items.c.settled,
            )
            .join_from(items, standing, standing.c.unit_id == items.c.unit_id)
            .where(items.c.proof == Proof.FAILED.value, standing.c.judged == 1, ~exempt)
        )
        connection.execute(insert(failed).from_select(list(failed.c.keys()), names))


def _verdict(criteria_set: CriteriaSet, result: Column[str]) -> tuple[Any, Any, Any]:
    missing = func.sum(case((and_(judged.c.mandatory == 1, result == Result.NOT_MET.value), 1), else_=0))
    score = func.sum(case((result == Result.MET.value, judged.c.weight), else_=0))
    weight = func.sum(case((result != Result.NOT_APPLICABLE.value, judged.c.weight), else_=0))
    verdict = case(
        (missing > 0, Verdict.NOT_MAINTAINED.value),
        (
            and_(100 * score >= criteria_set.pass_percent * weight, weight >= criteria_set.least_weight),
            Verdict.MAINTAINS.value,
        ),
        else_=Verdict.TO_SUPPLEMENT.value,
    )
    return verdict, score, weight


def _weigh(connection: Connection, criteria_set: CriteriaSet) -> None:
    verdict, score, weight = _verdict(criteria_set, judged.c.result)
    timely_verdict, _, _ = _verdict(criteria_set, judged.c.timely_result)
    weighed = (
        select(
            judged.c.unit_id,
            verdict.label("verdict"),
            score.label("score"),
            weight.label("weight"),
            timely_verdict.label("timely_verdict"),
        )
        .group_by(judged.c.unit_id)
        .subquery("weighed")
    )
    unit, agency = Unit.__table__, Unit.__table__.alias("agency")
    order = (agency.c.code.is_not(None), code_points(connection, agency.c.code), code_points(connection, unit.c.code))

    def unless_new(answer: ColumnElement[str]) -> ColumnElement[str]:
        return case((standing.c.is_new == 1, Verdict.BUILDING.value), else_=answer)

    rows = (
        select(
            unit.c.id,
            func.row_number().over(order_by=order) - 1,
            agency.c.code,
            agency.c.name,
            unit.c.code,
            unit.c.name,
            unit.c.name_en,
            unit.c.kind,
            unless_new(weighed.c.verdict),
            weighed.c.score,
            weighed.c.weight,
            unless_new(weighed.c.timely_verdict),
            standing.c.started_on,
        )
        .join_from(weighed, unit, unit.c.id == weighed.c.unit_id)
        .join(standing, standing.c.unit_id == unit.c.id)
        .outerjoin(agency, agency.c.id == standing.c.agency_id)
    )
    connection.execute(insert(found).from_select(list(found.c.keys()), rows))


def _leave_out(connection: Connection, window: Window) -> None:
    unit, agency, successor = Unit.__table__, Unit.__table__.alias("agency"), Unit.__table__.alias("successor")
    left = and_(unit.c.in_scope_to.is_not(None), unit.c.in_scope_to <= window.day)
    reason = case(
        (unit.c.in_scope_from > window.day, Exclusion.NOT_STARTED.value),
        (and_(left, unit.c.successor_id.is_not(None)), Exclusion.MERGED.value),
        (left, Exclusion.DISSOLVED.value),
        else_=Exclusion.NOT_REQUIRED.value,
    )
    lost_lately = and_(left, unit.c.in_scope_to > window.months(12), unit.c.successor_id.is_(None))
    order = (
        case((lost_lately, 0), else_=1),
        agency.c.code.is_not(None),
        code_points(connection, agency.c.code),
        code_points(connection, unit.c.code),
    )
    rows = (
        select(
            func.row_number().over(order_by=order) - 1,
            agency.c.code,
            unit.c.code,
            unit.c.name,
            unit.c.name_en,
            reason,
            successor.c.code,
            unit.c.exclusion_decision,
            unit.c.exclusion_reason,
            case((left, 1), else_=0),
        )
        .join_from(unit, standing, standing.c.unit_id == unit.c.id)
        .outerjoin(agency, agency.c.id == standing.c.agency_id)
        .outerjoin(successor, successor.c.id == unit.c.successor_id)
        .where(standing.c.in_scope == 0, standing.c.asked == 1)
    )
    connection.execute(insert(left_out).from_select(list(left_out.c.keys()), rows))
