"""How long a register workbook of 10,000 rows takes to check and to write, beside a plain bulk insert of as many rows."""

import io
import tempfile
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import openpyxl
from sqlalchemy import Column, Date, Integer, MetaData, Table, Text, insert

from qms.app import create_app
from qms.config import load_settings
from qms.imports.takeover import apply, check
from qms.kernel import schema
from qms.kernel.db import db, writing
from qms.kernel.moment import system_moment

START = date(2026, 1, 1)

plain = Table(
    "benchmark_plain",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("code", Text),
    Column("statement", Text),
    Column("raised_on", Date),
    Column("due_on", Date),
    prefixes=["TEMPORARY"],
)


def registers() -> dict[str, list[dict[str, Any]]]:
    """201 units, 800 people, 2,000 procedures, 3,000 nonconformities, 4,000 actions."""
    units = [{"code": "P", "name": "Phường mẫu", "kind": "commune", "agency": "yes", "in_scope_from": "2025-07-01"}]
    units += [
        {"code": f"U{n}", "name": f"Đơn vị {n}", "kind": "department", "parent_code": "P", "in_scope_from": "2025-07-01"}
        for n in range(200)
    ]
    return {
        "units": units,
        "people": [
            {"username": f"u{n}", "full_name": f"Chuyên viên {n}", "unit_code": f"U{n % 200}", "roles": "staff"}
            for n in range(800)
        ],
        "procedures": [
            {
                "unit_code": f"U{n % 200}",
                "code": f"QT-{n}",
                "title": f"Quy trình số {n}",
                "kind": "operational_procedure",
                "effective_on": START + timedelta(days=n % 300),
                "clauses": "8.1;8.5.1",
            }
            for n in range(2000)
        ],
        "nonconformities": [
            {
                "code": f"NC-{n}",
                "unit_code": f"U{n % 200}",
                "clause": "8.5.1",
                "grade": "minor" if n % 3 else "major",
                "statement": f"Nội dung sự không phù hợp số {n}",
                "raised_on": START + timedelta(days=n % 200),
                "response_due_on": START + timedelta(days=n % 200 + 10),
                "due_on": START + timedelta(days=n % 200 + 40),
            }
            for n in range(3000)
        ],
        "actions": [
            {
                "nonconformity_code": f"NC-{n % 3000}",
                "number": str(n // 3000 + 1),
                "description": f"Hành động {n}",
                "owner": f"u{n % 800}",
                "due_on": START + timedelta(days=n % 200 + 30),
            }
            for n in range(4000)
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


def plainly(number: int) -> float:
    """Seconds that as many rows take in one statement into a table without keys to others."""
    rows = [
        {"code": f"NC-{n}", "statement": f"Nội dung số {n}", "raised_on": START, "due_on": START + timedelta(days=n % 200)}
        for n in range(number)
    ]
    with writing() as session:
        plain.create(session.connection())
        started = time.perf_counter()
        session.execute(insert(plain), rows)
        return time.perf_counter() - started


def main() -> None:
    """Builds, measures, prints."""
    data = workbook(registers())
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({"QMS_INSTANCE": str(Path(folder)), "QMS_SECRET_KEY": "benchmark"}))
        with app.app_context():
            schema.upgrade()
            moment = system_moment()
            started = time.perf_counter()
            plan = check(data, moment)
            checked = time.perf_counter()
            result = apply(plan, moment)
            written = time.perf_counter()
            assert result.written
            bare = plainly(result.new)
            whole = written - started
            print(f"{result.new} rows: checked in {checked - started:.2f} s, written in {written - checked:.2f} s")
            print(f"plain bulk insert of as many rows: {bare:.3f} s; the take-over takes {whole / bare:.0f} times that")
            db.session.remove()
            db.engine.dispose()


if __name__ == "__main__":
    main()
