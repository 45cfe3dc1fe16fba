"""Addresses and forms that no page of ours makes: an answer in words, never a fault."""

from collections.abc import Callable

import pytest
from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from tests.office import Office

RECORDS = ("units", "procedures", "audits", "nonconformities", "evaluation")
HUGE = ("9" * 25, "9" * 5000)
QUERIES = (
    "endpoint=x",
    "_external=1&_scheme=javascript",
    "_anchor=x&_method=POST",
    "year=0",
    "year=10000",
    "year=-5",
    "unit=" + "9" * 25,
    "unit=%00",
    "unit_id=" + "9" * 25,
    "question=" + "9" * 25,
    "page=" + "9" * 25,
    "page=0",
    "state=%00",
    "kind=x&validity=x&grade=x&state=x",
    "q=%00%25_" + "a" * 3000,
    "text=%00",
)


@pytest.fixture
def officer(office: Office, client: FlaskClient, sign_in: Callable[..., object]) -> FlaskClient:
    """A signed-in quality officer of a ward."""
    office.person("officer", unit=office.agency("W"), role=Role.QUALITY_OFFICER)
    sign_in(client, "officer")
    return client


@pytest.mark.parametrize("kind", RECORDS)
def test_a_number_that_no_record_can_have_is_not_found(officer: FlaskClient, kind: str) -> None:
    assert [officer.get(f"/{kind}/{number}").status_code for number in HUGE] == [404] * len(HUGE)


@pytest.mark.parametrize(
    "page", ["/units", "/procedures", "/audits/", "/audits/new", "/nonconformities", "/reviews", "/evaluation"]
)
def test_no_query_breaks_a_list(officer: FlaskClient, page: str) -> None:
    for query in QUERIES:
        answer = officer.get(f"{page}?{query}")
        assert answer.status_code == 200, query
        assert "javascript:" not in answer.text, query
