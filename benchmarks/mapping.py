"""How long a workbook of an office's own making takes to be mapped and taken over, and how long an auditor waits meanwhile.

10,000 procedures under the titles of an office, three titles above the header, in a process of its own as the queue has it;
beside it one answer after another is saved into a checklist of the same office. Printed are the seconds by the clock, the largest
memory of the process, the slowest answer, and the seconds of CPU beside those of the same rows in our own workbook.

    python benchmarks/mapping.py [small]
"""

import io
import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import openpyxl
from flask import Flask
from flask.testing import FlaskClient
from large.office import SMALL, grow, signed_in
from sqlalchemy import select

from audits.models import Answer, Question
from qms.app import create_app
from qms.config import load_settings
from qms.imports.grid import read_grids
from qms.imports.house import house_sheets
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.value import Fill, Source
from qms.imports.takeover import Plan, apply, check, check_reading
from qms.kernel import schema
from qms.kernel.days import local_day
from qms.kernel.db import db
from qms.kernel.moment import system_moment

ROWS, FEWER = 10_000, 50
MOST_SECONDS, MOST_MEGABYTES, MOST_WAIT = 20, 300, 1
PAUSE = 0.2
"""Between two answers; an auditor is slower."""
OWN = ("code", "name", "field", "unit_code", "decision", "valid_from")
THEIRS = ("Mã số", "Tên thủ tục", "Lĩnh vực", "Bộ phận", "Số quyết định", "Ngày hiệu lực")
UNIT = "P002"


def workbook(rows: int, *, own: bool) -> bytes:
    """So many procedures: as our own workbook, or as an office would keep them."""
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("services" if own else "DM TTHC")
    if not own:
        for title in ("ỦY BAN NHÂN DÂN PHƯỜNG MẪU", "DANH MỤC THỦ TỤC HÀNH CHÍNH", None):
            page.append([title])
    page.append(OWN if own else THEIRS)
    for n in range(rows):
        mark = "S" if own else "T"
        code, day = f"{mark}.{100_000 + n}", "2025-07-01" if own else "01/07/2025"
        page.append([code, f"Thủ tục số {n}", f"Lĩnh vực {n % 40}", UNIT, f"{n % 90}/QĐ-UBND", day])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def made(folder: Path) -> Flask:
    """The application on the database in that folder."""
    app = create_app(load_settings({"QMS_INSTANCE": str(folder), "QMS_SECRET_KEY": "benchmark"}))
    app.config |= {"RATELIMIT_ENABLED": False, "WTF_CSRF_ENABLED": False}
    return app


def planned(data: bytes, *, own: bool) -> Plan:
    """What the workbook would change; of theirs everything is proposed but the unit's column, which a person would confirm."""
    moment = system_moment()
    if own:
        return check(data, moment)
    grids = read_grids(data, lambda _name: True)
    sheets = house_sheets()
    mapping = propose(grids, sheets, "services")
    mapping = replace(mapping, fills={**mapping.fills, "unit_code": Fill(Source.COLUMN, THEIRS[3])})
    reading = read_mapped(grids, mapping, {sheet.name: sheet for sheet in sheets})
    return check_reading(reading, "benchmark", moment)


def child(folder: Path, kind: str, rows: int) -> None:
    """Takes over in a process of its own; prints seconds, seconds of CPU and megabytes."""
    data = workbook(rows, own=kind == "own")
    with made(folder).app_context():
        started, used = time.perf_counter(), time.process_time()
        result = apply(planned(data, own=kind == "own"), system_moment())
        print(
            time.perf_counter() - started, time.process_time() - used, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        )
        assert (result.new, result.changed) == (rows, 0), result.text()
        db.session.remove()
        db.engine.dispose()


def answering(app: Flask, client: FlaskClient, running: "subprocess.Popen[str]") -> list[float]:
    """Seconds of each answer that is saved while the take-over runs."""
    waits = []
    while running.poll() is None:
        with app.app_context():
            version, answer = db.session.execute(
                select(Question.version, Question.answer).where(Question.audit_id == 1, Question.number == 7)
            ).one()
            db.session.remove()
        other = Answer.NOT_APPLICABLE if answer is Answer.CONFORMS else Answer.CONFORMS
        form = {"client_id": str(uuid4()), "version": str(version), "answer": other.value, "reason": "Đơn vị không có việc này."}
        started = time.perf_counter()
        response = client.post("/audits/1/questions/7", data=form)
        waits.append(time.perf_counter() - started)
        if response.status_code not in (200, 302, 303):
            raise SystemExit(f"an answer was not saved: {response.status_code}")
        time.sleep(PAUSE)
    return waits


def measured(folder: Path, kind: str, rows: int) -> tuple[list[float], list[float]]:
    """Seconds, seconds of CPU and megabytes of the take-over, and the seconds of each answer beside it."""
    app = made(folder)
    client = signed_in(app, "auditor")
    command = [sys.executable, __file__, "child", str(folder), kind, str(rows)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "QMS_LANGUAGE": "vi"}) as running:
        waits = answering(app, client, running)
        printed = running.stdout.read() if running.stdout is not None else ""
    if running.returncode:
        sys.exit(f"the take-over ended with {running.returncode}")
    with app.app_context():
        db.engine.dispose()
    return [float(word) for word in printed.split()], waits


def main(size: str = "large") -> None:
    """Builds, measures, prints; fails beyond the limits when it measures the whole."""
    rows = ROWS // FEWER if size == "small" else ROWS
    with tempfile.TemporaryDirectory() as folder:
        app = made(Path(folder))
        with app.app_context():
            schema.upgrade()
            grow(SMALL, local_day(datetime.now(UTC)))
            db.session.remove()
            db.engine.dispose()
        (_seconds, own_cpu, _memory), _waits = measured(Path(folder), "own", rows)
        (seconds, cpu, memory), waits = measured(Path(folder), "mapped", rows)
    print(f"{rows} rows of another workbook: mapped and taken over in {seconds:.1f} s, {memory:.0f} MB")
    print(f"{len(waits)} answers beside it, the slowest in {max(waits):.2f} s")
    print(f"{cpu:.1f} s of CPU, {cpu / own_cpu:.1f} times our own workbook ({own_cpu:.1f} s)")
    if size != "small" and (seconds > MOST_SECONDS or memory > MOST_MEGABYTES or max(waits) > MOST_WAIT):
        sys.exit(f"at most {MOST_SECONDS} s, {MOST_MEGABYTES} MB, {MOST_WAIT} s for an answer")


if __name__ == "__main__":
    if sys.argv[1:2] == ["child"]:
        child(Path(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
    else:
        main(*sys.argv[1:])
