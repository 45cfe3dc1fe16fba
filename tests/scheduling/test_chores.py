"""Chores: every few seconds, by whoever holds the lease; one that fails stops no other and fills no log."""

import logging
import threading
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select

from qms.kernel.db import db
from qms.kernel.feature import Chore, Feature, House, Job, by_parts
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.scheduling import clock
from qms.scheduling.clock import (
    AGAIN_SECONDS,
    CHORE_SECONDS,
    LEASE_SECONDS,
    LOOK_SECONDS,
    Clock,
    hold_lease,
    release_lease,
    run_chores,
    run_clock,
)
from qms.scheduling.models import Lease
from tests.statements import statements
from tests.threads import at_once, beside

NOW = datetime(2026, 11, 30, 2, 0, tzinfo=UTC)


class Work:
    """Two chores that count; the first fails when told so."""

    def __init__(self, app: Flask) -> None:
        self.done: list[str] = []
        self.fault: Exception | None = None
        self.found = 1
        chores = (Chore("first", self.first), Chore("second", self.second))
        app.extensions["qms.house"] = House([Feature("trial", chores=chores)])

    def first(self, moment: Moment) -> int:
        """Fails or counts."""
        if self.fault is not None:
            raise self.fault
        self.done.append("first")
        return self.found

    def second(self, moment: Moment) -> int:
        """Counts."""
        assert moment.person.username == "system"
        self.done.append("second")
        return 0


def test_every_chore_is_done_and_one_that_fails_stops_no_other(app: Flask) -> None:
    work = Work(app)
    assert run_chores(NOW, {}) == 1
    work.fault = ArithmeticError("7")
    assert run_chores(NOW, {}) == 0
    assert work.done == ["first", "second", "second"]


def test_a_chore_that_fails_is_in_the_log_once_until_it_fails_differently(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    work, failing = Work(app), dict[str, str]()

    def said(fault: Exception | None) -> list[str]:
        work.fault = fault
        caplog.clear()
        with caplog.at_level(logging.INFO, logger=clock.__name__):
            run_chores(NOW, failing)
        return [record.getMessage() for record in caplog.records]

    assert said(None) == []
    assert len(said(OSError("connection 1 refused"))) == 1
    assert said(OSError("connection 2 refused")) == said(OSError("connection 3 refused")) == []
    assert len(said(OSError("certificate expired"))) == 1
    work.found = 0
    assert said(None) == [], "a round that found nothing to do proves nothing"
    assert said(OSError("certificate expired")) == []
    work.found = 1
    assert said(None) == ["chore first works again"]
    assert len(said(OSError("certificate expired"))) == 1


def test_only_the_holder_of_the_lease_does_chores_and_jobs(any_app: Flask) -> None:
    work = Work(any_app)
    one, other = Clock(any_app, "one"), Clock(any_app, "other")
    one.do_chores()
    other.do_chores()
    other.look()
    assert work.done == ["first", "second"]
    one.release()
    other.do_chores()
    assert len(work.done) == 4


def test_the_lease_is_written_twice_a_minute_however_often_chores_look(app: Flask) -> None:
    Work(app)
    worker = Clock(app, "one")
    with statements() as asked:
        for seconds in range(0, 600, CHORE_SECONDS):
            assert worker.holds(NOW + timedelta(seconds=seconds))
    changed = [one for one in asked if "leases" in one and one.startswith(("UPDATE", "INSERT"))]
    assert 15 <= len(changed) <= 22


def test_a_lease_that_was_lost_is_noticed(app: Flask) -> None:
    worker = Clock(app, "one")
    assert worker.holds(NOW)
    late = NOW + timedelta(seconds=LEASE_SECONDS + LOOK_SECONDS + 1)
    assert hold_lease("other", late)
    assert not worker.holds(late + timedelta(seconds=1))
    release_lease("one", late)
    assert not worker.holds(late + timedelta(seconds=2)), "nobody gives up the lease of another"
    release_lease("other", late)
    assert worker.holds(late + timedelta(seconds=3))


def test_two_clocks_at_once_share_one_lease(any_app: Flask) -> None:
    Work(any_app)
    clocks = [Clock(any_app, f"clock {number}") for number in range(4)]
    held = at_once(any_app, [partial(clock.holds, NOW) for clock in clocks])
    assert sorted(held) == [False, False, False, True]


def test_a_database_that_does_not_answer_ends_no_clock(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, worker = Work(app), Clock(app, "one")
    monkeypatch.setattr(clock, "hold_lease", lambda owner, instant: 1 / 0)
    worker.do_chores()
    worker.do_chores()
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1
    monkeypatch.undo()
    worker.do_chores()
    assert work.done == ["first", "second"]


class Rounds(threading.Event):
    """A stop that comes after some rounds of chores, and knows how long each of them was waited for."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self.most, self.waits = most, list[float | None]()

    def wait(self, timeout: float | None = None) -> bool:
        """Waits for nothing, but for the queue's own thread."""
        if threading.current_thread().name == "queue":
            return super().wait(timeout)
        self.waits.append(timeout)
        if len(self.waits) > self.most:
            self.set()
        return self.is_set()


def test_chores_come_round_at_once_while_they_find_something(app: Flask) -> None:
    rounds = Rounds(4)
    found = iter([0, 2, 1, 0])
    app.extensions["qms.house"] = House([Feature("trial", chores=(Chore("letters", lambda moment: next(found)),))])
    run_clock(app, rounds)
    assert rounds.waits == [CHORE_SECONDS, CHORE_SECONDS, AGAIN_SECONDS, AGAIN_SECONDS, CHORE_SECONDS]


def test_a_clock_that_is_stopped_finishes_what_runs_and_gives_the_lease_up(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    stop, began, done, finished = threading.Event(), threading.Event(), threading.Event(), list[str]()

    def long_job(period: str, moment: Moment) -> str:
        began.set()
        assert stop.wait(10)
        finished.append("job")
        return ""

    def chore(moment: Moment) -> int:
        finished.append("chore")
        done.set()
        return 1

    job = Job("long", _l("Reminders"), lambda instant: "once", by_parts(long_job))
    app.extensions["qms.house"] = House([Feature("trial", jobs=(job,), chores=(Chore("beside", chore),))])
    monkeypatch.setattr(clock, "CHORE_SECONDS", 0.05)
    with beside(app, lambda: run_clock(app, stop)):
        assert began.wait(10)
        assert done.wait(10)
        stop.set()
    assert "job" in finished and finished.index("chore") < finished.index("job"), "chores went on beside the long job"
    db.session.rollback()
    (lease,) = db.session.scalars(select(Lease))
    assert lease.until <= datetime.now(UTC)
