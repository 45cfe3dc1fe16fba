"""Bursts: a script that hammers is slowed down, and whoever is slowed down loses nothing."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from qms import limits
from qms.accounts.gate import MARK, PUBLIC
from qms.accounts.permissions import Role
from tests.office import Office

MAKES_A_FILE = re.compile(r"export|report|template|download|\.(csv|xlsx|pdf|docx|ics|json|txt|zip)\b|<\w*(\(.*\))?:?extension>")
NOT_MADE_ANEW = {"audits.photo"}
"""Answers that look like files but are read from the disk or are ordinary pages."""
SIGN_IN_BURST = 30


@pytest.fixture(autouse=True)
def stopped_clock() -> Iterator[None]:
    """However slow the machine is, a burst takes no time."""
    with time_machine.travel(datetime.now(UTC), tick=False):
        yield


@pytest.fixture
def counted(app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A client whose requests are counted."""
    monkeypatch.setitem(app.config, limits.ENABLED, True)
    return client


def _try(client: FlaskClient, address: str = "203.0.113.7", **fields: str) -> int:
    data = {"username": "thuky", **fields}  # without a password nothing is hashed, and it counts all the same
    return client.post("/sign-in", data=data, environ_overrides={"REMOTE_ADDR": address}).status_code


def test_signing_in_is_limited_by_address_and_says_when_to_come_again(counted: FlaskClient) -> None:
    assert 429 not in {_try(counted) for _time in range(SIGN_IN_BURST)}
    answer = counted.post(
        "/sign-in",
        data={"username": "Nguyễn <Văn> A"},
        environ_overrides={"REMOTE_ADDR": "203.0.113.7"},
        headers={"Accept-Language": "vi"},
    )
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 11  # the window, rounded up
    assert "Nguyễn &lt;Văn&gt; A" in answer.text
    assert _try(counted, "203.0.113.8") != 429


def test_a_password_does_not_come_back_with_what_was_typed(counted: FlaskClient) -> None:
    for _time in range(SIGN_IN_BURST):
        _try(counted)
    answer = counted.post(
        "/sign-in", data={"username": "thuky", "password": "rat bi mat 1"}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"}
    )
    assert answer.status_code == 429
    assert "rat bi mat 1" not in answer.text


def test_one_ipv6_connection_is_one_address(counted: FlaskClient) -> None:
    codes = {_try(counted, f"2001:db8:1:2::{number:x}") for number in range(1, SIGN_IN_BURST + 2)}
    assert 429 in codes
    assert _try(counted, "2001:db8:1:3::1") != 429


def test_whoever_signed_in_is_counted_as_a_person_and_not_as_an_address(
    app: Flask, office: Office, client: FlaskClient, sign_in: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = office.agency("P1")
    clients = []
    for name in ("mot", "hai"):
        office.person(name, unit=ward, role=Role.READER)
        clients.append(app.test_client())
        sign_in(clients[-1], name)
    monkeypatch.setitem(app.config, limits.ENABLED, True)
    assert {clients[0].get("/search?q=so").status_code for _time in range(20)} == {200}
    slowed = clients[0].get("/search?q=so", environ_overrides={"REMOTE_ADDR": "203.0.113.9"})
    assert slowed.status_code == 429
    assert "Retry-After" in slowed.headers
    assert clients[1].get("/search?q=so").status_code == 200
    assert clients[0].get("/").status_code == 200


def test_a_fragment_is_told_in_a_fragment(counted: FlaskClient) -> None:
    for _time in range(SIGN_IN_BURST):
        _try(counted)
    answer = counted.post("/sign-in", headers={"HX-Request": "true"}, environ_overrides={"REMOTE_ADDR": "203.0.113.7"})
    assert answer.status_code == 429
    assert "<html" not in answer.text


def test_an_export_is_limited(
    app: Flask, office: Office, client: FlaskClient, sign_in: Callable[..., object], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.person("thuky", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "thuky")
    monkeypatch.setitem(app.config, limits.ENABLED, True)
    codes = [client.get("/nonconformities/export.csv").status_code for _time in range(12)]
    assert codes[:10] == [200] * 10
    assert codes[-1] == 429


def test_every_public_page_is_counted(app: Flask) -> None:
    forgotten = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if getattr(view, MARK, None) == PUBLIC and limits.PUBLIC_BURST not in limits.bursts_of(app, endpoint)
    ]
    assert not forgotten


def test_every_file_that_is_made_anew_is_counted(app: Flask) -> None:
    export = next(burst for burst in limits.BURSTS if burst.name == "export")
    forgotten = sorted(
        {
            rule.endpoint
            for rule in app.url_map.iter_rules()
            if MAKES_A_FILE.search(rule.rule) and "GET" in (rule.methods or ()) and rule.endpoint not in NOT_MADE_ANEW
            if not export.covers(rule.endpoint) and limits.PUBLIC_BURST not in limits.bursts_of(app, rule.endpoint)
        }
    )
    assert not forgotten, f"add to the burst “export” in qms/limits.py: {forgotten}"


def test_every_line_of_the_table_counts_something(app: Flask) -> None:
    idle = [
        pattern
        for burst in limits.BURSTS
        for pattern in burst.endpoints
        if not any(limits.Burst("", "", (pattern,)).covers(endpoint) for endpoint in app.view_functions)
    ]
    assert not idle, f"no page has this name: {idle}"


def test_tests_are_not_counted(app: Flask, client: FlaskClient) -> None:
    assert app.config[limits.ENABLED] is False
    assert 429 not in {_try(client) for _time in range(SIGN_IN_BURST + 5)}
