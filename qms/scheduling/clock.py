"""The clock: asks every minute what is owed and not in the ledger, and does it once; does its chores every few seconds, and
what people have queued at once.

APScheduler is only the timer. What was missed while the machine was off is known from the ledger, not from the timer.
"""

import logging
import os
import re
import secrets
import socket
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler
from flask import Flask
from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session

from qms.config import present_settings
from qms.kernel.db import connection_of, db, writing
from qms.kernel.feature import Job, house
from qms.kernel.moment import Moment, System
from qms.scheduling.models import JobRun, JobState, Lease
from qms.scheduling.worker import work_off

log = logging.getLogger(__name__)

LEASE = "clock"
QUEUE = "queue"
LEASE_SECONDS = 30
LOOK_SECONDS = 60
CHORE_SECONDS = 5
AGAIN_SECONDS = 0.2
"""How soon the chores come round again after one that did something: each does a little at a time, so that a stop is heard."""
WORK_SECONDS = 1
RENEW_WITHIN = timedelta(seconds=LOOK_SECONDS)
"""A lease that holds longer than this is not written anew: chores look every few seconds, the row changes twice a minute."""
STALE_AFTER = timedelta(hours=1)
"""A run that has not finished by then belonged to a process that died."""
RETRY_AFTER = timedelta(minutes=10)


def owner_name() -> str:
    """A name for this process that no other one has."""
    return f"{socket.gethostname()[:40]}:{os.getpid()}:{secrets.token_hex(4)}"


def _end_of_lease(instant: datetime) -> datetime:
    return instant + timedelta(seconds=LEASE_SECONDS + LOOK_SECONDS)


def hold_lease(owner: str, instant: datetime) -> bool:
    """Takes or keeps the lease; False while another process holds it."""
    until = _end_of_lease(instant)
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


class TakenOver(Exception):
    """Another process is at this period now: what was computed here is not written."""


def _run_of(session: Session, job: Job, period: str, owner: str) -> JobRun:
    """The entry of the ledger, held until the transaction ends. Raises ``TakenOver`` when it is in other hands."""
    run = session.get_one(JobRun, (job.name, period), with_for_update=True)
    if run.state is not JobState.RUNNING or run.owner != owner:
        raise TakenOver(f"{job.name} {period}")
    return run


def _close(run: JobRun, state: JobState, outcome: str) -> None:
    """Writes down how a run ended."""
    run.state, run.outcome, run.finished_at = state, outcome, datetime.now(UTC)


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
                tell = job.run(period, Moment(System(), instant))
                with writing(connection_of(tell)) as session:
                    run = _run_of(session, job, period, owner)
                    _close(run, JobState.DONE, tell())
            except TakenOver:
                log.warning("job %s for %s is done by another process meanwhile", job.name, period)
            except Exception as error:  # a job that fails must be entered as failed, whatever the reason
                log.exception("job %s failed for %s", job.name, period)
                db.session.rollback()
                with suppress(TakenOver), writing() as session:
                    _close(_run_of(session, job, period, owner), JobState.FAILED, type(error).__name__)
    return count


def release_lease(owner: str, instant: datetime) -> None:
    """Gives the lease up, so that another process need not wait until it runs out."""
    with writing() as session:
        session.execute(update(Lease).where(Lease.name == LEASE, Lease.owner == owner).values(until=instant))


def run_chores(instant: datetime, failing: dict[str, str]) -> int:
    """Does every chore once; answers how many things were done.

    ``failing`` remembers how each chore failed last, so that one that fails every five seconds is in the log once. A run that
    found nothing to do proves nothing, so only one that did something ends a failure.
    """
    count = 0
    for chore in (chore for feature in house().features for chore in feature.chores):
        try:
            done = chore.run(Moment(System(), instant))
        except Exception as error:  # a chore that fails must not stop the others, whatever the reason
            db.session.rollback()
            if _fails_anew(failing, chore.name, error):
                log.exception("chore %s failed, said once until it fails differently", chore.name)
        else:
            count += done
            if done and failing.pop(chore.name, None) is not None:
                log.info("chore %s works again", chore.name)
    return count


def _fails_anew(failing: dict[str, str], name: str, error: Exception) -> bool:
    kind = re.sub(r"\d+", "#", f"{type(error).__name__}: {error}")
    known = failing.get(name) == kind
    failing[name] = kind
    return not known


class Clock:
    """One process that wants to be the clock. Jobs, chores and queued work run beside each other: a long one stops no letter."""

    def __init__(self, app: Flask, owner: str) -> None:
        self._app = app
        self._owner = owner
        self._lock = threading.Lock()
        self._held_until = datetime.min.replace(tzinfo=UTC)
        self._failing: dict[str, str] = {}

    def holds(self, instant: datetime) -> bool:
        """Whether this process is the clock now; the row is written only when the lease is about to run out."""
        with self._lock:
            if self._held_until - instant > RENEW_WITHIN:
                return True
            held = hold_lease(self._owner, instant)
            self._held_until = _end_of_lease(instant) if held else datetime.min.replace(tzinfo=UTC)
            return held

    def look(self) -> None:
        """One look at what is owed: only the holder of the lease works."""
        with self._app.app_context():
            try:
                instant = datetime.now(UTC)
                if self.holds(instant):
                    run_owed(self._owner, instant)
            finally:
                db.session.remove()

    def do_chores(self) -> int:
        """One round of chores, by the holder of the lease; answers how many things were done."""
        with self._app.app_context():
            try:
                instant = datetime.now(UTC)
                if self.holds(instant):
                    return run_chores(instant, self._failing)
            except Exception as error:  # the round after the next one may find the database again
                if _fails_anew(self._failing, LEASE, error):
                    log.exception("the lease cannot be kept, said once until it fails differently")
            finally:
                db.session.remove()
        return 0

    def do_work(self, stop: threading.Event) -> None:
        """What people have queued: by the holder of the lease on SQLite, by every process on PostgreSQL."""
        with self._app.app_context():
            try:
                if not present_settings().is_sqlite or self.holds(datetime.now(UTC)):
                    work_off(self._app, self._owner, stop)
            except Exception as error:  # the next round may find the database again
                if _fails_anew(self._failing, QUEUE, error):
                    log.exception("the queue cannot be worked off, said once until it fails differently")
            finally:
                db.session.remove()

    def release(self) -> None:
        """Lets another process be the clock."""
        with self._app.app_context():
            try:
                release_lease(self._owner, datetime.now(UTC))
            except OperationalError:
                log.warning("the lease could not be given up; it runs out by itself")
            finally:
                db.session.remove()


def run_clock(app: Flask, stop: threading.Event) -> None:
    """Runs until ``stop`` is set; a job or a chore that is running then is finished first."""
    clock = Clock(app, owner_name())
    scheduler = BackgroundScheduler(timezone="Asia/Ho_Chi_Minh")
    scheduler.add_job(
        clock.look,
        "interval",
        seconds=LOOK_SECONDS,
        next_run_time=datetime.now(UTC),
        coalesce=True,
        max_instances=1,
        misfire_grace_time=None,
    )
    scheduler.start()

    def work() -> None:
        while not stop.wait(WORK_SECONDS):
            clock.do_work(stop)

    working = threading.Thread(target=work, name="queue")
    working.start()
    busy = False
    while not stop.wait(AGAIN_SECONDS if busy else CHORE_SECONDS):
        busy = clock.do_chores() > 0
    working.join()
    scheduler.shutdown(wait=True)
    clock.release()


def recent_runs() -> list[JobRun]:
    """The ledger, newest first."""
    return list(db.session.scalars(select(JobRun).order_by(JobRun.started_at.desc()).limit(200)))
