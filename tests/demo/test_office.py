"""The registers of the demo office are in order as they stand, on whatever day it is loaded."""

from collections import Counter
from datetime import date, timedelta

import pytest

from qms.demo.office import register
from qms.kernel.days import add_months, is_public_working_day
from tests.imports.registers_of_an_office import SHEETS

DAYS = (date(2026, 11, 23), date(2027, 1, 1), date(2027, 3, 28), date(2027, 3, 31), date(2028, 2, 29), date(2029, 3, 1))
"""Ordinary days, a leap day, and two on which no office works: New Year and a Sunday."""

Rows = dict[str, list[dict[str, object]]]

SINGLE_REFERENCES = (
    ("units", "parent_code", "units", "code"),
    ("units", "successor_code", "units", "code"),
    ("people", "unit_code", "units", "code"),
    ("services", "unit_code", "units", "code"),
    ("procedures", "unit_code", "units", "code"),
    ("procedure_units", "applies_to", "units", "code"),
    ("audits", "unit_code", "units", "code"),
    ("audits", "lead_auditor", "people", "username"),
    ("nonconformities", "unit_code", "units", "code"),
    ("nonconformities", "audit_code", "audits", "code"),
    ("nonconformity_events", "nonconformity_code", "nonconformities", "code"),
    ("actions", "nonconformity_code", "nonconformities", "code"),
    ("actions", "owner", "people", "username"),
)


@pytest.fixture(params=DAYS, ids=str)
def today(request: pytest.FixtureRequest) -> date:
    day: date = request.param
    return day


@pytest.fixture
def rows(today: date) -> Rows:
    return register(today)


def day(row: dict[str, object], column: str) -> date | None:
    value = row.get(column)
    assert value is None or isinstance(value, date), (column, value)
    return value


def test_every_column_belongs_to_its_sheet_and_the_required_ones_are_filled(rows: Rows) -> None:
    sheets = {sheet.name: sheet for sheet in SHEETS}
    for name, found in rows.items():
        columns = {column.name: column for column in sheets[name].columns}
        for row in found:
            assert set(row) <= set(columns), f"{name}: {set(row) - set(columns)}"
            empty = [column.name for column in columns.values() if column.required and row.get(column.name) in {None, ""}]
            assert not empty, f"{name}: {row} lacks {empty}"


def test_every_key_is_there_once(rows: Rows) -> None:
    for sheet in SHEETS:
        keys = Counter(tuple(row[column] for column in sheet.key) for row in rows.get(sheet.name, []))
        assert not [key for key, count in keys.items() if count > 1], sheet.name


def test_every_reference_resolves(rows: Rows) -> None:
    for sheet, column, other, key in SINGLE_REFERENCES:
        known = {row[key] for row in rows[other]}
        named = {row[column] for row in rows[sheet] if row.get(column) is not None}
        assert named <= known, f"{sheet}.{column}: {named - known}"
    procedures = {(row["unit_code"], row["code"]) for row in rows["procedures"]}
    assert {(row["unit_code"], row["procedure_code"]) for row in rows["procedure_units"]} <= procedures


def test_nobody_leads_the_audit_of_the_own_unit(rows: Rows) -> None:
    home = {row["username"]: row["unit_code"] for row in rows["people"]}
    assert not [row["code"] for row in rows["audits"] if home[row["lead_auditor"]] == row["unit_code"]]


def test_what_happened_lies_in_the_past_and_in_its_order(rows: Rows, today: date) -> None:
    orders = {
        "audits": ("started_on", "reported_on"),
        "nonconformities": ("raised_on", "responded_on", "verified_on", "closed_on"),
        "announcements": ("announced_on", "revoked_on"),
        "procedures": ("issued_on", "effective_on", "withdrawn_on"),
    }
    for name, columns in orders.items():
        for row in rows[name]:
            happened = [found for column in columns if (found := day(row, column)) is not None]
            assert all(found < today for found in happened), f"{name}: {row} lies ahead"
            assert happened == sorted(happened), f"{name}: {row}"


def test_a_nonconformity_was_raised_after_its_audit_was_reported(rows: Rows) -> None:
    audits = {row["code"]: row for row in rows["audits"]}
    for row in rows["nonconformities"]:
        if row["audit_code"] is None:
            continue
        audit, raised = audits[row["audit_code"]], day(row, "raised_on")
        reported = day(audit, "reported_on")
        assert audit["unit_code"] == row["unit_code"]
        assert raised is not None and reported is not None
        assert timedelta(0) <= raised - reported <= timedelta(days=60), row["code"]


def test_a_moved_day_counts_by_the_rule_of_the_evaluation(rows: Rows) -> None:
    moved = [row for name in ("nonconformities", "actions") for row in rows[name] if row.get("moved_to") is not None]
    assert moved
    for row in moved:
        due, approved, later = day(row, "due_on"), day(row, "moved_on"), day(row, "moved_to")
        assert due is not None and approved is not None and later is not None
        assert approved < due, row
        assert timedelta(days=1) <= later - due <= timedelta(days=60), row


def test_the_history_of_closings_ends_as_its_row_says(rows: Rows) -> None:
    assert rows["nonconformity_events"]
    for row in rows["nonconformities"]:
        events = [event for event in rows["nonconformity_events"] if event["nonconformity_code"] == row["code"]]
        for column, name in (("closed_on", "closed"), ("reopened_on", "reopened")):
            days = [found for event in events if event["event"] == name and (found := day(event, "on")) is not None]
            assert not days or max(days) == row[column], row["code"]


def test_the_office_has_two_years_behind_it(rows: Rows, today: date) -> None:
    scope = [found for row in rows["units"] if (found := day(row, "in_scope_from")) is not None]
    assert sum(found <= add_months(today, -25) for found in scope) >= 10
    reported = [found for row in rows["audits"] if (found := day(row, "reported_on")) is not None]
    assert sum(found < add_months(today, -12) for found in reported) >= 20


def test_each_story_is_told_with_all_its_parts(rows: Rows) -> None:
    for row in rows["nonconformities"]:
        assert row["statement"] and row["requirement"] and row["evidence"], row["code"]
        assert (row["responded_on"] is None) == (row["root_cause"] is None) == (row["correction"] is None), row["code"]
    statements = Counter(row["statement"] for row in rows["nonconformities"])
    assert max(statements.values()) == 1


def test_people_are_posts_with_their_title_as_name(rows: Rows) -> None:
    heads = ("Chánh", "Trưởng", "Giám đốc", "Chủ tịch", "Phó Chủ tịch", "Hiệu trưởng", "Thư ký", "Quản trị", "Công chức")
    assert all(str(row["full_name"]).startswith(heads) for row in rows["people"])


def test_every_day_is_one_on_which_an_office_works(rows: Rows) -> None:
    days = [
        (name, key, value)
        for name, found in rows.items()
        for row in found
        for key, value in row.items()
        if isinstance(value, date)
    ]
    assert len(days) > 200
    assert not [each for each in days if not is_public_working_day(each[2])]


def test_the_year_of_a_code_is_that_of_its_day(rows: Rows) -> None:
    for name, column in (("audits", "planned_on"), ("nonconformities", "raised_on")):
        for row in rows[name]:
            found = day(row, column)
            assert found is not None and str(row["code"]).split("-")[1] == str(found.year), row
