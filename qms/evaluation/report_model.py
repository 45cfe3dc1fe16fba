"""Everything the yearly report prints, filled from the frozen rows of one stored run and never from live tables.

Titles of criteria and names of units are in the language of the paper already; enumerations translate themselves.
"""

from dataclasses import dataclass
from datetime import date

from qms.evaluation.models import Exclusion, Verdict
from qms.kernel.share import Share
from qms.reports.issuer import Issuer
from qms.units.models import UnitKind


@dataclass(frozen=True)
class Reason:
    """A criterion that a unit does not meet, and the references of the records that failed."""

    title: str
    met: Share
    """Items met of all items; 0/0 where there is nothing to show."""
    failing: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnitLine:
    """A unit in scope with its verdict."""

    agency_code: str | None
    agency_name: str | None
    code: str
    name: str
    kind: UnitKind
    verdict: Verdict
    timely_verdict: Verdict
    """The verdict without the facts that were entered late."""
    score: Share
    """Weight met of weight applicable."""
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class ExcludedLine:
    """A unit out of scope; never silently dropped."""

    agency_code: str | None
    code: str
    name: str
    reason: Exclusion
    successor: str | None = None
    decision: str | None = None
    note: str | None = None


@dataclass(frozen=True)
class CriterionLine:
    """How all units did in one criterion."""

    title: str
    clause: str
    mandatory: bool
    weight: int
    """0 for a mandatory criterion."""
    met: Share
    """Units that meet it of the units it applies to."""
    advice: str = ""
    """What a unit can do about it."""
    before: Share | None = None
    """The same in the earlier run that the report compares with; None when it did not ask this criterion."""


@dataclass(frozen=True)
class FigureLine:
    """A number of the year, under the heading of what it belongs to, and that of the year before."""

    heading: str
    title: str
    number: int
    before: int


@dataclass(frozen=True)
class CauseLine:
    """Why something was not as it should be, in the words of a unit."""

    unit: str
    reference: str
    text: str


@dataclass(frozen=True)
class Previous:
    """The share of an earlier run of the same scope, to compare with."""

    as_of: date
    share: Share


@dataclass(frozen=True, kw_only=True)
class RunReport:
    """One stored run as its report tells it. Units, excluded and criteria stand in the order of the run."""

    issuer: Issuer
    as_of: date
    sealed_on: date
    """Local day of sealing: the date of the paper."""
    forecast: bool
    approved: bool
    """An unapproved run prints as a draft."""
    criteria_set: str
    run_hash: str
    trail_head: int | None
    """Number of the last entry of the audit trail at sealing."""
    units: tuple[UnitLine, ...]
    excluded: tuple[ExcludedLine, ...]
    criteria: tuple[CriterionLine, ...]
    agencies_in_scope: int
    agencies_announced: int
    agencies_maintaining: int
    late: Share
    """Met items entered late, of all met items."""
    taken_over: Share
    """Met items that rest on history brought along at the start, of all met items."""
    started_on: tuple[date, ...] = ()
    """On which days the agencies of these units entered their first records, each once, in order."""
    late_after_days: int = 30
    figures: tuple[FigureLine, ...] = ()
    causes: tuple[CauseLine, ...] = ()
    previous: Previous | None = None
    standard: str = "TCVN ISO 9001:2015"

    @property
    def year(self) -> int:
        """The year the report speaks of."""
        return self.as_of.year

    @property
    def share(self) -> Share:
        """The head number: units that maintain of all units in scope; a unit that is building counts in n only."""
        return Share(self.count(Verdict.MAINTAINS), len(self.units))

    @property
    def changed_by_late(self) -> tuple[UnitLine, ...]:
        """Units whose verdict rests on facts entered late."""
        return tuple(line for line in self.units if line.timely_verdict is not line.verdict)

    def count(self, verdict: Verdict, kind: UnitKind | None = None) -> int:
        """Units with this verdict, of one kind or of all."""
        return sum(line.verdict is verdict and kind in (None, line.kind) for line in self.units)

    def lacking(self, criterion: CriterionLine) -> tuple[UnitLine, ...]:
        """The units that do not meet a criterion."""
        return tuple(line for line in self.units if any(reason.title == criterion.title for reason in line.reasons))

    @property
    def kinds(self) -> tuple[UnitKind, ...]:
        """Kinds that have a unit in scope, in the order of the enumeration."""
        present = {line.kind for line in self.units}
        return tuple(kind for kind in UnitKind if kind in present)
