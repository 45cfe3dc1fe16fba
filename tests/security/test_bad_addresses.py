"""Addresses and forms that no page of ours makes: an answer in words, never a fault."""

import ast
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from qms.app import FEATURES
from tests.office import Office
from tests.program import ROOT
from tests.security.world import any_address, come_in, doors, status
from tests.sources import parse

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


ODD = ("0001-01-01", "31/12/9999", "-1", "9" * 25, "\x00")
"""Days, numbers and pages that no calendar, no record and no list has."""
READING = frozenset({"filter_text", "filter_number", "get", "_day"})
"""What reads a value of the address by its name."""


def read_by(app: Flask, endpoint: str) -> set[str]:
    """The names that a package of pages reads from its addresses, and those of its lists."""
    module, names = app.view_functions[endpoint].__module__, {"page", "q", "unit"}
    for feature in FEATURES:
        lists = [one for one in feature.lists if endpoint in (f"{one.name}.listing", f"{one.name}.export")]
        names |= {"sort", *(filtered.name for one in lists for filtered in one.filters)} if lists else set()
    for path in (ROOT / (module.replace(".", "/") + ".py")).parent.glob("*.py"):
        for node in ast.walk(parse(path.read_text(encoding="utf-8"))):
            called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if called in READING and node.args and isinstance(node.args[0], ast.Constant):
                names.add(str(node.args[0].value))
    return names


def test_no_day_number_or_page_of_an_address_is_a_fault(client: FlaskClient, office: Office) -> None:
    app, ward = client.application, office.agency("W")
    office.procedure(ward)
    person = office.person("moi-vai", unit=ward)
    for role in (Role.ADMINISTRATOR, Role.QUALITY_OFFICER, Role.INSPECTOR):
        office.grant(person, role, ward)
    reader, faults, asked = come_in(app, person), [], set()
    for rule, method in doors(app):
        if method != "GET" or any(type(one).__name__ != "AnyConverter" for one in rule._converters.values()):
            continue
        names = read_by(app, rule.endpoint)
        asked |= names
        for value in ODD:
            answer = status(reader, any_address(rule), "GET", query_string=dict.fromkeys(sorted(names), value))
            faults += [f"{rule.rule} with {sorted(names)} {value[:30]!r}: {answer}"] if answer >= 500 else []
    assert not faults, "\n".join(faults)
    assert {"from", "to", "page", "year", "unit"} <= asked, "the names were not found in the program"


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
