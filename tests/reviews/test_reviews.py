"""That a management review was held: who may say so, of whom, and when."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.reviews import service
from qms.reviews.models import ManagementReview
from qms.trail.service import history
from tests.office import TODAY, Office

SignIn = Callable[..., object]


def test_a_review_is_recorded_with_its_day_of_entry_and_its_trail(any_app: Flask, office: Office) -> None:
    ward = office.agency("P1")
    officer = office.person(unit=ward, role=Role.QUALITY_OFFICER)
    with writing():
        service.record_review(ward, date(2026, 1, 20), "12/TB-UBND", office.moment(officer))
    review = db.session.scalars(select(ManagementReview)).one()
    assert (review.held_on, review.minutes) == (date(2026, 1, 20), "12/TB-UBND")
    assert (review.held_entered_on, review.held_late) == (TODAY, True)
    assert [entry.deed for entry in history("review", "P1/2026-01-20")] == ["record"]


@pytest.mark.parametrize(
    ("code", "days", "reason"),
    [("P1", 1, "in_the_future"), ("P1.A", 0, "not_an_agency"), ("P2", 0, "not_permitted"), ("P1", -1, "known_already")],
)
def test_a_wrong_review_is_refused_and_nothing_is_written(
    any_app: Flask, office: Office, code: str, days: int, reason: str
) -> None:
    ward = office.agency("P1")
    units = {"P1": ward, "P1.A": office.unit("P1.A", parent=ward), "P2": office.agency("P2")}
    officer = office.person(unit=ward, role=Role.QUALITY_OFFICER)
    with writing():
        service.record_review(ward, TODAY - timedelta(days=1), None, office.moment(officer))
    with pytest.raises(Refused) as refused, writing():
        service.record_review(units[code], TODAY + timedelta(days=days), None, office.moment(officer))
    assert [refusal.code for refusal in refused.value.refusals] == [reason]
    assert len(db.session.scalars(select(ManagementReview)).all()) == 1


def test_the_officer_records_a_review_on_the_page(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P1")
    office.unit("P1.A", parent=ward, name="Phòng Một")
    office.person("thuky", unit=ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "thuky")
    assert "Phòng Một" not in client.get("/reviews/new").text
    fields = {"unit_id": str(ward.id), "held_on": "20/01/2026", "minutes": "  12/TB-UBND\r\nKết luận "}
    assert client.post("/reviews/new", data=fields).status_code == 303
    listed = client.get("/reviews").text
    assert "20/01/2026" in listed
    assert "12/TB-UBND\nKết luận<" in listed
    again = client.post("/reviews/new", data=fields)
    assert again.status_code == 409
    assert "12/TB-UBND" in again.text


@pytest.mark.parametrize("day", ["31/02/2026", "hôm qua", "2026", "01/01/0026", ""])
def test_a_day_that_does_not_exist_keeps_the_form(client: FlaskClient, office: Office, sign_in: SignIn, day: str) -> None:
    ward = office.agency("P1")
    office.person("thuky", unit=ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "thuky")
    answer = client.post("/reviews/new", data={"unit_id": str(ward.id), "held_on": day, "minutes": "giữ lại"})
    assert answer.status_code == 422
    assert "giữ lại" in answer.text


def test_reviews_of_others_are_not_seen_nor_recorded(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward, other = office.agency("P1"), office.agency("P2", name="Phường Hai")
    with writing():
        service.record_review(other, TODAY, "biên bản kín", office.moment())
    office.person("doc", unit=ward, role=Role.READER)
    sign_in(client, "doc")
    assert "biên bản kín" not in client.get("/reviews").text
    assert "biên bản kín" not in client.get("/reviews?unit=P2").text
    assert client.get("/reviews/new").status_code == 403


def test_an_officer_cannot_record_for_an_agency_outside_the_grant(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward, other = office.agency("P1"), office.agency("P2")
    office.person("thuky", unit=ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "thuky")
    answer = client.post("/reviews/new", data={"unit_id": str(other.id), "held_on": "20/01/2026"})
    assert answer.status_code == 422
    assert db.session.scalars(select(ManagementReview)).all() == []
