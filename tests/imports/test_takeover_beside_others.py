"""A large take-over does not stop the others: its write transaction is short, everything else happens before."""

import os
import signal
import subprocess
import sys
from datetime import date
from pathlib import Path
from time import perf_counter, sleep

from flask import Flask
from sqlalchemy import func, select

from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.reviews.models import ManagementReview
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from tests.imports.large_office import large
from tests.imports.registers_of_an_office import OFFICE, SHEETS, workbook_of
from tests.office import Office, moment_of, past_the_trail
from tests.threads import beside

LONGEST_WAIT = 1.0
"""Seconds that a save may wait beside a take-over."""

KILLED = """
import os, signal, sys
from pathlib import Path
from qms.app import create_app
from qms.imports.takeover import take_over
from qms.kernel.moment import system_moment
from qms.kernel.staging import Staging

land = Staging.land
def killed(staging, still_true):
    staging._steps.append(lambda: os.kill(os.getpid(), signal.SIGKILL))
    return land(staging, still_true)
Staging.land = killed
with create_app().app_context():
    take_over(Path(sys.argv[1]).read_bytes(), system_moment())
"""
"""A take-over that is killed at the worst moment: everything is written and nothing is committed."""


def test_others_write_while_ten_thousand_rows_come_in(any_app: Flask, office: Office) -> None:
    ward_id = office.agency("PMA").id
    data = workbook_of(large())
    written, longest = 0, 0.0
    with beside(any_app, lambda: take_over(data, moment_of(), sheets=SHEETS)) as worker:
        while worker.running():
            began = perf_counter()
            with past_the_trail() as session:
                held_on = date.fromordinal(date(2000, 1, 1).toordinal() + written)
                session.add(ManagementReview(unit_id=ward_id, held_on=held_on, held_entered_on=held_on, held_late=False))
            longest = max(longest, perf_counter() - began)
            written += 1
            sleep(0.01)
    assert written > 2 and longest < LONGEST_WAIT, f"the others were kept waiting, one of them {longest:.1f} s"
    assert db.session.scalar(select(func.count()).select_from(ManagementReview)) == written
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 202


def test_a_take_over_that_is_killed_leaves_nothing_and_can_be_done_again(any_app: Flask, tmp_path: Path) -> None:
    settings = any_app.extensions["qms.settings"]
    book = tmp_path / "so.xlsx"
    book.write_bytes(workbook_of(OFFICE))
    told = db.session.scalar(select(func.count()).select_from(TrailEntry))
    db.session.rollback()
    environment = {**os.environ, "QMS_INSTANCE": str(settings.instance), "QMS_DATABASE_URL": settings.database_url}
    ended = subprocess.run([sys.executable, "-c", KILLED, str(book)], env=environment, capture_output=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr.decode()
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 0
    assert db.session.scalar(select(func.count()).select_from(TrailEntry)) == told
    db.session.rollback()
    assert take_over(book.read_bytes(), moment_of(), sheets=SHEETS).new == 20
