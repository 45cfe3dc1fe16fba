"""The clock: asks every few minutes what is owed and not in the ledger, and does it once.

APScheduler is only the timer. What was missed while the machine was off is known from the ledger, not from the timer.
"""

import logging
import os
import secrets
import socket
import threading
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError

from qms.kernel.db import db, writing
from qms.kernel.feature import Job, house
from qms.kernel.moment import Moment, System
from qms.scheduling.models import JobRun, JobState, Lease

log = logging.getLogger(__name__)

LEASE = "clock"
LEASE_SECONDS = 30
LOOK_SECONDS = 60
STALE_AFTER = timedelta(hours=1)
"""A run that has not finished by then belonged to a process that died."""
RETRY_AFTER = timedelta(minutes=10)


def owner_name() -> str:
    """A name for this process that no other one has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def hold_lease(owner: str, instant: datetime) -> bool:
    """Takes or keeps the lease; False while another process holds it."""
    until = instant + timedelta(seconds=LEASE_SECONDS + LOOK_SECONDS)
    try:
        with writing() as session:
            taken = session.scalar(
                update(Lease)
                .where(Lease.name == LEASE, or_(Lease.owner == owner, Lease.until < instant))
                .values(owner=owner, until=until)
                .returning(Lease.name)
            )
            if taken is not None:
                return True
            if session.get(Lease, LEASE) is not None:
                return False
            session.add(Lease(name=LEASE, owner=owner, until=until))
    except IntegrityError:  # another process made the row at the same time
        return False
    return True


def claim(job: Job, period: str, owner: str, instant: datetime) -> bool:
    """Enters a period into the ledger; False when it is done or somebody is at it. The primary key decides races."""
    try:
        with writing() as session:
            run = session.get(JobRun, (job.name, period), with_for_update=True)
            if run is None:
                session.add(JobRun(job=job.name, period=period, state=JobState.RUNNING, owner=owner, started_at=instant))
                return True
            waited = instant - (run.finished_at or run.started_at)
            again = (run.state is JobState.FAILED and waited >= RETRY_AFTER) or (
                run.state is JobState.RUNNING and waited >= STALE_AFTER
            )
            if again:
                run.state, run.owner, run.started_at, run.finished_at = JobState.RUNNING, owner, instant, None
                run.attempts += 1
            return again
    except IntegrityError:
        return False


def finish(job: Job, period: str, state: JobState, outcome: str, instant: datetime) -> None:
    """Writes down how a run ended."""
    with writing() as session:
        run = session.get_one(JobRun, (job.name, period))
        run.state, run.outcome, run.finished_at = state, outcome, instant


def run_owed(owner: str, instant: datetime) -> int:
    """Does every period that is owed at an instant and not yet done; answers how many were run."""
    count = 0
    for feature in house().features:
        for job in feature.jobs:
            period = job.period(instant)
            if period is None or not claim(job, period, owner, instant):
                continue
            count += 1
            try:
                outcome = job.run(period, Moment(System(), instant))
            except Exception as error:  # a job that fails must be entered as failed, whatever the reason
                log.exception("job %s failed for %s", job.name, period)
                db.session.rollback()
                finish(job, period, JobState.FAILED, type(error).__name__, datetime.now(UTC))
            else:
                finish(job, period, JobState.DONE, outcome, datetime.now(UTC))
    return count


def look(app: Flask, owner: str) -> None:
    """One look at the clock: only the holder of the lease works."""
    with app.app_context():
        try:
            instant = datetime.now(UTC)
            if hold_lease(owner, instant):
                run_owed(owner, instant)
        finally:
            db.session.remove()


def run_clock(app: Flask, stop: threading.Event) -> None:
    """Runs until ``stop`` is set; a job that is running then is finished first."""
    owner = owner_name()
    scheduler = BackgroundScheduler(timezone="Asia/Ho_Chi_Minh")
    scheduler.add_job(
        look,
        "interval",
        args=(app, owner),
        seconds=LOOK_SECONDS,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()
    stop.wait()
    scheduler.shutdown(wait=True)


def recent_runs() -> list[JobRun]:
    """The ledger, newest first."""
    return list(db.session.scalars(select(JobRun).order_by(JobRun.started_at.desc()).limit(200)))
