"""The search finds across everything a person may see, and nothing beyond."""

from collections.abc import Callable

import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.units.models import Unit
from tests.office import Office
from tests.statements import asked_again

SEARCHED = {"organisation", "procedures", "nonconformities", "audits"}


@pytest.fixture
def reader(office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> FlaskClient:
    """Somebody of a ward; the ward beside it has the same things."""
    for code in ("P1", "P2"):
        ward = office.agency(code, name=f"Phường Hộ Tịch {code}", name_en=f"Ward {code}")
        office.procedure(ward, f"QT-{code}", title=f"Quy trình hộ tịch {code}")
        office.nonconformity(ward, f"NC-{code}", statement=f"Sổ hộ tịch {code} thiếu chữ ký")
        office.audit(ward, f"ĐG-{code}")
        if code == "P1":
            office.person("xem", unit=ward, role=Role.READER)
    sign_in(client, "xem")
    return client


@pytest.mark.parametrize("text", ["ho tich", "Hộ tịch", "HO TICH", "tich ho", "  ho   tich "])
def test_marks_case_and_order_are_not_needed(reader: FlaskClient, text: str) -> None:
    page = reader.get("/search", query_string={"q": text}).text
    for title in ("Quy trình hộ tịch P1", "Phường Hộ Tịch P1", "Sổ hộ tịch P1"):
        assert title in page


def test_what_lies_elsewhere_is_not_found(reader: FlaskClient) -> None:
    page = reader.get("/search?q=P2").text
    for title in ("QT-P2", "NC-P2", "ĐG-P2", "Hộ Tịch P2"):
        assert title not in page
    assert "NC-P1" in reader.get("/search?q=P1").text


def test_every_hit_leads_to_its_page(app: Flask, reader: FlaskClient) -> None:
    page = reader.get("/search?q=p1").text
    addresses = {part.split('"')[0] for part in page.split('class="what-title" href="')[1:]}
    assert len(addresses) == 4
    assert {reader.get(address).status_code for address in addresses} == {200}


def test_one_letter_finds_nothing_and_says_why(reader: FlaskClient) -> None:
    for text in ("", "p", "  p  "):
        page = reader.get("/search", query_string={"q": text})
        assert page.status_code == 200
        assert "NC-P1" not in page.text


@pytest.mark.parametrize("text", ["%%", "__", "\\\\", "' OR 1=1 --", '"><script>', "\x00\x00a", "a" * 5000])
def test_no_text_is_a_pattern_or_a_statement(reader: FlaskClient, text: str) -> None:
    page = reader.get("/search", query_string={"q": text})
    assert page.status_code == 200
    assert "NC-P1" not in page.text
    assert "<script>" not in page.text.replace("<script src", "")


def test_what_has_the_typed_marks_comes_first(office: Office, reader: FlaskClient) -> None:
    ward = office.agency("P3")
    office.person("xem3", unit=ward, role=Role.READER)
    office.procedure(ward, "A", title="Quy trình hoa màu")
    office.procedure(ward, "B", title="Quy trình hóa đơn")
    client = reader.application.test_client()
    client.post("/sign-out")
    assert client.post("/sign-in", data={"username": "xem3", "password": "mat khau de thu"}).status_code in {302, 303}
    page = client.get("/search", query_string={"q": "hóa"}).text
    assert page.index("hóa đơn") < page.index("hoa màu")
    page = client.get("/search", query_string={"q": "hoa"}).text
    assert page.index("hoa màu") < page.index("hóa đơn")


def test_more_hits_ask_no_more_statements(office: Office, reader: FlaskClient) -> None:
    def count() -> int:
        return len(asked_again(reader, "/search?q=ho"))

    few = count()
    ward = db.session.scalars(select(Unit).where(Unit.code == "P1")).one()
    for number in range(9):
        unit = office.unit(f"HO{number}", parent=ward, name=f"Hộ {number}")
        office.procedure(unit, title="Hộ khẩu")
        office.nonconformity(unit, statement="Hộ nghèo")
        office.audit(unit, f"HO-{number}")
    assert count() == few


def test_the_field_in_the_top_bar_leads_here(app: Flask, reader: FlaskClient) -> None:
    with app.test_request_context():
        address = url_for("search.show")
    assert f'role="search" action="{address}"' in reader.get("/").text


def test_a_stranger_is_sent_to_the_door(client: FlaskClient) -> None:
    assert client.get("/search?q=ho").status_code == 302


def test_the_features_with_pages_of_records_are_searched(app: Flask) -> None:
    missing = SEARCHED - {feature.name for feature in house().features if feature.search is not None}
    assert not missing
