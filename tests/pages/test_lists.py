"""What every list of records can do, shown on lists of the house."""

import csv
import re
from datetime import date
from io import BytesIO, StringIO

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from procedures.listing import LIST as PROCEDURES
from procedures.models import ProcedureKind
from qms.accounts.permissions import Role
from qms.kernel import paging
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.organisation.listing import LIST as UNITS
from qms.pages.lists import Asked
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.office import Office

TITLES = ("Đăng ký khai sinh", "Tiếp công dân", "Tờ khai")


@pytest.fixture
def reader(client: FlaskClient, office: Office, sign_in: SignIn) -> FlaskClient:
    """Somebody who reads everything of a ward with three procedures."""
    ward = office.agency("P1", name="Phường Một")
    office.procedure(ward, "QT-02", title="Đăng ký khai sinh", effective_on=date(2026, 3, 1))
    office.procedure(ward, "QT-01", title="Tiếp công dân", effective_on=date(2026, 1, 1), issue="=1+1")
    office.procedure(ward, "BM-01", title="Tờ khai", effective_on=date(2026, 2, 1), kind=ProcedureKind.FORM)
    office.person("doc", unit=ward, role=Role.READER)
    sign_in(client, "doc")
    return client


def order(text: str, *words: str) -> list[str]:
    """The words in the order in which they stand in the table."""
    table = text[text.index("<tbody>") :]
    return sorted(words, key=table.index)


@pytest.mark.parametrize(
    ("sort", "codes"),
    [
        ("", ["QT-01", "QT-02", "BM-01"]),
        ("effective", ["QT-01", "BM-01", "QT-02"]),
        ("-effective", ["QT-02", "BM-01", "QT-01"]),
        ("nothing", ["QT-01", "QT-02", "BM-01"]),
        ("issue", ["QT-01", "QT-02", "BM-01"]),
    ],
)
def test_a_list_is_sorted_by_the_columns_that_can_be_sorted(reader: FlaskClient, sort: str, codes: list[str]) -> None:
    text = reader.get("/procedures", query_string={"sort": sort}).text
    assert order(text, *codes) == codes
    assert ("aria-sort" in text) == (sort.removeprefix("-") == "effective")


def test_the_head_of_a_column_sorts_the_other_way_round_and_keeps_the_filters(reader: FlaskClient) -> None:
    text = reader.get("/procedures?kind=operational_procedure&sort=effective").text
    assert 'href="/procedures?kind=operational_procedure&amp;sort=-effective"' in text
    assert '<th scope="col" aria-sort="ascending">' in text
    assert '<input type="hidden" name="sort" value="effective">' in text


def test_what_a_column_lacks_stands_last_in_both_directions(any_app: Flask, office: Office) -> None:
    office.unit("A", in_scope_from=None, exclusion_reason="Không thực hiện thủ tục")
    office.unit("B", in_scope_from=date(2025, 7, 1))
    office.unit("C", in_scope_from=date(2025, 8, 1))
    for sort, codes in (("scope", ["B", "C", "A"]), ("-scope", ["C", "B", "A"])):
        page = UNITS.page(office.moment(), Asked({"q": "", "kind": ""}, sort), 1)
        assert [branch.unit.code for branch in page.items] == codes


def test_a_filter_that_means_nothing_narrows_nothing(reader: FlaskClient) -> None:
    for address in ("/procedures?kind=nothing", "/procedures?validity=%00", "/procedures?page=x", "/procedures?sort=-"):
        text = reader.get(address).text
        assert order(text, *TITLES) == ["Tiếp công dân", "Đăng ký khai sinh", "Tờ khai"], address


def test_a_file_holds_what_the_page_shows_in_its_order(reader: FlaskClient) -> None:
    sent = reader.get("/procedures/export.csv?sort=-effective&q=khai").text
    rows = list(csv.reader(StringIO(sent.removeprefix("\ufeff"))))
    assert [row[2] for row in rows[1:]] == ["QT-02", "BM-01"]
    assert rows[1][1:5] == ["Đăng ký khai sinh", "QT-02", "Quy trình tác nghiệp", "Phường Một"]
    assert "01/03/2026" in rows[1]
    book = openpyxl.load_workbook(BytesIO(reader.get("/procedures/export.xlsx").data))
    assert [cell.value for cell in book.worksheets[0]["C"]][1:] == ["QT-01", "QT-02", "BM-01"]
    assert "'=1+1" in reader.get("/procedures/export.csv?q=QT-01").text  # a formula typed by somebody does not run


def test_a_page_of_a_list_leads_to_its_files_with_the_filters_that_are_set(reader: FlaskClient) -> None:
    text = reader.get("/procedures?q=khai&sort=title&page=1").text
    for extension in ("xlsx", "csv"):
        assert f'href="/procedures/export.{extension}?q=khai&amp;sort=title"' in text


def test_pages_of_a_list_follow_each_other(reader: FlaskClient, office: Office) -> None:
    ward = db.session.scalars(select(Unit)).one()
    for number in range(paging.SIZE - 2):
        office.procedure(ward, f"X-{number}")
    first, second = (reader.get(f"/procedures?sort=effective&page={number}").text for number in (1, 2))
    assert first.count("what-title") == paging.SIZE
    assert second.count("what-title") == 1
    assert re.search(r'rel="next" href="/procedures\?sort=effective&(amp;)?page=2"', first)


def test_what_is_closed_is_counted_and_shown_by_one_click(reader: FlaskClient, office: Office) -> None:
    ward = db.session.scalars(select(Unit)).one()
    for number in (1, 2):
        office.procedure(ward, f"CU-{number}", title="Quy trình cũ", withdrawn_on=date(2026, 5, number))
    text = reader.get("/procedures?kind=operational_procedure").text
    assert "CU-1" not in text
    assert "2 tài liệu" in text
    assert "Đang ẩn 2 tài liệu đã thu hồi." in text
    both = "/procedures?kind=operational_procedure&amp;validity=all"
    assert f'href="{both}"' in text
    shown = reader.get(both.replace("&amp;", "&")).text
    assert order(shown, "QT-02", "CU-1") == ["QT-02", "CU-1"]  # what is open comes first
    assert 'href="/procedures?kind=operational_procedure">Chỉ hiện mục đang mở' in shown
    assert "Đang ẩn" not in reader.get("/procedures?validity=withdrawn").text
    assert "Đang ẩn" not in reader.get("/procedures?kind=form").text  # none of these is closed
    sent = reader.get("/procedures/export.csv").text
    assert "CU-1" not in sent  # a file holds what the page shows


def test_a_phone_is_given_half_a_page(reader: FlaskClient, office: Office) -> None:
    ward = db.session.scalars(select(Unit)).one()
    for number in range(paging.SIZE):
        office.procedure(ward, f"X-{number}")
    phone = {"User-Agent": "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"}
    for page in (1, 2):
        text = reader.get(f"/procedures?page={page}", headers=phone).text
        assert text.count("what-title") == paging.SIZE // 2
    assert "Trang 2/3" in text


def test_every_list_of_the_house_says_who_may_open_it_and_names_its_pages(app: Flask) -> None:
    lists = [one for feature in house().features for one in feature.lists]
    works = [kind.name for feature in house().features for kind in feature.long_work]
    assert {one.name for one in lists} >= {"procedures", "reviews", "units"}
    with app.test_request_context():
        for one in lists:
            assert one.url() == f"/{one.name}"
            assert len({column.name for column in one.columns}) == len(one.columns)
            assert not {each.name for each in one.filters} & {"sort", "page"}
            assert sum(column.main for column in one.columns) <= 1
            assert one.file.work.name in works
    assert PROCEDURES in lists
