"""What an inspector finds in the log: who was refused what and when; and what nobody can write into it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms import limits
from qms.accounts.permissions import Role
from qms.errors import logged_path
from tests.office import Office

NUMBER = re.compile(r"\b[0-9a-f]{16}\b")


def _lines(caplog: pytest.LogCaptureFixture, word: str) -> list[str]:
    return [entry.getMessage() for entry in caplog.records if word in entry.getMessage()]


def test_a_page_that_was_refused_is_in_the_log_with_person_address_and_number(
    client: FlaskClient, office: Office, sign_in: Callable[..., object], caplog: pytest.LogCaptureFixture
) -> None:
    reader = office.person("xem", unit=office.agency("P1"), role=Role.READER)
    sign_in(client, "xem")
    answer = client.get("/registers/export", environ_overrides={"REMOTE_ADDR": "203.0.113.5"})
    assert answer.status_code == 403
    (line,) = _lines(caplog, " 403 ")
    assert answer.headers["X-Request-Id"] in line
    assert f"person {reader.id} at 203.0.113.5" in line
    assert "xem" not in line


def test_a_forged_form_and_a_burst_are_in_the_log(
    app: Flask, client: FlaskClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert client.post("/sign-in", data={"username": "a"}).status_code == 400
    assert NUMBER.search(_lines(caplog, " 400 ")[0])
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    monkeypatch.setitem(app.config, limits.ENABLED, True)
    answers = {client.post("/sign-in", data={"username": "a"}).status_code for _time in range(31)}
    assert 429 in answers
    assert _lines(caplog, " 429 ")


@pytest.mark.parametrize("path", ["/x%0aERROR%20500%20GET%20/forged", "/x%0d%0aforged", "/x%1b[31mred", "/x%e2%80%a8forged"])
def test_nobody_writes_lines_into_the_log(client: FlaskClient, caplog: pytest.LogCaptureFixture, path: str) -> None:
    client.post("/sign-out" + path, data={"a": "b"})
    client.post(f"/link/{path}")
    for entry in caplog.records:
        message = entry.getMessage()
        assert "".join(letter for letter in message if letter.isprintable()) == message


def test_a_line_of_the_log_stays_one_line(app: Flask) -> None:
    with app.test_request_context("/a%0ab%0dc%1bd/quy%20tr%C3%ACnh"):
        assert logged_path() == "/a\\u000ab\\u000dc\\u001bd/quy trình"
