"""What another agency holds is not told by a workbook: whatever stands behind a key or a reference, the answer is the same."""

import io
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from nonconformities.models import Action
from qms.accounts.models import Person
from qms.imports.refused import Problems
from qms.imports.result import problems_as_dict
from qms.imports.takeover import take_over
from qms.kernel.db import db
from qms.sheets.columns import Kind
from tests.conftest import SignIn
from tests.imports.registers_of_an_office import OFFICE, SHEETS, Rows, workbook_of
from tests.office import Office, moment_of, past_the_trail

_CODES = {
    "MA": "@B",
    "VP": "@V",
    "TYT": "@T",
    "TH": "@H",
    "vp.truong": "@.truong",
    "cl.vien": "@.vien",
    "QT-01": "QT-@",
    "1.000001": "1.@",
    "ĐG-01": "ĐG-@1",
    "ĐG-02": "ĐG-@2",
    "NC-01": "NC-@1",
    "NC-02": "NC-@2",
}
_NAMED = re.compile("|".join(rf"(?<![\w.]){re.escape(code)}(?![\w.])" for code in sorted(_CODES, key=len, reverse=True)))
THERE, NOWHERE = "khac", "ngoai"
"""Letters of the other agency, and of one that does not exist."""
PERSONAL = {("audits", "lead_auditor"), ("actions", "owner")}
REFERENCES = sorted(
    {(sheet.name, column.name) for sheet in SHEETS for column in sheet.columns if column.refers_to is not None} | PERSONAL
)


def named(value: Any, letters: str) -> Any:
    """The same value with codes and user names of another agency."""
    return _NAMED.sub(lambda found: _CODES[found[0]].replace("@", letters), value) if isinstance(value, str) else value


def of(letters: str) -> Rows:
    return {
        sheet: [{name: named(value, letters) for name, value in row.items()} for row in rows] for sheet, rows in OFFICE.items()
    }


@pytest.fixture
def agencies(app: Flask, office: Office) -> Person:
    """Two agencies, each with every register, and the quality officer of one of them."""
    root = {"code": "GOC", "name": "Tỉnh", "kind": "province", "agency": "yes", "exclusion_reason": "Chưa có"}
    for rows in (OFFICE, of(THERE)):
        top = {**rows["units"][0], "parent_code": "GOC"}
        take_over(workbook_of(rows | {"units": [root, top, *rows["units"][1:]]}), moment_of(), sheets=SHEETS)
    return db.session.scalars(select(Person).where(Person.username == "cl.vien")).one()


def answer(rows: Mapping[str, Any], person: Person, letters: str, *, dry_run: bool = True) -> str:
    try:
        told = take_over(workbook_of(rows), moment_of(person), dry_run=dry_run, sheets=SHEETS).as_dict()
    except Problems as problems:
        told = problems_as_dict(problems)
    db.session.rollback()
    return json.dumps(told, ensure_ascii=False, sort_keys=True).replace(letters, "…")


@pytest.mark.parametrize("sheet", [sheet.name for sheet in SHEETS])
def test_a_row_of_another_agency_is_answered_as_a_row_of_nobody(agencies: Person, sheet: str) -> None:
    columns = next(one for one in SHEETS if one.name == sheet)
    nobody = answer({sheet: of(NOWHERE)[sheet]}, agencies, NOWHERE)
    assert '"problems"' in nobody, "a row of nobody is taken over, so the comparison tells nothing"
    word_for_word = of(THERE)[sheet]
    assert answer({sheet: word_for_word}, agencies, THERE) == nobody
    text = next((one.name for one in columns.columns if one.kind is Kind.TEXT and one.name in word_for_word[0]), None)
    if text is not None:
        assert answer({sheet: [{**row, text: "Khác hẳn"} for row in word_for_word]}, agencies, THERE) == nobody
    assert answer({sheet: word_for_word}, agencies, THERE, dry_run=False) == nobody


@pytest.mark.parametrize(("sheet", "column"), REFERENCES)
def test_a_reference_to_another_agency_is_answered_as_one_to_nothing(agencies: Person, sheet: str, column: str) -> None:
    answers = {}
    for letters in (THERE, NOWHERE):
        rows = [dict(row) for row in OFFICE[sheet]]
        place = next((number for number, row in enumerate(rows) if row.get(column)), None)
        if place is None:  # the office leaves the column empty
            place, rows[0][column] = 0, f"{letters}V"
        else:
            rows[place][column] = named(rows[place][column], letters)
            assert rows[place] != OFFICE[sheet][place], f"{sheet}.{column} of the office has no code that could be another's"
        answers[letters] = answer({sheet: [rows[place]]}, agencies, letters)
    assert answers[THERE] == answers[NOWHERE]
    assert ('"problems"' in answers[THERE]) != ((sheet, column) == ("actions", "owner")), "a free name is kept as text"


def test_an_owner_out_of_reach_is_a_name_and_no_person(agencies: Person) -> None:
    action = {**OFFICE["actions"][0], "owner": f"{THERE}.truong"}
    assert '"changed": 1' in answer({"actions": [action]}, agencies, THERE, dry_run=False)
    owners = db.session.scalars(select(Person.username).join(Action, Action.owner_id == Person.id)).all()
    assert owners == [f"{THERE}.truong"]  # the other agency's own action, and not ours


def test_the_page_answers_the_same(agencies: Person, client: FlaskClient, sign_in: SignIn, office: Office) -> None:
    told = []
    with past_the_trail():
        office_person = db.session.get_one(Person, agencies.id)
        office_person.password_hash = office.person("mau", unit=office_person.unit).password_hash
    sign_in(client, "cl.vien")
    for letters in (THERE, NOWHERE):
        book = workbook_of({"people": of(letters)["people"], "nonconformities": of(letters)["nonconformities"]})
        response = client.post("/registers/take-over", data={"workbook": (io.BytesIO(book), "so.xlsx")})
        assert response.status_code == 422
        table = re.search(r"<tbody>.*</tbody>", response.text, re.DOTALL)
        assert table is not None
        told.append(table[0].replace(letters, "…"))
    assert told[0] == told[1]
