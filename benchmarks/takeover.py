"""How long a register workbook of 10,000 rows takes to check, to write and to export, beside a bulk insert of the same.

Seconds are of CPU; on a busy machine believe the ratio. What was exported is
checked once more: not one of its rows is new or changed.

    python benchmarks/takeover.py [small]
"""

import io
import sys
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import create_engine, select

from qms.app import create_app
from qms.config import load_settings
from qms.imports.exporting import export_workbook
from qms.imports.takeover import apply, check
from qms.kernel import schema
from qms.kernel.db import Base, db
from qms.kernel.moment import system_moment

START = date(2026, 1, 1)
FEWER = 50
"""How many times fewer rows the short form takes."""
MOST = 12
"""The take-over, checks and trail included, takes at most so many times the bulk insert of all the rows that it leaves."""


def registers(share: int) -> dict[str, list[dict[str, Any]]]:
    """201 units, 800 people, 2,000 procedures, 3,000 nonconformities, 4,000 actions; or so many times fewer of each."""
    rooms, people, papers, found, actions = (number // share for number in (200, 800, 2000, 3000, 4000))
    units = [{"code": "P", "name": "Phường mẫu", "kind": "commune", "agency": "yes", "in_scope_from": "2025-07-01"}]
    units += [
        {"code": f"U{n}", "name": f"Đơn vị {n}", "kind": "department", "parent_code": "P", "in_scope_from": "2025-07-01"}
        for n in range(rooms)
    ]
    return {
        "units": units,
        "people": [
            {"username": f"u{n}", "full_name": f"Chuyên viên {n}", "unit_code": f"U{n % rooms}", "roles": "staff"}
            for n in range(people)
        ],
        "procedures": [
            {
                "unit_code": f"U{n % rooms}",
                "code": f"QT-{n}",
                "title": f"Quy trình số {n}",
                "kind": "operational_procedure",
                "effective_on": START + timedelta(days=n % 300),
                "clauses": "8.1;8.5.1",
            }
            for n in range(papers)
        ],
        "nonconformities": [
            {
                "code": f"NC-{n}",
                "unit_code": f"U{n % rooms}",
                "clause": "8.5.1",
                "grade": "minor" if n % 3 else "major",
                "statement": f"Nội dung sự không phù hợp số {n}",
                "raised_on": START + timedelta(days=n % 200),
                "response_due_on": START + timedelta(days=n % 200 + 10),
                "due_on": START + timedelta(days=n % 200 + 40),
            }
            for n in range(found)
        ],
        "actions": [
            {
                "nonconformity_code": f"NC-{n % found}",
                "number": str(n // found + 1),
                "description": f"Hành động {n}",
                "owner": f"u{n % people}",
                "due_on": START + timedelta(days=n % 200 + 30),
            }
            for n in range(actions)
        ],
    }


def workbook(sheets: dict[str, list[dict[str, Any]]]) -> bytes:
    """The rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        page.append(columns)
        for row in rows:
            page.append([row.get(column) for column in columns])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def plainly(folder: Path) -> float:
    """Seconds that the very rows that are stored now take when they are inserted in bulk into the same tables elsewhere."""
    filled = [(table, db.session.execute(select(table)).mappings().all()) for table in Base.metadata.sorted_tables]
    engine = create_engine(f"sqlite:///{folder / 'plain.sqlite3'}")
    Base.metadata.create_all(engine)
    started = time.process_time()
    with engine.begin() as connection:
        for table, rows in filled:
            if rows:
                connection.execute(table.insert(), [dict(row) for row in rows])
    ended = time.process_time()
    engine.dispose()
    return ended - started


def main(size: str = "large") -> None:
    """Builds, measures, prints."""
    data = workbook(registers(FEWER if size == "small" else 1))
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({"QMS_INSTANCE": str(Path(folder)), "QMS_SECRET_KEY": "benchmark"}))
        with app.app_context():
            schema.upgrade()
            moment = system_moment()
            started = time.process_time()
            plan = check(data, moment)
            checked = time.process_time()
            result = apply(plan, moment)
            written = time.process_time()
            exported = export_workbook(moment)
            ended = time.process_time()
            again = check(exported, moment).result
            assert result.written
            assert (again.new, again.changed, again.unchanged) == (0, 0, result.new)
            bare = plainly(Path(folder))
            whole = written - started
            print(f"{result.new} rows: checked in {checked - started:.2f} s, written in {written - checked:.2f} s")
            print(f"exported in {ended - written:.2f} s; what came out changes nothing")
            print(f"bulk insert of what it left: {bare:.2f} s; the take-over {whole / bare:.1f} times that (at most {MOST})")
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main(*sys.argv[1:])
