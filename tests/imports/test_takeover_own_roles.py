"""Whoever takes registers over gives roles to others, never to oneself."""

import pytest
from flask import Flask

from qms.accounts.actor import actor_of
from qms.accounts.permissions import Role
from qms.imports.refused import Problems
from qms.imports.takeover import take_over
from qms.kernel.moment import Moment
from tests.imports.registers_of_an_office import SHEETS, workbook_of
from tests.office import TODAY, Office


def _people(username: str, roles: str) -> bytes:
    return workbook_of({"people": [{"username": username, "full_name": "Thư ký ISO", "unit_code": "P", "roles": roles}]})


def test_own_roles_cannot_be_changed_by_an_import(app: Flask, office: Office) -> None:
    ward = office.agency("P")
    officer = office.person("thu.ky", unit=ward, role=Role.QUALITY_OFFICER, full_name="Thư ký ISO")
    office.person("chuyen.vien", unit=ward, role=Role.STAFF, full_name="Thư ký ISO")
    moment = office.moment()
    acting = Moment(actor_of(officer, TODAY), moment.instant)
    with pytest.raises(Problems) as refused:
        take_over(_people("thu.ky", "quality_officer;administrator"), acting, sheets=SHEETS)
    assert [(found.sheet, found.row, found.column) for found in refused.value.found] == [("people", 2, "roles")]
    assert take_over(_people("chuyen.vien", "auditor"), acting, sheets=SHEETS).changed == 1
    assert take_over(_people("thu.ky", "quality_officer"), acting, sheets=SHEETS).changed == 0


@pytest.mark.parametrize("new", [True, False])
def test_a_workbook_of_an_officer_makes_no_administrator_and_dismisses_none(app: Flask, office: Office, new: bool) -> None:
    ward = office.agency("P")
    officer = office.person("thu.ky", unit=ward, role=Role.QUALITY_OFFICER, full_name="Thư ký ISO")
    if not new:
        office.person("ban", unit=ward, role=Role.STAFF, full_name="Thư ký ISO")
    office.person("quan.tri", unit=ward, role=Role.ADMINISTRATOR, full_name="Thư ký ISO")
    acting = Moment(actor_of(officer, TODAY), office.moment().instant)
    for book in (_people("ban", "staff;administrator"), _people("quan.tri", "staff")):
        with pytest.raises(Problems) as refused:
            take_over(book, acting, sheets=SHEETS)
        assert [(found.sheet, found.row, found.column) for found in refused.value.found] == [("people", 2, "roles")]


def test_a_workbook_of_an_officer_sends_nobodys_links_for_a_password_elsewhere(app: Flask, office: Office) -> None:
    ward = office.agency("P")
    officer = office.person("thu.ky", unit=ward, role=Role.QUALITY_OFFICER)
    admin = office.person("quan.tri", unit=ward, role=Role.ADMINISTRATOR)
    office.person("truong.phong", unit=ward, role=Role.UNIT_HEAD, email="truong.phong@example.vn")
    instant = office.moment().instant
    book = workbook_of({"people": [{"username": "truong.phong", "email": "thu.ky@example.vn"}]})
    with pytest.raises(Problems) as refused:
        take_over(book, Moment(actor_of(officer, TODAY), instant), sheets=SHEETS)
    assert [(found.sheet, found.row, found.column) for found in refused.value.found] == [("people", 2, "email")]
    assert take_over(book, Moment(actor_of(admin, TODAY), instant), sheets=SHEETS).changed == 1
