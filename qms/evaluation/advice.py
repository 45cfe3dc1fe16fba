"""What can still change a verdict: the shortest set of steps to the next band, and when what is past leaves the window.

Computed from the sealed rows, so it cannot promise more than they hold; only what is begun already is looked up as it stands now.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations
from typing import Any

from sqlalchemy import Select

from qms.evaluation.criteria import CriteriaSet, Criterion, RuleKind
from qms.evaluation.models import Result, RunFailing, RunResult, RunUnit, Verdict
from qms.kernel.days import add_months
from qms.kernel.db import db
from qms.kernel.evidence import Evidence
from qms.kernel.share import Share

MONTHS_IN_VIEW = 12

Address = Callable[[str | None, int | None], str | None]
"""Kind and id of a record → the address of its page."""


@dataclass(frozen=True)
class Step:
    """A record to bring to its end; ``day`` is the planned day of one that is begun already."""

    reference: str
    url: str | None
    day: date | None = None


@dataclass(frozen=True)
class Way:
    """How one criterion can be met: ``needed`` of the records named, or one act on the page behind ``url``."""

    criterion: Criterion
    needed: int
    url: str | None
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Past:
    """A record that cannot be mended; without a day it stays in view until it is done."""

    criterion: Criterion
    reference: str
    url: str | None
    leaves_on: date | None


@dataclass(frozen=True)
class Advice:
    """The steps to the verdict ``towards``; None where there is no better one to reach. No steps: none lead there now."""

    towards: Verdict | None
    score: Share
    """Weight met of weight applicable once they are done."""
    ways: tuple[Way, ...]
    past: tuple[Past, ...]

    @property
    def count(self) -> int:
        """How many steps there are."""
        return sum(way.needed for way in self.ways)


def missing_items(criterion: Criterion, met: int, total: int) -> int:
    """How many more items have to be met; exact, on integers."""
    if criterion.rule is RuleKind.SOME:
        return max(0, 1 - met)
    if criterion.rule is RuleKind.SHARE:
        return -(-criterion.percent * total // 100) - met
    return total - met


def leaves_on(due_on: date) -> date:
    """The first day on which something due then is no longer in the window of twelve months."""
    day = add_months(due_on, MONTHS_IN_VIEW)
    while add_months(day, -MONTHS_IN_VIEW) < due_on:  # due on 29 February
        day += timedelta(days=1)
    return day


def advise(
    unit: RunUnit,
    criteria_set: CriteriaSet,
    failing: Iterable[RunFailing],
    evidence: Mapping[str, Evidence],
    address: Address,
) -> Advice:
    """The shortest set of steps for a unit of a run; among equally short ones that of the fewest criteria and the most points."""
    rows: dict[str, list[RunFailing]] = {}
    for row in failing:
        rows.setdefault(row.criterion, []).append(row)
    unmet = [result for result in unit.results if result.result is Result.NOT_MET]
    found = [_way(unit, criteria_set, one, rows.get(one.criterion, ()), evidence, address) for one in unmet]
    ways = [way for way in found if way is not None]
    towards, chosen = _chosen(unit, criteria_set, ways, [criteria_set.criterion(one.criterion) for one in unmet])
    met = sum(way.criterion.weight for way in chosen)
    begun: dict[Any, tuple[Step, ...]] = {}
    return Advice(
        towards,
        Share(unit.score + met, unit.weight),
        tuple(_with_begun(unit, way, evidence[way.criterion.evidence], address, begun) for way in chosen),
        tuple(_past(criteria_set, rows, evidence, address)),
    )


def _way(
    unit: RunUnit,
    criteria_set: CriteriaSet,
    result: RunResult,
    rows: Sequence[RunFailing],
    evidence: Mapping[str, Evidence],
    address: Address,
) -> Way | None:
    """None when too much of it is past."""
    criterion = criteria_set.criterion(result.criterion)
    proof = evidence[criterion.evidence]
    missing = missing_items(criterion, result.met, result.total)
    mendable = sorted((row for row in rows if row.past_due_on is None), key=lambda row: row.reference)
    if missing > len(mendable) and result.total and criterion.rule is not RuleKind.SOME:
        return None
    steps = tuple(Step(row.reference, address(proof.kind, row.record_id)) for row in mendable)
    one_by_one = bool(steps) and all(step.url for step in steps)
    return Way(criterion, missing if one_by_one else 1, None if proof.act is None else proof.act(unit.unit_id), steps)


def _chosen(
    unit: RunUnit, criteria_set: CriteriaSet, ways: Sequence[Way], unmet: Sequence[Criterion]
) -> tuple[Verdict | None, Sequence[Way]]:
    mandatory = [way for way in ways if way.criterion.mandatory]
    if unit.verdict is Verdict.NOT_MAINTAINED:
        if len(mandatory) < sum(criterion.mandatory for criterion in unmet):
            return Verdict.TO_SUPPLEMENT, ()
        return _verdict(criteria_set, Share(unit.score, unit.weight)), mandatory
    if unit.verdict is not Verdict.TO_SUPPLEMENT:
        return None, ways
    reaching = [
        some
        for size in range(1, len(ways) + 1)
        for some in combinations(ways, size)
        if _verdict(criteria_set, Share(unit.score + _points(some), unit.weight)) is Verdict.MAINTAINS
    ]
    shortest = min(reaching, key=lambda some: (sum(way.needed for way in some), len(some), -_points(some)), default=())
    return Verdict.MAINTAINS, shortest


def _points(ways: Iterable[Way]) -> int:
    return sum(way.criterion.weight for way in ways)


def _verdict(criteria_set: CriteriaSet, score: Share) -> Verdict:
    enough = score.reaches(criteria_set.pass_percent) and score.n >= criteria_set.least_weight
    return Verdict.MAINTAINS if enough else Verdict.TO_SUPPLEMENT


def _with_begun(unit: RunUnit, way: Way, proof: Evidence, address: Address, known: dict[Any, tuple[Step, ...]]) -> Way:
    """The same with what the unit only has to bring to its end, where it has such a thing."""
    if proof.unfinished is None:
        return way
    if proof.unfinished not in known:
        query: Select[Any] = proof.unfinished(unit.unit_id).limit(1)
        known[proof.unfinished] = tuple(
            Step(reference, address(proof.kind, record_id), day) for reference, record_id, day in db.session.execute(query)
        )
    begun = known[proof.unfinished]
    return Way(way.criterion, way.needed, begun[0].url if begun else way.url, begun or way.steps)


def _past(
    criteria_set: CriteriaSet, rows: Mapping[str, Sequence[RunFailing]], evidence: Mapping[str, Evidence], address: Address
) -> Iterable[Past]:
    for criterion in criteria_set.criteria:
        kind = evidence[criterion.evidence].kind
        for row in sorted(rows.get(criterion.code, ()), key=lambda row: row.reference):
            if row.past_due_on is not None:
                leaves = leaves_on(row.past_due_on) if row.settled else None
                yield Past(criterion, row.reference, address(kind, row.record_id), leaves)
