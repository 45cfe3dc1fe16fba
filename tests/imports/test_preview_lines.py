"""The preview says of every record what would become of it: key, column, old and new; and gives all of it as a file."""

import io

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from qms.imports.changes import lines
from qms.imports.takeover import check, take_over
from qms.kernel.language import force_locale
from tests.conftest import SignIn
from tests.imports.registers_of_an_office import OFFICE, SHEETS, office_rows, workbook_of
from tests.imports.test_takeover_pages import token_of, upload
from tests.office import Office, moment_of


@pytest.fixture
def changed(app: Flask) -> bytes:
    """The office taken over, and its workbook with another first day of a service, another grade, and a new unit."""
    with force_locale("en"):
        take_over(workbook_of(OFFICE), moment_of(), sheets=SHEETS)
    rows = office_rows()
    rows["services"][0]["valid_from"] = "2025-09-01"
    rows["nonconformities"][0]["grade"] = "major"
    rows["units"].append({**rows["units"][1], "code": "KT", "name": "Phòng Kinh tế"})
    return workbook_of(rows)


def test_each_change_is_shown_with_key_column_old_and_new(changed: bytes) -> None:
    with force_locale("vi"):
        told = [
            (line.sheet.name, line.key, line.column.name if line.column else None, line.before, line.after)
            for line in lines(check(changed, moment_of(), SHEETS))
        ]
    first_day = OFFICE["services"][0]
    assert told == [
        ("services", f"{first_day['unit_code']}, {first_day['code']}", "valid_from", "01/07/2025", "01/09/2025"),
        ("nonconformities", "NC-01", "grade", "nhẹ", "nặng"),
        ("units", "KT", None, "", "Phòng Kinh tế, Phòng chuyên môn"),
    ]


def test_the_page_shows_them_and_the_file_holds_them_all(
    app: Flask, client: FlaskClient, office: Office, sign_in: SignIn, changed: bytes
) -> None:
    root = office.unit("GOC")
    office.person("quan.tri", unit=root, role=Role.ADMINISTRATOR, language="en")
    office.person("quan.tri.2", unit=root, role=Role.ADMINISTRATOR, language="en")
    sign_in(client, "quan.tri")
    status, page = upload(client, workbook_of({"units": [{"code": "GOC", "name": "Trung tâm mới"}]}))
    assert status == 200 and "Trung tâm mới" in page and "Line by line" in page
    address = "/registers/take-over/changes.xlsx"
    response = client.get(address, query_string={"token": token_of(page)})
    assert response.status_code == 200
    rows = list(openpyxl.load_workbook(io.BytesIO(response.data)).worksheets[0].values)
    assert ("Units", 2, "GOC", "Unit name", "Đơn vị GOC", "Trung tâm mới") in [row[:6] for row in rows]
    client.post("/sign-out")
    sign_in(client, "quan.tri.2")
    for token in (token_of(page), "", "x"):
        assert client.get(address, query_string={"token": token}).status_code == 302, "nobody else sees a workbook of somebody"
