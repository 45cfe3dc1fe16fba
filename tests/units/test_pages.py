"""The pages of the organisation, the standard and my work."""

from collections.abc import Callable
from datetime import UTC, date, datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission, Role
from qms.dashboard import queries as dashboard
from qms.kernel.days import local_day
from qms.kernel.feature import Feature, House, Work, WorkItem
from qms.organisation.listing import LIST
from qms.pages.lists import Asked
from qms.units import queries
from tests.office import TODAY, Office
from tests.statements import asked_again

SignIn = Callable[..., object]


def test_the_tree_stands_in_order_and_ends_at_the_scope(any_app: Flask, office: Office) -> None:
    top = office.agency("T")
    ward = office.agency("P1", parent=top)
    office.unit("P1.B", parent=ward)
    office.unit("P1.A", parent=ward)
    office.agency("P2", parent=top)
    person = office.person(unit=ward, role=Role.READER)
    scope = visible_units(office.moment(person).person, Permission.UNITS_READ)
    page = queries.page_of_tree(scope, 1)
    assert [(branch.unit.code, branch.depth) for branch in page.items] == [("P1", 0), ("P1.A", 1), ("P1.B", 1)]
    assert queries.above(ward, scope) == []
    whole = visible_units(office.moment().person, Permission.UNITS_READ)
    assert [unit.code for unit in queries.above(ward, whole)] == ["T"]


def test_a_unit_is_found_without_marks(any_app: Flask, office: Office) -> None:
    office.unit("VHXH", name="Phòng Văn hóa - Xã hội")
    office.unit("KT", name="Phòng Kinh tế 100%")

    def found(text: str) -> list[str]:
        asked = Asked({"q": text, "kind": ""}, "")
        return [branch.unit.code for branch in LIST.page(office.moment(), asked, 1).items]

    assert found("van hoa") == ["VHXH"]
    assert found("100%") == ["KT"]
    assert found("_") == []


def test_a_unit_outside_the_scope_is_not_there(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    mine, other = office.agency("P1"), office.agency("P2", name="Phường Hai")
    office.person("doc", unit=mine, role=Role.READER)
    sign_in(client, "doc")
    assert client.get(f"/units/{mine.id}").status_code == 200
    assert client.get(f"/units/{other.id}").status_code == 404
    assert "Phường Hai" not in client.get("/units").text
    assert "Phường Hai" not in client.get("/units?q=phuong").text


def test_the_page_of_an_agency_shows_announcements_and_leads_to_its_records(
    client: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    ward = office.agency("P1")
    office.announcement(ward, number="77/QĐ-UBND")
    office.unit("P1.VHXH", parent=ward, name="Phòng Văn hóa")
    office.person("doc", unit=ward, role=Role.READER)
    sign_in(client, "doc")
    text = client.get(f"/units/{ward.id}").text
    assert "77/QĐ-UBND" in text
    assert "Phòng Văn hóa" in text
    assert 'href="/procedures?unit=P1"' in text


def test_a_list_asks_as_much_for_forty_units_as_for_one(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P1")
    office.person("doc", unit=ward, role=Role.READER)
    sign_in(client, "doc")
    few = asked_again(client, "/units")
    for _number in range(40):
        office.unit(parent=ward)
    assert len(asked_again(client, "/units")) == len(few)
    assert client.get("/units").text.count("what-title") == 41


def test_an_empty_page_number_or_a_word_is_the_first_page(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("doc", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "doc")
    for address in ("/units?page=", "/units?page=x", "/units?page=-3", "/units?page=999", "/units?kind=nothing"):
        assert client.get(address).status_code == 200


def test_the_standard_shows_both_editions(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("doc", unit=office.agency("P1"))
    sign_in(client, "doc")
    text = client.get("/standard").text
    assert "TCVN ISO 9001:2015" in text
    assert 'id="clause-8.5.1"' in text and 'href="/standard/2026"' in text
    changed, every = client.get("/standard/2026").text, client.get("/standard/2026?all=1").text
    assert "climate" in changed and "Customer focus" not in changed and "Đang ẩn 46 điều" in changed
    assert "Customer focus" in every and "climate" in every


def item(day: date | None, title: str) -> WorkItem:
    """Something that waits."""
    return WorkItem(day, title, "điều 8.5.1", "Thư ký ISO", "/units", "Ghi kết quả")


def test_my_work_is_grouped_by_how_soon_and_only_the_first_is_filled(
    app: Flask, client: FlaskClient, office: Office, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = local_day(datetime.now(UTC))
    work = [
        item(None, "không hạn"),
        item(today.replace(year=today.year + 1), "sau"),
        item(today, "nay"),
        item(date(2020, 1, 1), "trễ"),
    ]
    features = (*app.extensions["qms.house"].features, Feature("waiting", work=Work(lambda moment: work)))
    monkeypatch.setitem(app.extensions, "qms.house", House(features))
    office.person("doc", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "doc")
    text = client.get("/").text
    places = [text.index(f">{title}<") for title in ("trễ", "nay", "sau", "không hạn")]
    assert places == sorted(places)
    assert text.count("btn-primary") == 2  # the first row, and the dialog that asks
    assert '<b class="count">4</b>' in text


def test_the_last_day_of_the_week_still_belongs_to_it(app: Flask, office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [TODAY.replace(day=29), TODAY, date(2026, 12, 7), date(2026, 12, 8)]
    monkeypatch.setitem(
        app.extensions, "qms.house", House((Feature("w", work=Work(lambda moment: [item(day, "x") for day in days])),))
    )
    found = dashboard.waiting(dashboard.View.MINE, 1, office.moment())
    assert [len(found.overdue), len(found.this_week), len(found.later)] == [1, 2, 1]


def test_my_work_without_work_says_so(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("doc", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "doc")
    assert "empty" in client.get("/").text
