"""A small office as its workbook says it: one row at least in every sheet, and ways to change it."""

import copy
import io
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl

from audits.register import SHEETS as AUDITS
from nonconformities.register import SHEETS as NONCONFORMITIES
from procedures.register import SHEETS as PROCEDURES
from qms.accounts.register import SHEETS as PEOPLE
from qms.imports import workbook
from qms.imports.house import LATER, in_order
from qms.imports.workbook import Register
from qms.reviews.register import SHEETS as REVIEWS
from qms.sheets.problems import Problem
from qms.sheets.sheet import Sheet
from qms.units.register import SHEETS as UNITS

SHEETS = in_order((*UNITS, *PEOPLE, *PROCEDURES, *AUDITS, *NONCONFORMITIES, *REVIEWS))
BY_NAME = {sheet.name: sheet for sheet in SHEETS}

Rows = dict[str, list[dict[str, Any]]]

OFFICE: Rows = {
    "units": [
        {
            "code": "MA",
            "name": "Phường Minh An (mẫu)",
            "kind": "commune",
            "agency": "có",
            "basis": "mandatory",
            "in_scope_from": "1/7/2025",
            "not_applicable_clauses": "8.3",
        },
        {"code": "VP", "name": "Văn phòng", "kind": "department", "parent_code": "MA", "in_scope_from": "2025-07-01"},
        {
            "code": "TYT",
            "name": "Trạm y tế",
            "kind": "public_service_unit",
            "parent_code": "MA",
            "in_scope_from": date(2025, 7, 1),
            "in_scope_to": date(2026, 6, 30),
            "successor_code": "VP",
        },
        {"code": "TH", "name": "Trường học", "kind": "public_service_unit", "parent_code": "MA", "exclusion_reason": "Chưa có"},
    ],
    "announcements": [{"unit_code": "MA", "number": "05/QĐ-UBND", "announced_on": "2025-12-01", "scope": "Toàn bộ"}],
    "people": [
        {"username": "vp.truong", "full_name": "Trưởng Văn phòng", "unit_code": "VP", "roles": "unit_head; auditor@MA"},
        {"username": "cl.vien", "full_name": "Chuyên viên chất lượng", "unit_code": "MA", "roles": "quality_officer@MA"},
    ],
    "services": [
        {"unit_code": "VP", "code": "1.000001", "name": "Chứng thực", "time_limit_days": "0,5", "valid_from": "2025-07-01"}
    ],
    "procedures": [
        {
            "unit_code": "MA",
            "code": "QT-01",
            "title": "Kiểm soát tài liệu",
            "kind": "system_procedure",
            "issued_on": "2025-12-20",
            "effective_on": "2026-01-05",
            "clauses": "7.5",
            "service_codes": "1.000001;9.999",
        },
    ],
    "procedure_units": [{"unit_code": "MA", "procedure_code": "QT-01", "applies_to": "VP", "from": "2026-01-05"}],
    "audits": [
        {
            "code": "ĐG-01",
            "unit_code": "VP",
            "planned_on": "2026-09-15",
            "started_on": "2026-09-15",
            "reported_on": "2026-09-18",
            "lead_auditor": "cl.vien",
            "clauses": "4; 8.5.1",
        },
        {"code": "ĐG-02", "unit_code": "MA", "planned_on": "2027-03-01"},
    ],
    "nonconformities": [
        {
            "code": "NC-01",
            "unit_code": "VP",
            "source": "internal_audit",
            "audit_code": "ĐG-01",
            "procedure_code": "QT-01",
            "clause": "8.5.1",
            "grade": "minor",
            "statement": "Thiếu phiếu kiểm soát",
            "raised_on": "2026-09-18",
            "response_due_on": "2026-10-02",
            "responded_on": "2026-10-01",
            "due_on": "2026-10-20",
            "moved_to": "2026-11-10",
            "moved_on": "2026-10-10",
            "correction": "Đã bổ sung",
            "root_cause": "Chưa phân công",
            "effect_due_on": "2026-12-01",
        },
        {
            "code": "NC-02",
            "unit_code": "VP",
            "grade": "major",
            "statement": "Quá hạn",
            "raised_on": "2026-02-01",
            "response_due_on": "2026-02-10",
            "due_on": "2026-03-01",
            "verified_on": "2026-03-05",
            "closed_on": "2026-05-01",
            "reopened_on": "2026-04-01",
        },
    ],
    "nonconformity_events": [
        {"nonconformity_code": "NC-02", "event": "closed", "on": "2026-03-05"},
        {"nonconformity_code": "NC-02", "event": "reopened", "on": "2026-04-01"},
        {"nonconformity_code": "NC-02", "event": "closed", "on": "2026-05-01"},
    ],
    "actions": [
        {"nonconformity_code": "NC-01", "number": "1", "description": "Lập phiếu", "owner": "vp.truong", "due_on": "2026-10-15"},
        {
            "nonconformity_code": "NC-01",
            "number": "2",
            "description": "Tập huấn",
            "owner": "Bộ phận một cửa",
            "due_on": "2026-10-15",
            "completed_on": "2026-10-14",
        },
    ],
    "reviews": [{"unit_code": "MA", "held_on": "2026-01-20", "minutes": "12/BB"}],
}


def read_workbook(
    data: bytes, sheets: Sequence[Sheet] = SHEETS, later: Collection[str] = LATER
) -> tuple[Register, list[Problem]]:
    """The workbook as it is read with all sheets."""
    reading = workbook.read_workbook(data, sheets, later)
    return reading.register, reading.problems


def office_rows() -> Rows:
    """The office, to be changed by a test."""
    return copy.deepcopy(OFFICE)


def workbook_of(sheets: Mapping[str, Iterable[Mapping[str, Any]]]) -> bytes:
    """The rows as a workbook; each sheet has the columns that its rows name."""
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        listed = list(rows)
        columns = list(dict.fromkeys(column for row in listed for column in row))
        page = book.create_sheet(name)
        page.append(columns)
        for row in listed:
            page.append([row.get(column) for column in columns])
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()
