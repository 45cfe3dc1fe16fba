"""The pages of the calendar, through the front door."""

from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.permissions import Role
from qms.kernel.days import WorkingDays
from qms.kernel.db import db
from qms.workdays.models import SpecialDay
from tests.conftest import SignIn
from tests.office import Office

FREE = next(day for ahead in range(400) if WorkingDays().is_working_day(day := date.today() + timedelta(days=ahead + 1)))  # noqa: DTZ011
"""A working day that comes."""
WORKED = next(day for ahead in range(9) if (day := FREE + timedelta(days=ahead)).weekday() == 6)
"""A Sunday that comes."""


@pytest.fixture(autouse=True)
def people(office: Office) -> None:
    top = office.agency("PHUONG")
    office.person("officer", unit=top, role=Role.QUALITY_OFFICER)
    office.person("staff", unit=top, role=Role.STAFF)
    office.person("below", unit=office.unit("VH", parent=top))
    office.grant(office.person("part", unit=top), Role.QUALITY_OFFICER, office.unit("KT", parent=top))


def typed(day: date) -> str:
    return day.strftime("%d/%m/%Y")


@pytest.mark.parametrize("who", ["officer", "staff", "below", "part"])
def test_everybody_who_signed_in_reads_the_year(client: FlaskClient, sign_in: SignIn, who: str) -> None:
    sign_in(client, who)
    page = client.get("/workdays?year=2027")
    assert page.status_code == 200
    assert "Tết Nguyên Đán" in page.text and "04/02/2027" in page.text
    assert ("/workdays/swap" in page.text) is (who == "officer")
    assert client.get("/workdays?year=90000").status_code == 200


@pytest.mark.parametrize("path", ["swap", "new", "list", "2027-01-09/remove"])
def test_only_who_may_edit_opens_the_forms(client: FlaskClient, sign_in: SignIn, path: str) -> None:
    assert client.get(f"/workdays/{path}").status_code == 302
    sign_in(client, "staff")
    assert client.get(f"/workdays/{path}").status_code == 403
    assert client.post(f"/workdays/{path}").status_code == 403
    sign_in(client, "officer")
    assert client.get(f"/workdays/{path}").status_code == (404 if "remove" in path else 200)


def test_a_swap_goes_through_the_page_and_comes_out_again(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "officer")
    data = {"free_on": typed(FREE), "worked_on": typed(WORKED), "title": "Hoán đổi", "reason": "12/TB"}
    answer = client.post("/workdays/swap", data=data)
    assert answer.status_code == 303, answer.text
    assert "Hoán đổi" in client.get(f"/workdays?year={FREE.year}").text
    again = client.post("/workdays/swap", data=data)
    assert again.status_code == 409
    assert "Hoán đổi" in again.text, "what was typed is kept"
    assert client.post(f"/workdays/{FREE.isoformat()}/remove", data={"reason": "Nhầm"}).status_code == 303
    assert db.session.scalars(select(SpecialDay.day)).all() == [WORKED]


def test_a_list_with_mistakes_comes_back_with_all_of_them(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "officer")
    text = f"{typed(FREE)}; nghỉ; Hoán đổi\n32/01/2027; nghỉ; Sai\n{typed(WORKED)}; nghỉ; Chủ nhật"
    answer = client.post("/workdays/list", data={"text": text, "reason": "12/TB"})
    assert answer.status_code == 409
    assert "32/01/2027; nghỉ; Sai" in answer.text
    assert answer.text.count("<li>") >= 2
    assert client.post("/workdays/list", data={"text": text.splitlines()[0], "reason": "12/TB"}).status_code == 303
    assert db.session.scalars(select(SpecialDay.day)).all() == [FREE]


def test_one_day_goes_through_the_page(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "officer")
    assert client.post("/workdays/new", data={"day": typed(FREE), "working": "free"}).status_code == 422
    data = {"day": typed(FREE), "working": "free", "title": "Lễ hội làng", "reason": "5/QĐ"}
    assert client.post("/workdays/new", data=data).status_code == 303
    assert not db.session.scalars(select(SpecialDay.working)).one()


def test_who_reaches_only_a_part_is_told_why(client: FlaskClient, sign_in: SignIn) -> None:
    sign_in(client, "part")
    assert "aria-disabled" in client.get("/workdays").text
    data = {"day": typed(FREE), "working": "free", "title": "Lễ hội làng", "reason": "5/QĐ"}
    assert client.post("/workdays/new", data=data).status_code == 409
    assert not db.session.scalars(select(SpecialDay)).all()
