"""Random offices: what went in comes out, whatever it is, and what came out changes nothing; the same after corrections."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from nonconformities.models import EventKind, NonconformityState
from qms.accounts.permissions import Role
from qms.imports.exporting import export_workbook, register_rows
from qms.imports.refused import Problems
from qms.imports.takeover import take_over
from qms.imports.world import as_read
from qms.imports.writer import write_workbook
from qms.kernel.db import db
from qms.kernel.language import LANGUAGES
from qms.sheets.columns import Column, GivenRole, Kind
from tests.imports.registers_of_an_office import SHEETS
from tests.office import Office, moment_of

Values = dict[str, Any]
_START = date(2025, 1, 1)
_TEXTS = ("Quy trình hộ tịch", "=1+1", "'01", "ế ợ ữ ằ ẵ Đ\nhai dòng", "_x000D_", "-", "1,5", "có", "01")
_CLAUSES = ("4", "7.5", "8.5.1", "9.2", "10.3")
_BY_NAME = {sheet.name: sheet for sheet in SHEETS}


def _value(dice: random.Random, column: Column) -> object:
    if not column.required and dice.random() < 0.4:
        return column.empty
    simple: dict[Kind, Any] = {
        Kind.TEXT: lambda: dice.choice(_TEXTS),
        Kind.NUMBER: lambda: f"{dice.randrange(99):02}/QĐ",
        Kind.DAY: lambda: _START + timedelta(days=dice.randrange(700)),
        Kind.YES_NO: lambda: dice.random() < 0.5,
        Kind.DECIMAL: lambda: Decimal(dice.randrange(100)) / 4,
        Kind.CHOICE: lambda: dice.choice(column.choices),
        Kind.CLAUSE: lambda: dice.choice(_CLAUSES),
        Kind.CLAUSES: lambda: tuple(dict.fromkeys(dice.choices(_CLAUSES, k=2))),
        Kind.CODES: lambda: tuple(dict.fromkeys(f"1.{dice.randrange(9)}" for _ in range(3))),
    }
    return simple[column.kind]() if column.kind in simple else column.empty


def _rows(dice: random.Random, sheet: str, count: int, fixed: Any) -> list[Values]:
    made = {}
    for number in range(count):
        given = fixed(number)
        row = {column.name: given.get(column.name, _value(dice, column)) for column in _BY_NAME[sheet].columns} | given
        made[tuple(row[name] for name in _BY_NAME[sheet].key)] = row
    return list(made.values())


def _office(dice: random.Random) -> dict[str, list[Values]]:
    units = [f"U{number}" for number in range(6)]
    people = [f"nguoi.{number}" for number in range(4)]
    owned = {f"QT-{number}": dice.choice(units) for number in range(6)}
    findings = [f"NC-{number}" for number in range(8)]

    def unit(number: int) -> Values:
        return {
            "code": units[number],
            "agency": number == 0 or dice.random() < 0.3,
            "parent_code": units[dice.randrange(number)] if number else None,
            "successor_code": units[dice.randrange(number)] if number and dice.random() < 0.3 else None,
            "in_scope_from": _START,
            "in_scope_to": None if dice.random() < 0.7 else _START + timedelta(days=dice.randrange(500)),
        }

    def person(number: int) -> Values:
        roles = {GivenRole(dice.choice(list(Role)).value, dice.choice([None, *units])) for _ in range(2)}
        return {"username": people[number], "unit_code": dice.choice(units), "roles": tuple(roles)}

    def finding(number: int) -> Values:
        raised = _START + timedelta(days=dice.randrange(400))
        procedure = dice.choice([*owned, None])
        closed = dice.choice([None, raised + timedelta(days=dice.randrange(200))])
        moved = dice.choice([None, raised + timedelta(days=dice.randrange(90))])
        return {
            "code": findings[number],
            "unit_code": owned[procedure] if procedure else dice.choice(units),
            "procedure_code": procedure,
            "audit_code": dice.choice([None, "ĐG-0"]),
            "raised_on": raised,
            "responded_on": dice.choice([None, raised + timedelta(days=5)]),
            "moved_on": moved,
            "moved_to": None if moved is None else moved + timedelta(days=dice.randrange(90)),
            "closed_on": closed,
            "reopened_on": None if closed is None else dice.choice([None, closed + timedelta(days=dice.randrange(3))]),
        }

    def action(number: int) -> Values:
        owner = dice.choice([*people, "Bộ phận một cửa", None])
        return {
            "nonconformity_code": dice.choice(findings),
            "number": f"{number:02}",
            "owner": owner,
            "moved_to": None,
            "moved_on": None,
        }

    return {
        "units": _rows(dice, "units", 6, unit),
        "people": _rows(dice, "people", 4, person),
        "services": _rows(dice, "services", 6, lambda n: {"unit_code": dice.choice(units), "code": f"1.{n}", "valid_to": None}),
        "procedures": _rows(
            dice, "procedures", 6, lambda n: {"unit_code": owned[f"QT-{n}"], "code": f"QT-{n}", "withdrawn_on": None}
        ),
        "procedure_units": _rows(
            dice,
            "procedure_units",
            3,
            lambda n: {"unit_code": owned[f"QT-{n}"], "procedure_code": f"QT-{n}", "applies_to": dice.choice(units), "to": None},
        ),
        "audits": _rows(
            dice,
            "audits",
            4,
            lambda n: {
                "code": f"ĐG-{n}",
                "unit_code": dice.choice(units),
                "started_on": None,
                "lead_auditor": dice.choice([*people, None]),
            },
        ),
        "nonconformities": _rows(dice, "nonconformities", 8, finding),
        "actions": _rows(dice, "actions", 12, action),
        "announcements": _rows(dice, "announcements", 2, lambda n: {"unit_code": "U0", "number": f"0{n}", "revoked_on": None}),
        "reviews": _rows(dice, "reviews", 3, lambda n: {"unit_code": "U0"}),
    }


def _as_text(rows: list[Values]) -> list[Values]:
    return [
        {name: tuple(str(role) for role in value) if name == "roles" else value for name, value in row.items()} for row in rows
    ]


def goes_round(seed: int) -> None:
    """Takes an office of chance over, twice, and back out again."""
    dice = random.Random(seed)
    # the keys are the same each time, so the second office corrects the first; a review of another day is one more
    for turn in range(2):
        office = _office(dice)
        try:
            take_over(write_workbook(SHEETS, office, LANGUAGES[turn]), moment_of(), sheets=SHEETS)
        except Problems as problems:
            pytest.fail("\n".join(str(problem) for problem in problems.found))
        there = {sheet.name: list(rows) for sheet, rows in register_rows(moment_of(), SHEETS)}
        for name, rows in office.items():
            sheet = _BY_NAME[name]
            found = {tuple(row[part] for part in sheet.key): row for row in there[name]}
            for row in _as_text(rows):
                assert found[tuple(row[part] for part in sheet.key)] == as_read(sheet, row)
        spoken = dice.choice(LANGUAGES)
        again = take_over(export_workbook(moment_of(), SHEETS, spoken), moment_of(), sheets=SHEETS)
        assert (again.new, again.changed) == (0, 0)


@pytest.mark.parametrize("seed", range(12))
def test_what_went_in_comes_out_and_changes_nothing_also_after_corrections(app: Flask, seed: int) -> None:
    goes_round(seed)


def test_what_went_in_comes_out_on_every_database(any_app: Flask) -> None:
    goes_round(12)


def test_records_made_in_the_system_come_out_and_change_nothing(office: Office) -> None:
    agency = office.agency("MA")
    unit = office.unit("VP", parent=agency, name="Văn  phòng ")
    person = office.person("vp.truong", unit=unit, role=Role.UNIT_HEAD)
    office.grant(person, Role.STAFF, agency, valid_to=date(2026, 1, 1))
    office.grant(person, Role.AUDITOR, agency)
    office.announcement(agency)
    office.review(agency)
    office.application(office.procedure(agency, services="1.1;2.2"), unit)
    office.audit(unit, reported_on=date(2026, 9, 18), lead_auditor_id=person.id)
    closed = office.nonconformity(unit, "NC-1", state=NonconformityState.CLOSED)
    for event, day in ((EventKind.CLOSED, 1), (EventKind.REOPENED, 2), (EventKind.CLOSED, 2), (EventKind.CLOSED, 9)):
        office.event(closed, event, date(2026, 6, day))
    acting = office.nonconformity(unit, "NC-2", state=NonconformityState.ACTING)
    office.response(acting, date(2026, 3, 9))
    office.action(acting, owner_id=person.id)
    db.session.rollback()
    for language in LANGUAGES:
        exported = export_workbook(moment_of(), SHEETS, language)
        result = take_over(exported, moment_of(), sheets=SHEETS)
        assert (result.new, result.changed, result.unchanged) == (0, 0, 15), language
