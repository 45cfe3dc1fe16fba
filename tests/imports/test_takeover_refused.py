"""What a workbook may not say: each a clear sentence, all at once, and nothing is written."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.imports.exporting import register_rows
from qms.imports.refused import Problems
from qms.imports.result import problems_as_dict
from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.kernel.language import force_locale
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from tests.imports.registers_of_an_office import OFFICE, SHEETS, Rows, office_rows, workbook_of
from tests.office import moment_of, past_the_trail


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with force_locale("en"):
        yield


def refused(rows: Rows, moment: Any = None) -> set[tuple[str, int | None, str | None]]:
    before = db.session.scalar(select(func.count()).select_from(TrailEntry))
    with pytest.raises(Problems) as caught:
        take_over(workbook_of(rows), moment or moment_of(), sheets=SHEETS)
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(TrailEntry)) == before
    for problem in caught.value.found:
        assert str(problem.wrong).endswith(".") and str(problem.allowed).endswith(".")
    return {(problem.sheet, problem.row, problem.column) for problem in caught.value.found}


def change(sheet: str, place: int, **values: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[sheet][place].update(values)


def add(sheet: str, **values: Any) -> Callable[[Rows], None]:
    return lambda rows: rows[sheet].append(values)


@pytest.mark.parametrize(
    ("spoil", "place"),
    [
        (change("audits", 0, unit_code="XX"), ("audits", 2, "unit_code")),
        (change("units", 1, in_scope_from="2026-02-30"), ("units", 3, "in_scope_from")),
        (change("nonconformities", 0, closed_on="2026-09-01"), ("nonconformities", 2, "closed_on")),
        (add("audits", code="ĐG-01", unit_code="VP", planned_on="2026-01-01"), ("audits", 4, "code")),
        (change("people", 0, unit_code=None), ("people", 2, "unit_code")),
        (change("people", 0, unit_code="XX"), ("people", 2, "unit_code")),
        (change("people", 0, roles="staff@XX"), ("people", 2, "roles")),
        (change("units", 0, parent_code="VP"), ("units", 2, "parent_code")),
        (change("units", 1, successor_code="TYT"), ("units", 3, "successor_code")),
        (change("units", 1, successor_code="VP"), ("units", 3, "successor_code")),
        (change("units", 0, agency="no"), ("announcements", 2, "unit_code")),
        (change("reviews", 0, unit_code="VP"), ("reviews", 2, "unit_code")),
        (change("audits", 0, lead_auditor="nobody"), ("audits", 2, "lead_auditor")),
        (change("audits", 0, clauses="4.1;11.9"), ("audits", 2, "clauses")),
        (change("nonconformities", 0, audit_code="ĐG-99"), ("nonconformities", 2, "audit_code")),
        (change("nonconformities", 1, procedure_code="QT-99"), ("nonconformities", 3, "procedure_code")),
        (change("nonconformities", 0, unit_code="TH"), ("nonconformities", 2, "procedure_code")),
        (change("nonconformities", 1, closed_on="2026-05-02"), ("nonconformities", 3, "closed_on")),
        (change("nonconformities", 1, reopened_on=None), ("nonconformities", 3, "reopened_on")),
        (change("procedure_units", 0, procedure_code="QT-99"), ("procedure_units", 2, "procedure_code")),
        (change("actions", 0, nonconformity_code="NC-99"), ("actions", 2, "nonconformity_code")),
        (change("units", 3, exclusion_reason=None), ("units", 5, "exclusion_reason")),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_written(
    spoil: Callable[[Rows], None], place: tuple[str, int | None, str | None]
) -> None:
    rows = office_rows()
    spoil(rows)
    assert place in refused(rows)
    assert db.session.scalar(select(func.count()).select_from(Unit)) == 0


def test_all_problems_are_told_together_and_for_programs() -> None:
    rows = office_rows()
    change("audits", 0, unit_code="XX", clauses="99")(rows)
    change("units", 1, in_scope_from="2026-02-30")(rows)
    change("people", 1, full_name=None)(rows)
    with pytest.raises(Problems) as caught:
        take_over(workbook_of(rows), moment_of(), sheets=SHEETS)
    told = problems_as_dict(caught.value)["problems"]
    assert [(one["sheet"], one["row"], one["column"]) for one in told] == [
        ("units", 3, "in_scope_from"),
        ("people", 3, "full_name"),
        ("audits", 2, "unit_code"),
        ("audits", 2, "clauses"),
    ]
    assert 'There is no unit "XX".' in told[2]["wrong"]


def test_an_end_before_a_start_that_is_already_here_is_refused() -> None:
    take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS)
    assert refused({"units": [{"code": "VP", "in_scope_to": "2025-01-01"}]}) == {("units", 2, "in_scope_to")}


def test_an_agency_with_announcements_stays_one() -> None:
    take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS)
    assert refused({"units": [{"code": "MA", "agency": "no"}]}) == {("units", 2, "agency")}


def test_a_closing_that_only_the_events_tell_contradicts_the_row_that_is_here() -> None:
    take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS)
    events = [{"nonconformity_code": "NC-02", "event": "closed", "on": "2026-06-01"}]
    assert refused({"nonconformity_events": events}) == {("nonconformity_events", 2, "closed_on")}


def test_nobody_takes_over_for_units_out_of_reach_or_grants_roles_there() -> None:
    take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS)
    with past_the_trail():
        person = db.session.scalars(select(Person).where(Person.username == "vp.truong")).one()
        db.session.add(Grant(person=person, role=Role.QUALITY_OFFICER, unit_id=person.unit_id))
    person = db.session.scalars(select(Person).where(Person.username == "vp.truong")).one()
    moment = moment_of(person)
    for code in ("MA", "XX"):  # a unit out of reach is answered as one that is not there
        elsewhere = {"code": code, "name": "Tên khác", "kind": "commune", "exclusion_reason": "Chưa có"}
        assert refused({"units": [elsewhere]}, moment) == {("units", 2, "code")}
    for code in ("MA", "XX"):
        person_there = [{"username": "vp.truong", "roles": f"administrator@{code}"}]
        assert refused({"people": person_there}, moment) == {("people", 2, "roles")}
    assert take_over(workbook_of({"units": [{"code": "VP", "name": "Tên khác"}]}), moment, sheets=SHEETS).changed == 1
    new = {"code": "VP1", "name": "Tổ một cửa", "kind": "department", "parent_code": "VP", "in_scope_from": "2026-01-01"}
    assert take_over(workbook_of({"units": [new]}), moment, sheets=SHEETS).new == 1
    exported = {sheet.name: list(rows) for sheet, rows in register_rows(moment, SHEETS)}
    assert [unit["code"] for unit in exported["units"]] == ["VP", "VP1"]
    assert {row["nonconformity_code"] for row in exported["actions"]} == {"NC-01"}
