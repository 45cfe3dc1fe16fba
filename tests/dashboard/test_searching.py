"""Words that name the kind of a record narrow the search to it; nothing that is there stays hidden by that."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.dashboard import searching
from tests.conftest import SignIn
from tests.office import Office
from tests.statements import statements

MOST_STATEMENTS = 12


@pytest.fixture
def reader(office: Office) -> Person:
    """Somebody of a ward that has something of each kind about civil status."""
    ward = office.agency("P", name="Phường Hộ Tịch")
    office.procedure(ward, "QT-01", title="Đăng ký kết hôn, cải chính hộ tịch")
    office.procedure(ward, "QT-02", title="Quy trình hộ tịch")
    office.procedure(ward, "QT-03", title="Văn thư")
    office.nonconformity(ward, "NC-1", statement="Sổ hộ tịch thiếu chữ ký, trái quy trình")
    office.audit(ward, "ĐG-1")
    return office.person("xem", unit=ward, role=Role.READER)


def found(office: Office, reader: Person, text: str, *, everywhere: bool = False) -> dict[str, list[str]]:
    answer = searching.search(text, office.moment(reader), everywhere=everywhere)
    assert (answer.only is not None) <= (len(answer.groups) == 1)
    return {group.title: [hit.title.split()[0] for hit in group.hits] for group in answer.groups}


@pytest.mark.parametrize("text", ["quy trinh ho tich", "Quy trình hộ tịch", "hộ tịch QUY TRÌNH", "tài liệu hộ tịch"])
def test_the_kind_that_is_named_is_searched_for_the_other_words(app: Flask, office: Office, reader: Person, text: str) -> None:
    with app.test_request_context():
        groups = found(office, reader, text)
    assert list(groups) == ["Tài liệu"]
    assert set(groups["Tài liệu"]) == {"QT-01", "QT-02"}


def test_a_title_with_all_that_was_typed_comes_first(app: Flask, office: Office, reader: Person) -> None:
    with app.test_request_context():
        assert found(office, reader, "quy trình hộ tịch")["Tài liệu"] == ["QT-02", "QT-01"]


def test_a_kind_alone_finds_all_of_it_and_the_longest_name_counts(app: Flask, office: Office, reader: Person) -> None:
    with app.test_request_context():
        assert set(found(office, reader, "quy trinh")["Tài liệu"]) == {"QT-01", "QT-02", "QT-03"}
        assert found(office, reader, "su khong phu hop ho tich") == {"Sự không phù hợp": ["NC-1"]}
        assert list(found(office, reader, "danh gia noi bo dg-1").values()) == [["ĐG-1"]]


def test_where_the_kind_has_nothing_everything_is_searched(app: Flask, office: Office, reader: Person) -> None:
    with app.test_request_context():
        assert found(office, reader, "quy trình thiếu chữ ký") == {"Sự không phù hợp": ["NC-1"]}


def test_a_part_of_a_word_or_a_code_names_no_kind(app: Flask, office: Office, reader: Person) -> None:
    with app.test_request_context():
        assert searching.search("NC-1", office.moment(reader)).only is None
        assert searching.search("quy", office.moment(reader)).only is None


def test_the_page_says_that_it_was_narrowed_and_how_to_search_all(client: FlaskClient, reader: Person, sign_in: SignIn) -> None:
    sign_in(client, "xem")
    page = client.get("/search?q=quy+trinh+ho+tich").text
    assert "NC-1" not in page and 'href="/search?q=quy+trinh+ho+tich&amp;in=all"' in page
    page = client.get("/search?q=quy+trinh+ho+tich&in=all").text
    assert "NC-1" in page and "Tìm trong tất cả" not in page


def test_a_search_costs_few_statements(client: FlaskClient, reader: Person, sign_in: SignIn) -> None:
    sign_in(client, "xem")
    client.get("/search?q=ho")
    for address in ("/search?q=ho", "/search?q=quy+trinh+ho", "/search?q=quy+trinh+khong+co+gi"):
        with statements() as asked:
            assert client.get(address).status_code == 200
        assert len([one for one in asked if one != "BEGIN"]) <= MOST_STATEMENTS, asked
