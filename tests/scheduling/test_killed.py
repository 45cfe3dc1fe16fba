"""Processes that are ended hard, wherever they stand: nothing is done twice, nothing half, nothing is forgotten."""

import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.evaluation.models import Run
from qms.kernel.db import db, noting, writing
from qms.kernel.moment import system_moment
from qms.scheduling import queue
from qms.scheduling.clock import STALE_AFTER, run_owed
from qms.scheduling.models import JobRun, JobState, Lease, Work, WorkState
from qms.trail.service import record
from tests.office import Office
from tests.queue import work_off
from tests.scheduling.process import KIND, PLACES, with_trial

ROOT = Path(__file__).resolve().parents[2]
MANY = 12


def begin(app: Flask, deed: str, place: str) -> subprocess.Popen[bytes]:
    """A job process on the database of the application."""
    settings = app.extensions["qms.settings"]
    db.session.remove()
    command = [sys.executable, "-m", "tests.scheduling.process", str(settings.instance), settings.database_url, deed, place]
    return subprocess.Popen(command, cwd=ROOT)


@pytest.fixture
def officer(any_app: Flask, office: Office) -> Person:
    any_app.extensions["qms.house"] = with_trial(any_app.extensions["qms.house"])
    return office.person("canbo", unit=office.agency("P"), role=Role.QUALITY_OFFICER)


def start(office: Office, officer: Person, number: int = 1, seconds: float = 0) -> None:
    moment = office.moment(officer)
    with writing():
        queue.start(KIND, {"number": number, "seconds": seconds}, moment)


def end_the_lease() -> None:
    """What the time does that the lease of a killed process runs."""
    noting(update(Work).where(Work.until.is_not(None)).values(until=datetime.now(UTC) - timedelta(seconds=1)))


def written() -> list[str]:
    """Which process wrote what the work leaves."""
    db.session.rollback()
    return list(db.session.scalars(select(Lease.owner).where(Lease.name.startswith("written"))))


@pytest.mark.parametrize("place", PLACES)
def test_a_process_killed_at_the_queue_leaves_work_that_is_done_once(
    any_app: Flask, office: Office, officer: Person, place: str
) -> None:
    start(office, officer)
    process = begin(any_app, "queue", place)
    assert process.wait(60) == -signal.SIGKILL
    left = {"taking": WorkState.QUEUED, "ended": WorkState.DONE}.get(place, WorkState.RUNNING)
    assert db.session.scalars(select(Work.state)).one() is left
    assert len(written()) == (place == "ended"), "nothing half"
    end_the_lease()
    assert work_off(any_app) == (place != "ended")
    db.session.rollback()
    assert db.session.scalars(select(Work.state)).one() is WorkState.DONE
    assert len(written()) == 1, "nothing twice"


def test_work_that_kills_its_process_twice_is_said_to_have_failed(any_app: Flask, office: Office, officer: Person) -> None:
    start(office, officer)
    for _again in range(2):
        assert begin(any_app, "queue", "computing").wait(60) == -signal.SIGKILL
        end_the_lease()
    work_off(any_app)
    db.session.rollback()
    work = db.session.scalars(select(Work)).one()
    assert (work.state, work.attempts, written()) == (WorkState.FAILED, 2, [])
    assert "dừng hai lần" in (work.sentence or "")


@pytest.mark.parametrize("any_app", ["postgresql"], indirect=True)
def test_two_processes_share_the_queue_and_do_nothing_twice(any_app: Flask, office: Office, officer: Person) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(queue, "MOST_UNDER_WAY", MANY)
        for number in range(MANY):
            start(office, officer, number, seconds=0.3)
    processes = [begin(any_app, "queue", "nowhere") for _ in range(2)]
    assert [process.wait(90) for process in processes] == [0, 0]
    db.session.rollback()
    assert set(db.session.scalars(select(Work.state))) == {WorkState.DONE}
    who = written()
    assert len(who) == MANY
    assert set(who) == {str(process.pid) for process in processes}, "both took their part"


def test_a_clock_killed_between_run_and_ledger_stores_the_yearly_evaluation_once(any_app: Flask, office: Office) -> None:
    office.agency("P")
    with writing():
        record(system_moment(datetime(2020, 1, 1, tzinfo=UTC)), "unit", "P", "create")
    assert begin(any_app, "yearly", "told").wait(60) == -signal.SIGKILL
    yearly = select(JobRun).where(JobRun.job == "yearly_evaluation")
    assert db.session.scalars(yearly).one().state is JobState.RUNNING
    assert db.session.scalar(select(func.count()).select_from(Run)) == 0, "nothing half"
    later = datetime.now(UTC) + STALE_AFTER + timedelta(minutes=1)
    run_owed("another", later)
    run_owed("another", later + timedelta(hours=2))
    db.session.rollback()
    assert db.session.scalars(yearly).one().state is JobState.DONE
    assert db.session.scalar(select(func.count()).select_from(Run)) == 1, "nothing twice"
    assert db.session.scalars(select(Run.as_of)).one() < system_moment().today
