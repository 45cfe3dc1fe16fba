"""What would change a verdict, cheapest first: computed from the stored numbers, so it cannot promise more than they hold."""

from dataclasses import dataclass

from qms.evaluation.criteria import CriteriaSet, Criterion, RuleKind
from qms.evaluation.models import Result, RunUnit, Verdict
from qms.kernel.share import Share


@dataclass(frozen=True)
class Advice:
    """One criterion that could be met: how many items are missing, the score with it, and the verdict with it alone."""

    criterion: Criterion
    missing: int
    score: Share
    verdict: Verdict
    references: tuple[str, ...]


def missing_items(criterion: Criterion, met: int, total: int) -> int:
    """How many more items have to be met; exact, on integers."""
    if criterion.rule is RuleKind.SOME:
        return max(0, 1 - met)
    if criterion.rule is RuleKind.SHARE:
        return -(-criterion.percent * total // 100) - met
    return total - met


def advise(unit: RunUnit, criteria_set: CriteriaSet, failing: dict[tuple[int, str], list[str]]) -> list[Advice]:
    """The unmet criteria of a unit: mandatory ones first, then by missing items and gain."""
    unmet = [result for result in unit.results if result.result is Result.NOT_MET]
    mandatory = [result for result in unmet if criteria_set.criterion(result.criterion).mandatory]
    found = []
    for result in unmet:
        criterion = criteria_set.criterion(result.criterion)
        score = Share(unit.score + criterion.weight, unit.weight)
        if unit.verdict is Verdict.BUILDING:
            verdict = Verdict.BUILDING
        elif [one for one in mandatory if one is not result]:
            verdict = Verdict.NOT_MAINTAINED
        elif score.reaches(criteria_set.pass_percent) and score.n >= criteria_set.least_weight:
            verdict = Verdict.MAINTAINS
        else:
            verdict = Verdict.TO_SUPPLEMENT
        found.append(
            Advice(
                criterion,
                missing_items(criterion, result.met, result.total),
                score,
                verdict,
                tuple(failing.get((unit.id, criterion.code), ())),
            )
        )
    return sorted(found, key=lambda one: (not one.criterion.mandatory, one.missing, -one.criterion.weight))
