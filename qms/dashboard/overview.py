"""The first page of whoever leads: from the standing rows, within what the person may see; nothing is computed for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile

from qms.accounts.actor import SignedIn
from qms.accounts.permissions import Role
from qms.dashboard.queries import works
from qms.evaluation.criteria import CriteriaSet, shipped_sets
from qms.evaluation.models import Verdict
from qms.evaluation.standing import queries as standing
from qms.kernel.charts import Bars, bars
from qms.kernel.feature import Coming, WorkItem
from qms.kernel.moment import Moment
from qms.kernel.paging import Page
from qms.kernel.share import Share

TARGET = 100
"""Every unit in scope has to maintain its system; the share is held against all of them, in percent."""
LEADING = frozenset({Role.LEADER, Role.MANAGEMENT_REPRESENTATIVE, Role.PROVINCIAL_OFFICER})
"""Whose first page this is; everybody else begins with what waits for them."""
WEEK = timedelta(days=7)
AHEAD = timedelta(days=45)
YEARS = 4
MOST_WORSE = 5
MOST_DECISIONS = 6
MOST_COMING = 6
MOST_SEGMENTS = 60
"""Up to so many units each has a segment of its own; beyond, the bar is divided by how many stand how."""
_BY_TONE = (Verdict.MAINTAINS, Verdict.BUILDING, Verdict.TO_SUPPLEMENT, Verdict.NOT_MAINTAINED)


@dataclass(frozen=True)
class Overview:
    """What the page shows; ``as_of`` is the day at whose end everything stood so.

    ``before`` are the years before the first in which any unit had a point: nothing had begun then, and no share is drawn.
    """

    as_of: date
    criteria_set: CriteriaSet
    counts: dict[Verdict, int]
    years: Bars
    before: Sequence[str]
    units: Page
    worse: Sequence[standing.Turned]
    decisions: Sequence[WorkItem]
    coming: Sequence[Coming]

    @property
    def share(self) -> Share:
        """Units that maintain, of those in scope; one that is still building counts below the line only."""
        return Share(self.counts[Verdict.MAINTAINS], sum(self.counts.values()))

    @property
    def missing(self) -> int:
        """How many units are missing to the target."""
        return self.share.n - self.share.k

    @property
    def tones(self) -> list[str]:
        """The segments of the bar, the good ones first: one for each unit, or in proportion when there are many."""
        total = self.share.n
        parts = [(verdict.tone.value, self.counts[verdict]) for verdict in _BY_TONE]
        if total > MOST_SEGMENTS:  # whoever is there at all keeps one
            parts = [(tone, max(1, count * MOST_SEGMENTS // total) if count else 0) for tone, count in parts]
        return [tone for tone, count in parts for _one in range(count)]

    @property
    def short(self) -> list[standing.Standing]:
        """Who is missing, on this page of units; why is what their criteria say."""
        return [one for one in self.units.items if one.row.verdict in (Verdict.NOT_MAINTAINED, Verdict.TO_SUPPLEMENT)]


def leads(moment: Moment) -> bool:
    """Whether somebody's first page is this one: by an own grant or as a deputy."""
    return isinstance(moment.person, SignedIn) and bool(moment.person.roles & LEADING)


def overview(moment: Moment, number: int) -> Overview | None:
    """The page of units ``number`` (clamped) and all the rest; None before the first pass of the clock."""
    actor, year = moment.person, (moment.today - timedelta(days=1)).year
    ends = [date(year - ago, 12, 31) for ago in range(YEARS, 0, -1)]
    found = standing.summary(actor, ends)
    if found is None:
        return None
    day, total = found.as_of, sum(found.counts.values())
    number = min(max(1, number), max(1, -(-total // standing.PAGE_OF_UNITS)))
    in_scope = [(str(end.year), then) for end, then in zip(ends, found.then, strict=True) if then.share.n]
    begun = list(dropwhile(lambda each: not each[1].with_points, in_scope))
    past = [(label, then.share) for label, then in begun]
    present = (str(day.year), Share(found.counts[Verdict.MAINTAINS], total))
    return Overview(
        as_of=day,
        criteria_set=shipped_sets()[found.criteria_set],
        counts=found.counts,
        years=bars([*past, present], TARGET),
        before=[label for label, _then in in_scope[: len(in_scope) - len(begun)]],
        units=Page(standing.worst(actor, number), number, total, standing.PAGE_OF_UNITS),
        worse=standing.got_worse(actor, day - WEEK, MOST_WORSE),
        decisions=_decisions(moment),
        coming=_coming(moment),
    )


def _decisions(moment: Moment) -> list[WorkItem]:
    items = [item for work in works() for item in work.decisions(moment)]
    return sorted(items, key=lambda item: (item.due_on or date.max, item.title))[:MOST_DECISIONS]


def _coming(moment: Moment) -> list[Coming]:
    until = moment.today + AHEAD
    found = [one for work in works() for one in work.coming(moment, until)]
    return sorted(found, key=lambda one: (one.day, one.title))[:MOST_COMING]
