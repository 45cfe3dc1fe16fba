"""Whatever is typed into the forms of accounts and people, no secret stands in the log."""

import logging
import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.second_factor.service import code_at, step_at
from qms.kernel.web import public_link
from tests.office import PASSWORD, TOTP_SECRET
from tests.people.conftest import Ward

SECRET = "bi-mat-khong-ai-duoc-doc-7391"
PARAMETERS = re.compile(r"<(?:\w+:)?(\w+)>")


@pytest.fixture
def everything_logged(app: Flask, caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """Every logger of the program, down to the finest level it is run with in service."""
    caplog.set_level(logging.INFO)
    app.logger.propagate = True
    return caplog


def addresses(app: Flask, ward: Ward) -> list[str]:
    """Every page of accounts and people that takes a form, with numbers of real records."""
    values = {"person_id": ward.head.id, "grant_id": ward.head.grants[0].id, "token": SECRET}
    found = []
    for rule in app.url_map.iter_rules():
        ours = rule.endpoint.partition(".")[0] in {
            "people",
            "accounts",
            "account",
            "link",
            "links",
            "second_step",
            "confirmation",
            "passkeys",
            "directory",
        }
        if ours and "POST" in (rule.methods or ()):
            found.append(PARAMETERS.sub(lambda name: str(values.get(name.group(1), 1)), rule.rule))
    return found


def test_no_secret_reaches_the_log(
    ward: Ward, app: Flask, client: FlaskClient, sign_in: Callable[..., object], everything_logged: pytest.LogCaptureFixture
) -> None:
    names = ("password", "old_password", "new_password", "repeated_password", "code", "token", "secret", "reason", "note", "who")
    data = dict.fromkeys(names, SECRET) | {"username": "admin", "next": "/"}
    sign_in(client, "admin")
    pages = addresses(app, ward)
    assert len(pages) > 20
    for page in pages:
        if page != "/sign-out":
            client.post(page, data=data)
            client.post(page, data=SECRET, content_type="text/plain")
    client.post("/sign-out")
    for page in pages:
        client.post(page, data=data)
    written = "\n".join(record.getMessage() + (record.exc_text or "") for record in everything_logged.records)
    assert SECRET not in written
    for secret in (PASSWORD, TOTP_SECRET, code_at(TOTP_SECRET, step_at(ward.now().instant))):
        assert secret not in written


def test_a_fault_in_the_middle_of_a_verb_logs_no_secret(
    ward: Ward,
    app: Flask,
    client: FlaskClient,
    sign_in: Callable[..., object],
    everything_logged: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sign_in(client, "admin")

    def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr("qms.people.accounts.service.disable", fails)
    assert client.post(f"/people/{ward.head.id}/disable", data={"reason": SECRET}).status_code == 500
    written = "\n".join(record.getMessage() + (record.exc_text or "") for record in everything_logged.records)
    assert "a fault of the program" in written or "500" in written
    assert SECRET not in written


def test_a_link_that_is_made_stands_in_no_log(
    ward: Ward, client: FlaskClient, sign_in: Callable[..., object], everything_logged: pytest.LogCaptureFixture
) -> None:
    sign_in(client, "admin")
    page = client.post(f"/people/{ward.head.id}/reset-password").text
    link = page.partition('value="' + public_link("/link/"))[2].partition('"')[0]
    assert len(link) > 30
    assert client.get("/link/" + link).status_code == 200
    assert link not in "\n".join(record.getMessage() for record in everything_logged.records)
