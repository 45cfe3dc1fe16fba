"""Ten thousand rows: how long they take is printed, that they arrive is asserted."""

import time
from datetime import date, timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from nonconformities.models import Action
from qms.imports.exporting import export_workbook
from qms.imports.takeover import apply, check
from qms.kernel.db import db
from tests.imports.registers_of_an_office import SHEETS, Rows, workbook_of
from tests.office import moment_of

_START = date(2026, 1, 1)


def large() -> Rows:
    units = [{"code": "P", "name": "Phường mẫu", "kind": "commune", "agency": "yes", "in_scope_from": "2025-07-01"}]
    units += [
        {"code": f"U{n}", "name": f"Đơn vị {n}", "kind": "department", "parent_code": "P", "in_scope_from": "2025-07-01"}
        for n in range(200)
    ]
    return {
        "units": units,
        "people": [
            {"username": f"u{n}", "full_name": f"Chuyên viên {n}", "unit_code": f"U{n % 200}", "roles": "staff"}
            for n in range(1000)
        ],
        "procedures": [
            {
                "unit_code": f"U{n % 200}",
                "code": f"QT-{n}",
                "title": f"Quy trình số {n}",
                "kind": "operational_procedure",
                "effective_on": _START + timedelta(days=n % 300),
                "clauses": "8.1;8.5.1",
                "service_codes": f"1.{n}",
            }
            for n in range(2000)
        ],
        "nonconformities": [
            {
                "code": f"NC-{n}",
                "unit_code": f"U{n % 200}",
                "procedure_code": f"QT-{n % 2000}",
                "clause": "8.5.1",
                "grade": "minor" if n % 3 else "major",
                "statement": f"Nội dung sự không phù hợp số {n}",
                "raised_on": _START + timedelta(days=n % 200),
                "response_due_on": _START + timedelta(days=n % 200 + 10),
                "responded_on": _START + timedelta(days=n % 200 + 8),
                "due_on": _START + timedelta(days=n % 200 + 40),
                "closed_on": _START + timedelta(days=n % 200 + 50) if n % 2 else None,
            }
            for n in range(2800)
        ],
        "actions": [
            {
                "nonconformity_code": f"NC-{n % 2800}",
                "number": str(n // 2800 + 1),
                "description": f"Hành động {n}",
                "owner": f"u{n % 1000}",
                "due_on": _START + timedelta(days=n % 200 + 30),
            }
            for n in range(4000)
        ],
    }


def test_ten_thousand_rows_are_taken_over_and_exported_again(any_app: Flask, capsys: pytest.CaptureFixture[str]) -> None:
    data = workbook_of(large())
    started = time.perf_counter()
    plan = check(data, moment_of(), SHEETS)
    checked = time.perf_counter()
    result = apply(plan, moment_of())
    written = time.perf_counter()
    exported = export_workbook(moment_of(), SHEETS)
    ended = time.perf_counter()
    again = check(exported, moment_of(), SHEETS).result
    with capsys.disabled():
        engine = db.engine.dialect.name
        lasted = (
            f"checked in {checked - started:.1f} s, written in {written - checked:.1f} s, exported in {ended - written:.1f} s"
        )
        print(f"\n{engine}: {result.new} rows {lasted}")  # noqa: T201  # the number is what this test is for
    assert (result.new, again.new, again.changed, again.unchanged) == (10_001, 0, 0, 10_001)
    assert db.session.scalar(select(func.count()).select_from(Action)) == 4000
