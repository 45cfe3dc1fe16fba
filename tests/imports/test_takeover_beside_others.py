"""A large take-over does not stop the others: its write transaction is short, everything else happens before."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select, update

from nonconformities.models import Nonconformity
from procedures.models import Procedure
from qms.accounts.models import Person
from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.kernel.staging import Staging
from qms.reviews.models import ManagementReview
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from qms.workdays.models import SpecialDay
from tests.imports.registers_of_an_office import OFFICE, SHEETS, Rows, workbook_of
from tests.office import moment_of

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


@pytest.fixture
def held(any_app: Flask) -> Iterator[list[str]]:
    """The statements of a take-over from the moment on at which it keeps others waiting."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if seen or statement == "BEGIN IMMEDIATE" or statement.startswith("LOCK TABLE"):
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def changing_statements(held: list[str], rows: Rows) -> list[str]:
    held.clear()
    take_over(workbook_of(rows), moment_of(), sheets=SHEETS)
    return [statement for statement in held if not statement.startswith(("BEGIN", "SET LOCAL", "LOCK TABLE", "SELECT"))]


def write_at_once(day: date) -> None:
    """Somebody else writes, also in the tables of the workbook, and does not wait for anybody: fails when anything is locked."""
    with db.engine.connect() as connection:
        connection.detach()  # nobody else gets this impatient connection
        sqlite = connection.dialect.name == "sqlite"
        connection.exec_driver_sql("PRAGMA busy_timeout=0" if sqlite else "SET LOCAL lock_timeout = 1")
        connection.execute(insert(SpecialDay).values(day=day, working=False, title="Nghỉ bù"))
        for model in (Unit, Person, Procedure, Nonconformity, ManagementReview):
            connection.execute(update(model).where(model.id == 0).values(id=0))
        connection.commit()


def test_others_write_until_everything_is_ready(any_app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[date] = []

    def with_somebody_beside(work: Callable[..., Any]) -> Callable[..., Any]:
        def do(*arguments: Any) -> Any:
            written.append(date(2000, 1, 1) + timedelta(days=len(written)))
            write_at_once(written[-1])
            return work(*arguments)

        return do

    for name in ("insert", "append", "land"):
        monkeypatch.setattr(Staging, name, with_somebody_beside(getattr(Staging, name)))
    assert take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS).written
    assert len(written) > len(SHEETS)
    assert db.session.scalars(select(SpecialDay.day).order_by(SpecialDay.day)).all() == written


def test_others_wait_for_as_many_statements_however_many_rows_come(held: list[str]) -> None:
    few = changing_statements(held, rows_of(1))
    many = changing_statements(held, rows_of(200))
    assert len(few) > 2
    assert len(many) == len(few)
    travelling = [one for one in many if "VALUES" in one and not one.startswith("INSERT INTO trail_writes")]
    assert not travelling, "rows travel one by one while others wait (how thousands of them stand is told in one row)"


def rows_of(number: int) -> Rows:
    """That many more divisions with a procedure each."""
    names = [f"{number}-{place}" for place in range(number)]
    units = [{"code": f"U{name}", "name": f"Phòng {name}", "kind": "department", "exclusion_reason": "thử"} for name in names]
    kind = {"kind": "operational_procedure", "effective_on": date(2026, 1, 1), "clauses": "8.1;8.5.1"}
    return {
        "units": units,
        "procedures": [{"unit_code": f"U{name}", "code": f"QT-{name}", "title": f"Quy trình {name}", **kind} for name in names],
    }


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
