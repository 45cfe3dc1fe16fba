"""What a list of 20,000 rows costs as CSV and as XLSX, and the register workbook of that office; how large the process becomes.

Each file is written by a process of its own, as the job process writes it: through the queue, from the select to the file that
its owner fetches. What a process of the pages pays is the click that queues it. Seconds of CPU, best of several; memory is the
most the process ever held, after ``before`` for the program alone.

    python benchmarks/exports.py [small]
"""

import json
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from large.office import LARGE, SMALL, Volume, grow
from sqlalchemy import select

from qms.accounts.actor import actor_of
from qms.accounts.models import Person
from qms.app import create_app
from qms.config import load_settings
from qms.kernel import schema
from qms.kernel.days import local_day
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.pages.filters import ALL
from qms.scheduling import queue, worker
from qms.scheduling.models import Work, WorkState
from qms.scheduling.results import file_of

MOST_MEGABYTES = 200
LIST = replace(LARGE, audits=2, questions=5, entries=1_000)
"""As many nonconformities as in a large office, and little of what their list does not show."""
TIMES = 3
"""How often each file is written; the short form, which measures nothing, writes it once."""
FILES: dict[str, tuple[str, dict[str, Any]]] = {
    "csv": ("list_nonconformities", {"extension": "csv", "asked": {"state": ALL}}),
    "xlsx": ("list_nonconformities", {"extension": "xlsx", "asked": {"state": ALL}}),
    "registers": ("export_registers", {}),
}
"""The long work that writes each file, and what it is asked."""


def write(app: Flask, file: str) -> dict[str, float]:
    """Queues the writing of a file and works it off; says what that cost."""
    with app.test_request_context():
        before = _megabytes()
        instant = datetime.now(UTC)
        person = db.session.scalars(select(Person).where(Person.username == "officer")).one()
        moment = Moment(actor_of(person, local_day(instant)), instant)
        with writing():
            work_id = queue.start(*FILES[file], moment).id
        started = time.process_time()
        worker.work_off(app, "benchmark", threading.Event())
        seconds = time.process_time() - started
        db.session.expire_all()
        work = db.session.get_one(Work, work_id)
        path = file_of(work)
        assert work.state is WorkState.DONE, work.sentence
        assert path is not None
        return {
            "seconds": seconds,
            "done": work.done,
            "size": path.stat().st_size,
            "before": before,
            "after": _megabytes(),
        }


def _megabytes() -> float:
    """The most that this program ever held; ``getrusage`` would count what its parent held before the program began."""
    (line,) = [one for one in Path("/proc/self/status").read_text(encoding="utf-8").splitlines() if one.startswith("VmHWM:")]
    return int(line.split()[1]) / 1024


def measure(volume: Volume, times: int = TIMES) -> bool:
    """Prints a line for each kind of file; answers whether the process stays within its memory."""
    folder = Path(tempfile.mkdtemp(prefix="qms-exports-"))
    small = True
    try:
        app = create_app(load_settings({"QMS_INSTANCE": str(folder)}))
        with app.app_context():
            schema.upgrade()
            grow(volume, local_day(datetime.now(UTC)))
            db.engine.dispose()
        print(f"{'file':10}{'done':>8}{'CPU s':>8}{'MB':>7}{'before':>9}{'after':>8}  (rows or sheets; memory in MB)")
        for file in FILES:
            call = [sys.executable, __file__, "--write", file, str(folder)]
            runs = [json.loads(subprocess.run(call, check=True, capture_output=True).stdout) for _ in range(times)]
            best = min(runs, key=lambda run: float(run["seconds"]))
            print(
                f"{file:10}{best['done']:>8}{best['seconds']:>8.2f}{best['size'] / 1e6:>7.1f}"
                f"{best['before']:>9.0f}{best['after']:>8.0f}"
            )
            small = small and best["after"] < MOST_MEGABYTES
    finally:
        shutil.rmtree(folder)
    return small


if __name__ == "__main__":
    if "--write" in sys.argv:
        print(json.dumps(write(create_app(load_settings({"QMS_INSTANCE": sys.argv[3]})), sys.argv[2])))
    elif not (measure(SMALL, times=1) if "small" in sys.argv else measure(LIST)):
        sys.exit(f"a process grew beyond {MOST_MEGABYTES} MB")
