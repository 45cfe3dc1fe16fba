"""The list of procedures, and whether one is in force."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from procedures import queries
from procedures.listing import LIST
from procedures.models import Procedure, ProcedureKind, Validity
from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.pages.lists import Asked
from tests.office import TODAY, Office

SignIn = Callable[..., object]
DAY = timedelta(days=1)


def codes(office: Office, **filters: str) -> list[str]:
    """The codes the system sees with these filters."""
    asked = Asked({"q": "", "unit": "", "kind": "", "validity": "", **filters}, "")
    return [row.procedure.code for row in LIST.page(office.moment(), asked, 1).items]


@pytest.fixture
def every_kind(any_app: Flask, office: Office) -> list[Procedure]:
    """Procedures on both sides of each border."""
    unit = office.agency("P1")
    long_ago = date(2020, 1, 1)
    return [
        office.procedure(unit, "A-COMING", effective_on=TODAY + DAY),
        office.procedure(unit, "B-TODAY", effective_on=TODAY),
        office.procedure(unit, "C-DUE-TODAY", effective_on=date(2025, 11, 30)),
        office.procedure(unit, "D-OVERDUE", effective_on=date(2025, 11, 29)),
        office.procedure(unit, "E-REVIEWED", effective_on=long_ago, reviewed_on=date(2026, 1, 5)),
        office.procedure(unit, "F-REVIEW-OLD", effective_on=long_ago, reviewed_on=date(2024, 1, 5)),
        office.procedure(unit, "G-FORM", effective_on=long_ago, kind=ProcedureKind.FORM),
        office.procedure(unit, "H-OUT-TODAY", effective_on=long_ago, withdrawn_on=TODAY),
        office.procedure(unit, "I-OUT-TOMORROW", effective_on=TODAY - DAY, withdrawn_on=TODAY + DAY),
    ]


def test_validity_is_the_same_for_one_and_for_the_list(every_kind: list[Procedure], office: Office) -> None:
    expected = {
        Validity.COMING: ["A-COMING"],
        Validity.IN_FORCE: ["B-TODAY", "C-DUE-TODAY", "E-REVIEWED", "G-FORM", "I-OUT-TOMORROW"],
        Validity.REVIEW_DUE: ["D-OVERDUE", "F-REVIEW-OLD"],
        Validity.WITHDRAWN: ["H-OUT-TODAY"],
    }
    for state, expected_codes in expected.items():
        assert sorted(codes(office, validity=state)) == expected_codes
        assert [each.code for each in every_kind if queries.validity(each, TODAY) is state] == expected_codes
    assert db.session.scalar(queries.overdue_count(office.moment().person, TODAY)) == 2


def test_procedures_are_found_by_unit_kind_and_words_without_marks(any_app: Flask, office: Office) -> None:
    ward = office.agency("P1")
    below, other = office.unit("P1.A", parent=ward), office.agency("P2")
    office.procedure(ward, "QT-01", title="Đăng ký khai sinh")
    office.procedure(below, "BM-01", title="Tờ khai", kind=ProcedureKind.FORM)
    applied = office.procedure(other, "QT-09", title="Tiếp công dân")
    assert codes(office, q="dang ky khai sinh") == ["QT-01"]
    assert codes(office, kind=ProcedureKind.FORM) == ["BM-01"]
    assert codes(office, unit="P1") == ["QT-01", "BM-01"]  # the form owes no review, so it stands behind
    office.application(applied, below)
    assert codes(office, unit="P1") == ["QT-01", "QT-09", "BM-01"]


def test_a_procedure_is_seen_by_its_unit_and_where_it_applies(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    mine, other = office.agency("P1"), office.agency("P2")
    own = office.procedure(mine, "QT-01", services="1.001193;9.999")
    office.service(mine, "1.001193", name="Đăng ký khai sinh tại xã")
    foreign, applied = office.procedure(other, "QT-02"), office.procedure(other, "QT-03")
    office.application(applied, mine)
    office.person("doc", unit=mine, role=Role.READER)
    sign_in(client, "doc")
    text = client.get(f"/procedures/{own.id}").text
    assert "Đăng ký khai sinh tại xã" in text
    assert "9.999" in text
    assert client.get(f"/procedures/{applied.id}").status_code == 200
    assert client.get(f"/procedures/{foreign.id}").status_code == 404
    listed = client.get("/procedures").text
    assert "QT-02" not in listed
    assert "QT-03" in listed


def test_the_list_is_sorted_by_the_day_it_shows_as_due(every_kind: list[Procedure], office: Office) -> None:
    asked = Asked({"q": "", "unit": "", "kind": "", "validity": "review_due"}, "review")
    rows = LIST.page(office.moment(), asked, 1).items
    assert [row.procedure.code for row in rows] == ["F-REVIEW-OLD", "D-OVERDUE"]
    assert [row.review_due_on for row in rows] == sorted(row.review_due_on for row in rows)
