"""A list as somebody wants to see it again."""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.pages import rules, service
from qms.pages.models import SavedFilter
from qms.pages.queries import stored_about
from tests.conftest import SignIn
from tests.office import Office
from tests.stored import lines_of

SAVE = "/lists/procedures/saved"


@pytest.fixture
def reader(client: FlaskClient, office: Office, sign_in: SignIn) -> FlaskClient:
    """Somebody who may read the lists."""
    office.person("doc", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "doc")
    return client


def test_a_list_is_saved_as_it_is_seen_and_comes_back_by_one_click(reader: FlaskClient) -> None:
    asked = "kind=form&q=h%E1%BB%99%20t%E1%BB%8Bch&sort=-effective&page=3&other=x"
    answer = reader.post(f"{SAVE}?{asked}", data={"title": " Biểu mẫu "})
    address = "/procedures?q=h%E1%BB%99+t%E1%BB%8Bch&kind=form&sort=-effective"
    assert (answer.status_code, answer.headers["Location"]) == (303, address)
    text = reader.get("/procedures").text
    assert f'<a href="{address.replace("&", "&amp;")}">Biểu mẫu</a>' in text
    assert 'aria-current="page">Biểu mẫu</a>' in reader.get(address).text


def test_a_title_that_is_known_is_given_the_new_filters(reader: FlaskClient) -> None:
    for kind in ("form", "policy"):
        reader.post(f"{SAVE}?kind={kind}", data={"title": "Của tôi"})
    assert [saved.address for saved in db.session.scalars(select(SavedFilter))] == ["kind=policy"]


def test_what_one_person_saves_no_other_sees_or_removes(app: Flask, office: Office, reader: FlaskClient, sign_in: SignIn) -> None:
    reader.post(f"{SAVE}?kind=form", data={"title": "Của tôi"})
    saved_id = db.session.scalars(select(SavedFilter.id)).one()
    other = app.test_client()
    office.person("khac", unit=office.agency("P2"), role=Role.READER)
    sign_in(other, "khac")
    assert "Của tôi" not in other.get("/procedures").text
    assert other.post(f"/lists/saved/{saved_id}/remove").status_code == 404
    assert reader.post(f"/lists/saved/{saved_id}/remove").status_code == 303
    assert db.session.scalars(select(SavedFilter)).all() == []


@pytest.mark.parametrize("data", [{}, {"title": ""}, {"title": "x" * 81}])
def test_a_filter_without_a_name_is_not_saved_and_the_list_stays(reader: FlaskClient, data: dict[str, str]) -> None:
    answer = reader.post(f"{SAVE}?kind=form", data=data)
    assert answer.headers["Location"] == "/procedures?kind=form"
    assert db.session.scalars(select(SavedFilter)).all() == []


def test_only_a_list_that_exists_and_is_narrowed_can_be_saved(reader: FlaskClient) -> None:
    assert reader.post("/lists/nothing/saved?q=x", data={"title": "Của tôi"}).status_code == 404
    assert reader.post(SAVE, data={"title": "Của tôi"}).status_code == 409
    assert db.session.scalars(select(SavedFilter)).all() == []


def test_only_so_many_are_kept_for_a_list(any_app: Flask, office: Office) -> None:
    person = office.person(unit=office.agency())
    with writing():
        for number in range(rules.MOST_SAVED):
            service.save_filter(person.id, "units", str(number), "q=x")
    with writing():
        service.save_filter(person.id, "units", "0", "q=y")  # one that is there may change
        service.save_filter(person.id, "reviews", "0", "q=x")  # another list counts for itself
    with pytest.raises(Refused) as refused, writing():
        service.save_filter(person.id, "units", "one more", "q=x")
    assert [refusal.code for refusal in refused.value.refusals] == ["too_many_saved"]


def test_saved_filters_are_handed_out_and_forgotten_with_the_person(app: Flask, office: Office) -> None:
    ward = office.agency()
    person, other = office.person(unit=ward), office.person(unit=ward)
    with writing():
        service.save_filter(person.id, "procedures", "Của tôi", "kind=form")
        service.save_filter(other.id, "procedures", "Của người khác", "kind=form")
    ((_heading, rows),) = lines_of(stored_about(person.id))
    assert [list(row.values()) for row in rows] == [["Quy trình", "Của tôi", "kind=form"]]
    with writing():
        service.forget(person.id)
    assert [saved.title for saved in db.session.scalars(select(SavedFilter))] == ["Của người khác"]
