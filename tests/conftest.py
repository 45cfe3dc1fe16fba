"""What every test may ask for: an application on a fresh database, a client, builders of records."""

from collections.abc import Callable, Iterator

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from qms.accounts import passwords
from tests.databases import (
    NO_POSTGRESQL,
    any_app,
    app,
    empty_database_url,
    postgresql,
    postgresql_template,
    postgresql_url,
    sqlite_template,
    sqlite_url,
)
from tests.office import PASSWORD, Office, fresh_code
from tests.ready_made import demo_office, evaluated_office
from tests.scratch import compile_once, keep_in_memory
from tests.shared_app import refuse_a_changed_application

__all__ = [
    "any_app",
    "app",
    "demo_office",
    "empty_database_url",
    "evaluated_office",
    "postgresql",
    "postgresql_template",
    "postgresql_url",
    "sqlite_template",
    "sqlite_url",
]

keep_in_memory()
compile_once()

NO_BROWSER = "The browser is missing"
"""How the reason of a skip begins when there is no Chromium; the summary counts these."""

NO_LIBREOFFICE = "LibreOffice is missing"
"""How it begins when nobody opens and saves our workbook."""

SignIn = Callable[..., TestResponse]

REAL_HASHER = passwords._hasher
"""What hashes in service; the tests hash thousands of passwords, so they take a quick one."""


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Hashing costs nothing in the tests; one test looks at what it costs in service."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
        yield
    passwords._nobodys.cache_clear()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client of ``app`` that nobody has signed in with."""
    return app.test_client()


@pytest.fixture
def office(request: pytest.FixtureRequest) -> Office:
    """Builders of records, on ``any_app`` when the test asks for it, else on ``app``."""
    request.getfixturevalue("any_app" if "any_app" in request.fixturenames else "app")
    return Office()


@pytest.fixture
def sign_in() -> SignIn:
    """A function ``sign_in(client, username)`` that goes through the real pages, the second step included.

    Whoever needs a second factor has the app of the tests; its last code counts as unused, so one may sign in several times
    within half a minute.
    """

    def through_the_page(client: FlaskClient, username: str, password: str = PASSWORD) -> TestResponse:
        response = client.post("/sign-in", data={"username": username, "password": password})
        assert response.status_code in {302, 303}, f"{username} could not sign in: {response.status_code}"
        if "/sign-in/" in response.headers["Location"]:
            response = client.post("/sign-in/second-step", data={"code": fresh_code(username)})
            assert response.status_code in {302, 303}, f"the code of {username} was not taken: {response.status_code}"
        return response

    return through_the_page


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Says loudly, after everything else, what could not be tested here."""
    yield
    skipped = [report.longrepr for report in terminalreporter.getreports("skipped")]
    reasons = [str(told[2] if isinstance(told, tuple) else told) for told in skipped]
    for beginning in (NO_POSTGRESQL, NO_BROWSER, NO_LIBREOFFICE):
        missed = [reason.removeprefix("Skipped: ") for reason in reasons if beginning in reason]
        if missed:
            terminalreporter.write_line(f"!!! {len(missed)} TESTS WERE NOT RUN. {missed[0]}", red=True, bold=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Iterator[None]:
    """When everything of a test is taken down, the application has to be what it was before."""
    yield
    refuse_a_changed_application()
