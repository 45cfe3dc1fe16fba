"""What an evaluation found: exact numbers, the shares, the seal, and the JSON that programs read."""

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import Any

from qms.evaluation.criteria import CriteriaSet
from qms.evaluation.models import Exclusion, Result, Verdict
from qms.kernel.share import Share
from qms.units.models import UnitKind


@dataclass(frozen=True)
class CriterionResult:
    """One criterion for one unit; ``late`` of the met items rest on facts that were entered late."""

    criterion: str
    result: Result
    met: int
    total: int
    late: int
    failing: tuple[str, ...]


@dataclass(frozen=True)
class UnitOutcome:
    """A unit in scope with its verdict. ``score`` holds weights: met of applicable."""

    unit_id: int
    agency: str | None
    agency_name: str | None
    unit: str
    unit_name: str
    unit_name_en: str | None
    kind: UnitKind
    verdict: Verdict
    score: Share
    timely_verdict: Verdict
    criteria: tuple[CriterionResult, ...]

    def criterion(self, code: str) -> CriterionResult:
        """The result of one criterion; KeyError when the set has none of that code."""
        for one in self.criteria:
            if one.criterion == code:
                return one
        raise KeyError(code)


@dataclass(frozen=True)
class ExcludedUnit:
    """A unit out of scope with the reason and the decision behind it."""

    agency: str | None
    unit: str
    unit_name: str
    unit_name_en: str | None
    reason: Exclusion
    successor: str | None
    decision: str | None
    note: str | None
    left: bool


@dataclass(frozen=True)
class AgencyCounts:
    """Agencies with a unit in scope; announced ones; those in which nothing is missing."""

    in_scope: int
    announced: int
    maintaining: int


@dataclass(frozen=True)
class Outcome:
    """The whole evaluation of one day and scope."""

    as_of: date
    forecast: bool
    criteria_set: CriteriaSet
    scope_code: str | None
    units: tuple[UnitOutcome, ...]
    excluded: tuple[ExcludedUnit, ...]

    @property
    def share(self) -> Share:
        """Units that maintain, of the units in scope; new units count in n, not in k."""
        return Share(self.count(Verdict.MAINTAINS), len(self.units))

    def count(self, verdict: Verdict) -> int:
        """How many units have that verdict."""
        return sum(one.verdict is verdict for one in self.units)

    @property
    def agencies(self) -> AgencyCounts:
        """The second share: maintaining has a unit that maintains, and every unit in scope maintains or is building."""
        groups: dict[str, list[UnitOutcome]] = {}
        for one in self.units:
            if one.agency is not None:
                groups.setdefault(one.agency, []).append(one)
        fine = {Verdict.MAINTAINS, Verdict.BUILDING}
        return AgencyCounts(
            len(groups),
            sum(group[0].criterion("announced").result is Result.MET for group in groups.values()),
            sum(
                any(one.verdict is Verdict.MAINTAINS for one in group) and all(one.verdict in fine for one in group)
                for group in groups.values()
            ),
        )

    @property
    def by_kind(self) -> dict[UnitKind, Share]:
        """The share by kind of unit; only kinds with a unit in scope."""
        found: dict[UnitKind, Share] = {}
        for kind in UnitKind:
            units = [one for one in self.units if one.kind == kind]
            if units:
                found[kind] = Share(sum(one.verdict is Verdict.MAINTAINS for one in units), len(units))
        return found

    def seal(self) -> str:
        """SHA-256 over the rows: no database ids, no times, so the same facts give the same seal on every database."""
        lines: list[tuple[object, ...]] = [
            (self.criteria_set.code, self.criteria_set.content_hash, self.as_of.isoformat(), self.scope_code)
        ]
        rows = [
            (
                one.agency or "",
                one.unit,
                each.criterion,
                each.result.value,
                each.met,
                each.total,
                ";".join(each.failing),
                one.verdict.value,
                _fraction(one.score),
            )
            for one in self.units
            for each in one.criteria
        ]
        lines += sorted(rows, key=lambda row: row[:3])
        lines += sorted(
            (one.agency or "", one.unit, one.reason.value, one.successor or "", one.decision or "") for one in self.excluded
        )
        text = "".join("\t".join("" if field is None else str(field) for field in line) + "\n" for line in lines)
        return hashlib.sha256(text.encode("utf-8")).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable answer of ``qms evaluate --format json``."""
        share, agencies = self.share, self.agencies
        return {
            "as_of": self.as_of.isoformat(),
            "forecast": self.forecast,
            "criteria_set": self.criteria_set.code,
            "in_scope": share.n,
            "maintaining": share.k,
            "building": self.count(Verdict.BUILDING),
            "share": _fraction(share),
            "percent": None if share.percent is None else float(share.percent),
            "agencies": {
                "in_scope": agencies.in_scope,
                "announced": agencies.announced,
                "maintaining": agencies.maintaining,
            },
            "excluded": [
                {
                    "agency": one.agency,
                    "unit": one.unit,
                    "reason": one.reason.value,
                    "successor": one.successor,
                    "decision": one.decision,
                    "note": one.note,
                    "left": one.left,
                }
                for one in self.excluded
            ],
            "by_kind": {kind.value: {"maintaining": share.k, "in_scope": share.n} for kind, share in self.by_kind.items()},
            "units": [
                {
                    "agency": one.agency,
                    "unit": one.unit,
                    "verdict": one.verdict.value,
                    "score": _fraction(one.score),
                    "criteria": {
                        each.criterion: {
                            "result": each.result.value,
                            "met": each.met,
                            "total": each.total,
                            "failing": list(each.failing),
                        }
                        for each in one.criteria
                    },
                }
                for one in self.units
            ],
        }


def _fraction(share: Share) -> str:
    return f"{share.k}/{share.n}"
