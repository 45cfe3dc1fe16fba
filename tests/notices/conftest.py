"""A mail server for the tests of letters and digests, and a house with sentences and deadlines of the tests' own."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.headerregistry import Address

import pytest
from flask import Flask

from qms.config import MailServer as Server
from qms.kernel.feature import Deadline, Feature, House
from qms.kernel.language import _l
from tests.notices.mail_server import MailServer

__all__ = ["mail", "mail_server", "trial_house"]


def use_mail(app: Flask, port: int) -> None:
    """Lets the application send by a server on this machine."""
    settings = app.extensions["qms.settings"]
    app.extensions["qms.settings"] = replace(
        settings,
        mail_server=Server("127.0.0.1", port, "none"),
        mail_from=Address("Hệ thống ISO 9001", addr_spec="qms@phuong.example"),
        public_url="https://qms.phuong.example",
    )


@pytest.fixture
def mail_server() -> Iterator[MailServer]:
    """A running mail server."""
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail(request: pytest.FixtureRequest, mail_server: MailServer) -> MailServer:
    """A running mail server that ``any_app`` (or ``app``) sends by."""
    use_mail(request.getfixturevalue("any_app" if "any_app" in request.fixturenames else "app"), mail_server.port)
    return mail_server


TOLD = {
    "trial_told": _l("%(unit)s has reported “%(title)s”"),
    "trial_plain": _l("Something happened"),
}


def trial_house(app: Flask, *deadlines: Deadline) -> None:
    """The features of the house, with these deadlines instead of theirs and two sentences more."""
    features = [replace(feature, deadlines=()) for feature in app.extensions["qms.house"].features if feature.name != "trial"]
    app.extensions["qms.house"] = House([*features, Feature("trial", notices=TOLD, deadlines=deadlines)])


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[..., None]:
    """The sentences of the tests, on ``any_app`` or ``app``."""
    app = request.getfixturevalue("any_app" if "any_app" in request.fixturenames else "app")
    trial_house(app)
    return lambda *deadlines: trial_house(app, *deadlines)
