"""A job process of its own, for tests that end it hard: ``python -m tests.scheduling.process FOLDER URL DEED PLACE``.

DEED is ``queue`` or ``yearly``; PLACE is where it kills itself with the signal that nobody can catch, or ``nowhere``.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event

from qms.accounts.permissions import Permission
from qms.evaluation.jobs import YEARLY
from qms.kernel.db import db
from qms.kernel.feature import Feature, House
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.work import Finish, LongWork, Progress, Result
from qms.scheduling import clock, worker
from qms.scheduling.models import JobRun, JobState, Lease
from tests.shared_app import application

KIND = "trial"
PLACES = ("taking", "computing", "writing", "ended")


def trial(place: str = "nowhere") -> LongWork:
    """Work that leaves one row for each of its arguments: a second one of the same name would be refused."""

    def run(arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
        progress(1, 2)
        _die_at("computing", place)
        time.sleep(float(arguments.get("seconds", 0)))

        def finish() -> Result:
            row = Lease(name=f"written {arguments['number']}", owner=str(os.getpid()), until=moment.instant)
            db.session.add(row)
            db.session.flush()
            _die_at("writing", place)
            return Result("Xong")

        return finish

    return LongWork(KIND, _l("Evaluation"), Permission.EVALUATION_RUN, run)


def with_trial(house: House, place: str = "nowhere") -> House:
    """The house with this kind of work in place of those of the evaluation."""
    kept = [feature for feature in house.features if feature.name != "evaluation"]
    return House([*kept, Feature("evaluation", long_work=(trial(place),))])


def _die_at(here: str, place: str) -> None:
    if here == place:
        _die()


def _die(*_given: object) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _die_before_yearly_is_told(run: JobRun, state: JobState, outcome: str) -> None:
    """In place of the clock's own: the run is written by now, and the ledger not told."""
    if run.job == YEARLY.name:
        _die()
    run.state, run.outcome = state, outcome


def main(folder: str, url: str, deed: str, place: str) -> None:
    """Does the deed, or dies at it."""
    worker.LEASE = timedelta(seconds=1)
    with application(Path(folder), url) as app:
        if deed == "yearly":
            if place == "told":
                clock._close = _die_before_yearly_is_told
            clock.run_owed("process", datetime.now(UTC))
            return
        app.extensions["qms.house"] = with_trial(app.extensions["qms.house"], place)
        if place == "taking":
            event.listen(db.session(), "after_flush_postexec", _die)  # the lease is flushed and not committed
        worker.work_off(app, f"process {os.getpid()}", threading.Event())
        _die_at("ended", place)


if __name__ == "__main__":
    main(*sys.argv[1:])
