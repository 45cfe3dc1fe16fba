"""What an evaluation found: exact numbers, the shares, the seal, and the JSON that programs read.

It is read from the temporary tables as far as it is asked for: of twenty thousand units nothing becomes an object to be sealed.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Connection, Row, case, func, select

from qms.evaluation.compute import code_points, failed, found, judged, left_out
from qms.evaluation.criteria import CriteriaSet
from qms.evaluation.models import Exclusion, Result, Verdict
from qms.evaluation.year import Year, year_of
from qms.kernel.feature import house
from qms.kernel.share import Share
from qms.units.models import UnitKind

AT_ONCE = 2_000
"""How many rows are read at once."""


@dataclass(frozen=True)
class CriterionResult:
    """One criterion for one unit. Of the met items ``late`` rest on late entries, ``taken_over`` on history brought along."""

    criterion: str
    result: Result
    met: int
    total: int
    late: int
    taken_over: int
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
    started_on: date | None
    """The day on which the first record of its agency was entered."""
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
    """The whole evaluation of one day and scope, over the connection whose temporary tables hold it."""

    as_of: date
    forecast: bool
    criteria_set: CriteriaSet
    scope_code: str | None
    connection: Connection = field(repr=False, compare=False)

    @cached_property
    def _verdicts(self) -> Mapping[tuple[UnitKind, Verdict], int]:
        rows = self.connection.execute(
            select(found.c.kind, found.c.verdict, func.count()).group_by(found.c.kind, found.c.verdict)
        )
        return {(UnitKind(kind), Verdict(verdict)): number for kind, verdict, number in rows}

    @property
    def share(self) -> Share:
        """Units that maintain, of the units in scope; new units count in n, not in k."""
        return Share(self.count(Verdict.MAINTAINS), sum(self._verdicts.values()))

    def count(self, verdict: Verdict) -> int:
        """How many units have that verdict."""
        return sum(number for (_kind, given), number in self._verdicts.items() if given is verdict)

    @property
    def by_kind(self) -> dict[UnitKind, Share]:
        """The share by kind of unit; only kinds with a unit in scope."""
        counts = self._verdicts
        return {
            kind: Share(counts.get((kind, Verdict.MAINTAINS), 0), sum(counts.get((kind, one), 0) for one in Verdict))
            for kind in UnitKind
            if any(given is kind for given, _verdict in counts)
        }

    @cached_property
    def agencies(self) -> AgencyCounts:
        """The second share: maintaining has a unit that maintains, and every unit in scope maintains or is building."""
        maintains = case((found.c.verdict == Verdict.MAINTAINS.value, 1), else_=0)
        fine = case((found.c.verdict.in_([Verdict.MAINTAINS.value, Verdict.BUILDING.value]), 1), else_=0)
        announced = case((judged.c.result == Result.MET.value, 1), else_=0)
        rows = self.connection.execute(
            select(func.max(announced), func.max(maintains) * func.min(fine))
            .join_from(found, judged, (judged.c.unit_id == found.c.unit_id) & (judged.c.criterion == "announced"))
            .where(found.c.agency_code.is_not(None))
            .group_by(found.c.agency_code)
        ).all()
        return AgencyCounts(len(rows), sum(row[0] for row in rows), sum(row[1] for row in rows))

    @cached_property
    def units(self) -> tuple[UnitOutcome, ...]:
        """Every unit in scope as an object; for a few of them, or for tests."""
        return tuple(_unit(head, results, failing) for head, results, failing in self._by_unit())

    @cached_property
    def excluded(self) -> tuple[ExcludedUnit, ...]:
        """Every unit out of scope."""
        columns = [column for column in left_out.c if column.name != "position"]
        rows = self.connection.execute(select(*columns).order_by(left_out.c.position))
        return tuple(
            ExcludedUnit(agency, code, name, name_en, Exclusion(reason), successor, decision, note, bool(left))
            for agency, code, name, name_en, reason, successor, decision, note, left in rows
        )

    @property
    def out_of_scope(self) -> Sequence[ExcludedUnit]:
        """Units out of scope, as people are told of them."""
        agencies = {unit.agency for unit in self.units}
        return [one for one in self.excluded if one.reason.left_out(one.unit, agencies)]

    @cached_property
    def year(self) -> Year:
        """What the report tells of the year beside the verdicts."""
        return year_of(self.connection, self.as_of, house().figures, house().causes)

    def made_ready(self) -> "Outcome":
        """The same with everything read that sealing it needs: what costs time is done before anybody has to wait."""
        _ = self._seal, self._verdicts, self.agencies, self.year
        return self

    def read(self) -> "Outcome":
        """The same with everything in memory: it stays when the temporary tables are gone. For a few units."""
        _ = self.units, self.excluded, self._verdicts, self.agencies, self._seal
        return self

    def _by_unit(self) -> Iterator[tuple[Row[Any], Sequence[Row[Any]], Mapping[str, Sequence[str]]]]:
        """The rows unit by unit in the order of the run: its verdict, its results in the order of the set, what failed."""
        place = found.c.position.label("place")
        heads = select(found, place).order_by(place)
        results = select(judged, place).join_from(judged, found, found.c.unit_id == judged.c.unit_id)
        names = select(failed.c.criterion, failed.c.reference, place).join_from(
            failed, found, found.c.unit_id == failed.c.unit_id
        )
        results_of = groupby(self._read(results.order_by(place, judged.c.position)), attrgetter("place"))
        failing_of = groupby(
            self._read(names.order_by(place, code_points(self.connection, failed.c.reference))), attrgetter("place")
        )
        failing_at, failing = next(failing_of, (None, iter(())))
        for head in self._read(heads):
            references: dict[str, list[str]] = {}
            if failing_at == head.place:
                for row in failing:
                    references.setdefault(row.criterion, []).append(row.reference)
                failing_at, failing = next(failing_of, (None, iter(())))
            _place, rows = next(results_of)
            yield head, list(rows), references

    def _read(self, query: Any) -> Iterator[Row[Any]]:
        yield from self.connection.execute(query, execution_options={"yield_per": AT_ONCE})

    @cached_property
    def _seal(self) -> str:
        digest = hashlib.sha256()

        def add(*fields: object) -> None:
            digest.update(("\t".join("" if one is None else str(one) for one in fields) + "\n").encode("utf-8"))

        add(self.criteria_set.code, self.criteria_set.content_hash, self.as_of.isoformat(), self.scope_code)
        for head, results, failing in self._by_unit():
            score = f"{head.score}/{head.weight}"
            for one in sorted(results, key=attrgetter("criterion")):
                references = ";".join(failing.get(one.criterion, ()))
                where = (head.agency_code, head.unit_code, one.criterion)
                add(*where, one.result, one.met, one.total, references, head.verdict, score)
        for left in sorted(self.excluded, key=lambda one: (one.agency or "", one.unit)):
            add(left.agency, left.unit, left.reason.value, left.successor, left.decision)
        return digest.hexdigest()

    def seal(self) -> str:
        """SHA-256 over the rows: no database ids, no times, so the same facts give the same seal on every database."""
        return self._seal

    def _head(self) -> dict[str, Any]:
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
        }

    def _unit_dicts(self) -> Iterator[dict[str, Any]]:
        for head, results, failing in self._by_unit():
            yield {
                "agency": head.agency_code,
                "unit": head.unit_code,
                "verdict": head.verdict,
                "score": f"{head.score}/{head.weight}",
                "criteria": {
                    one.criterion: {
                        "result": one.result,
                        "met": one.met,
                        "total": one.total,
                        "failing": list(failing.get(one.criterion, ())),
                    }
                    for one in results
                },
            }

    def as_dict(self) -> dict[str, Any]:
        """The machine-readable answer of ``qms evaluate --format json``."""
        return {**self._head(), "units": list(self._unit_dicts())}

    def json_pieces(self) -> Iterator[str]:
        """The same as text, unit by unit."""
        yield json.dumps(self._head(), ensure_ascii=False).removesuffix("}") + ', "units": ['
        for number, unit in enumerate(self._unit_dicts()):
            yield (", " if number else "") + json.dumps(unit, ensure_ascii=False)
        yield "]}"


def _unit(head: Row[Any], results: Sequence[Row[Any]], failing: Mapping[str, Sequence[str]]) -> UnitOutcome:
    return UnitOutcome(
        unit_id=head.unit_id,
        agency=head.agency_code,
        agency_name=head.agency_name,
        unit=head.unit_code,
        unit_name=head.unit_name,
        unit_name_en=head.unit_name_en,
        kind=UnitKind(head.kind),
        verdict=Verdict(head.verdict),
        score=Share(head.score, head.weight),
        timely_verdict=Verdict(head.timely_verdict),
        started_on=head.started_on,
        criteria=tuple(
            CriterionResult(
                one.criterion,
                Result(one.result),
                one.met,
                one.total,
                one.late,
                one.taken_over,
                tuple(failing.get(one.criterion, ())),
            )
            for one in results
        ),
    )


def _fraction(share: Share) -> str:
    return f"{share.k}/{share.n}"
