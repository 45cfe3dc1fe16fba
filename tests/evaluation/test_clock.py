"""Work by the clock: every period once, caught up, tried again, and entered in the ledger."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from qms.evaluation.jobs import YEARLY, yearly_period
from qms.evaluation.models import Run, RunOrigin
from qms.kernel.days import LOCAL
from qms.kernel.db import db, writing
from qms.kernel.feature import Feature, House, Job, by_parts
from qms.kernel.language import _l
from qms.kernel.moment import Moment, system_moment
from qms.scheduling.clock import RETRY_AFTER, STALE_AFTER, claim, hold_lease, run_owed
from qms.scheduling.models import JobRun, JobState
from qms.trail.service import record
from tests.office import Office
from tests.threads import at_once


class Work:
    """A job that counts what it did and fails when told so."""

    def __init__(self, app: Flask, period: str | None = "2026") -> None:
        self.done: list[str] = []
        self.period = period
        self.failing = False
        self.job = Job("trial", _l("Yearly evaluation"), lambda instant: self.period, by_parts(self.run))
        app.extensions["qms.house"] = House([Feature("trial", jobs=(self.job,))])

    def run(self, period: str, moment: Moment) -> str:
        """Counts, or fails."""
        if self.failing:
            raise ArithmeticError(period)
        self.done.append(period)
        return f"done by {moment.person.username}"


def ledger() -> list[JobRun]:
    db.session.rollback()
    return list(db.session.scalars(select(JobRun).order_by(JobRun.period)))


def test_a_period_is_done_once_and_stands_in_the_ledger(any_app: Flask) -> None:
    work, instant = Work(any_app), datetime.now(UTC)
    assert run_owed("a", instant) == 1
    assert run_owed("a", instant + timedelta(days=1)) == run_owed("b", instant + timedelta(days=1)) == 0
    assert work.done == ["2026"]
    (row,) = ledger()
    assert (row.job, row.period, row.state, row.owner, row.attempts) == ("trial", "2026", JobState.DONE, "a", 1)
    assert (row.outcome or "").startswith("done by ")
    assert row.finished_at is not None
    work.period = "2027"
    assert run_owed("b", instant) == 1
    assert [row.owner for row in ledger()] == ["a", "b"]


def test_nothing_is_done_when_nothing_is_owed(app: Flask) -> None:
    work = Work(app, None)
    assert run_owed("a", datetime.now(UTC)) == 0
    assert not work.done
    assert not ledger()


def test_two_clocks_at_the_same_moment_do_it_once(any_app: Flask) -> None:
    work, instant = Work(any_app), datetime.now(UTC)
    counts = at_once(any_app, [partial(run_owed, f"clock {number}", instant) for number in range(4)])
    assert sorted(counts) == [0, 0, 0, 1]
    assert work.done == ["2026"]


def test_a_failed_job_is_tried_again_after_ten_minutes(app: Flask) -> None:
    work, instant = Work(app), datetime.now(UTC)
    work.failing = True
    assert run_owed("a", instant) == 1
    (row,) = ledger()
    assert (row.state, row.outcome) == (JobState.FAILED, "ArithmeticError")
    work.failing = False
    failed_at = row.finished_at
    assert failed_at is not None
    assert run_owed("a", failed_at + RETRY_AFTER - timedelta(seconds=1)) == 0
    assert run_owed("b", failed_at + RETRY_AFTER) == 1
    (row,) = ledger()
    assert (row.state, row.owner, row.attempts) == (JobState.DONE, "b", 2)
    assert timedelta(minutes=10) == RETRY_AFTER


def test_work_of_a_clock_that_died_is_taken_over(app: Flask) -> None:
    work, instant = Work(app), datetime.now(UTC)
    assert claim(work.job, "2026", "dead", instant)
    assert run_owed("b", instant + STALE_AFTER - timedelta(seconds=1)) == 0
    assert run_owed("b", instant + STALE_AFTER) == 1


def test_only_one_clock_holds_the_lease_until_it_runs_out(any_app: Flask) -> None:
    instant = datetime.now(UTC)
    assert hold_lease("a", instant)
    assert not hold_lease("b", instant + timedelta(seconds=60))
    assert hold_lease("a", instant + timedelta(seconds=60))
    assert hold_lease("b", instant + timedelta(seconds=60 + 91))
    assert not hold_lease("a", instant + timedelta(seconds=60 + 92))


def local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, LOCAL).astimezone(UTC)


def in_use_from(day: date) -> None:
    """The installation's first entry of the trail."""
    with writing():
        record(system_moment(local(day, time(8, 0))), "unit", "P", "create")


@pytest.mark.parametrize(
    ("day", "at", "period"),
    [
        (date(2026, 11, 30), time(23, 59), None),
        (date(2026, 12, 1), time(1, 59), None),
        (date(2026, 12, 1), time(2, 0), "2026-12-01"),
        (date(2026, 12, 20), time(9, 0), "2026-12-01"),
        (date(2027, 2, 3), time(9, 0), "2026-12-01"),
        (date(2027, 12, 1), time(2, 0), "2027-12-01"),
    ],
)
def test_the_yearly_run_is_owed_from_two_in_the_morning_of_its_day_and_over_new_year(
    app: Flask, day: date, at: time, period: str | None
) -> None:
    settings = app.extensions["qms.settings"]
    assert (settings.evaluation_month, settings.evaluation_day) == (12, 1)
    in_use_from(date(2026, 10, 1))
    assert yearly_period(local(day, at)) == period


def test_no_yearly_run_is_owed_for_a_year_before_the_installation_was_in_use(app: Flask) -> None:
    in_use_from(date(2026, 12, 5))
    assert yearly_period(local(date(2026, 12, 20), time(9, 0))) is None


def test_the_yearly_run_is_caught_up_for_its_own_day(any_app: Flask, office: Office) -> None:
    office.agency("P")
    in_use_from(date(2026, 10, 1))
    any_app.extensions["qms.house"] = House(
        [
            replace(feature, jobs=(YEARLY,)) if feature.name == "evaluation" else _without_jobs(feature)
            for feature in any_app.extensions["qms.house"].features
        ]
    )
    late = local(date(2026, 12, 20), time(9, 0))
    assert run_owed("a", late) == 1
    assert run_owed("b", late + timedelta(days=5)) == 0
    db.session.rollback()
    run = db.session.scalars(select(Run)).one()
    assert (run.as_of, run.origin, run.in_scope, run.forecast) == (date(2026, 11, 30), RunOrigin.YEARLY, 1, False)
    (row,) = ledger()
    assert (row.job, row.period, row.outcome) == (YEARLY.name, "2026-12-01", "2026-11-30: 0/1")


def _without_jobs(feature: Feature) -> Feature:
    return Feature(feature.name, evidence=feature.evidence)
