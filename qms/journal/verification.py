"""Everything that is kept is held against what was told of it: by ``qms verify``, and every night by the clock.

The outcome of the night is an entry of the trail, so the chains and the daily heads hold it too: a check that found something
cannot be made to have found nothing.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from qms.kernel.days import LOCAL, local_day
from qms.kernel.db import db
from qms.kernel.feature import Job, LastStep, house
from qms.kernel.language import LANGUAGES, _l
from qms.kernel.moment import Moment
from qms.kernel.schema_check import NotComparable, differences
from qms.trail.findings import Finding, Progress
from qms.trail.holding import check_rows
from qms.trail.kept_bytes import changed_bytes
from qms.trail.models import TrailEntry
from qms.trail.reading import verify as verify_chains
from qms.trail.service import in_use_since, record
from qms.trail.verify_trail import Head, Report

KIND, DEED = "verification", "verify"
NIGHT_HOUR = 2
MOST_NAMED = 50
"""So many findings are named in the entry of the night; further ones are counted."""


@dataclass(frozen=True)
class Outcome:
    """What a check of everything found: the report on the trail itself, and every finding in what it speaks of."""

    report: Report
    findings: tuple[Finding, ...]

    @property
    def found(self) -> int:
        """How many things are wrong."""
        return self.report.found + len(self.findings)


def findings_of_all(progress: Progress) -> Iterator[Finding]:
    """Every row, the bytes beside them, the schema, and what each feature can check of its own."""
    yield from check_rows(progress)
    yield from changed_bytes(progress)
    try:
        yield from (Finding(f"schema_{what}", part) for what, part in differences())
    except NotComparable:
        yield Finding("schema_unknown", "schema")
    for check in (check for feature in house().features for check in feature.checks):
        progress(str(check.title), 0)
        yield from check.run()
    db.session.rollback()


def verify_all(progress: Progress, published: list[Head] | None = None) -> Outcome:
    """Checks the chains and everything that they speak of."""
    return Outcome(verify_chains(published), tuple(findings_of_all(progress)))


def nightly_period(instant: datetime) -> str | None:
    """The day, once the night's hour has come and the installation is in use."""
    since = in_use_since()
    if since is None or instant.astimezone(LOCAL).hour < NIGHT_HOUR:
        return None
    return local_day(instant).isoformat()


def verify_nightly(period: str, moment: Moment) -> LastStep:
    """Checks everything; the step it answers with tells the trail what was found, and the ledger in short."""
    began = time.monotonic()
    outcome = verify_all(lambda _what, _count: None)
    named = [str(one) for one in outcome.findings[:MOST_NAMED]]
    named += [fault.text(LANGUAGES[0]) for fault in outcome.report.faults[: MOST_NAMED - len(named)]]
    changes = {"found": [None, outcome.found], "entries": [None, outcome.report.sealed + outcome.report.unsealed]}
    took = time.monotonic() - began

    def tell() -> str:
        record(moment, KIND, period, DEED, changes=changes | ({"named": [None, named]} if named else {}))
        return f"{outcome.found} / {took:.0f} s"

    return tell


@dataclass(frozen=True)
class LastNight:
    """The newest check of the clock: its day, how much it found, and what is named of that."""

    day: date
    found: int
    named: tuple[str, ...]


def last_night() -> LastNight | None:
    """The newest check; None before the first one."""
    newest = select(TrailEntry).where(TrailEntry.kind == KIND).order_by(TrailEntry.code.desc(), TrailEntry.id.desc()).limit(1)
    entry = db.session.scalar(newest)
    if entry is None:
        return None
    named = entry.changes.get("named", [None, []])[1]
    return LastNight(date.fromisoformat(entry.code), entry.changes["found"][1], tuple(named))


NIGHTLY = Job("verify", _l("Everything held against the audit trail"), nightly_period, verify_nightly)
