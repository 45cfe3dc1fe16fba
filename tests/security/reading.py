"""Reading everything a person can reach: every page and every file, as text."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from pypdf import PdfReader
from werkzeug.test import TestResponse

from qms.accounts import gate
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from tests.security.records import CONSTANT, constants_of, record_maker
from tests.security.world import SAFE, World, built, come_in, doors

LEAVES = {"accounts.sign_in", "account.end_session"}
"""Doors that end the session or lead out of it."""


@dataclass(frozen=True)
class Answer:
    """What a door answered: where, and all text in it."""

    address: str
    response: TestResponse
    text: str

    @property
    def is_page(self) -> bool:
        """Whether a browser shows it as a page."""
        return self.response.mimetype == "text/html"


def read_everything(app: Flask, world: World, person: Person, *queries: str) -> Iterator[Answer]:
    """Every GET door of the application with the person's own records, and the lists once more for each query."""
    client = come_in(app, person)
    for rule, method in doors(app):
        if (
            method not in SAFE
            or rule.endpoint in LEAVES
            or getattr(app.view_functions[rule.endpoint], gate.MARK) == gate.AT_THE_DOOR
        ):
            continue
        public = getattr(app.view_functions[rule.endpoint], gate.MARK) == gate.PUBLIC
        maker = None if public else record_maker(rule)
        values = {} if maker is None else maker(world, world.own, person)
        if public and rule.arguments:
            continue
        variants = CONSTANT["extension"] if "extension" in rule.arguments else ("",)
        for extension in variants:
            constants = constants_of(rule) | ({"extension": extension} if extension else {})
            try:
                address = built(rule, values | constants)
            except (LookupError, ValueError):  # this file is not offered here
                continue
            for query in ("", *(f"?{each}" for each in queries if maker is None)):
                yield read(client, address + query)


def read(client: FlaskClient, address: str) -> Answer:
    """One answer with its text."""
    response = client.get(address, buffered=True)
    return Answer(address, response, text_of(response))


def text_of(response: TestResponse) -> str:
    """Everything that can be read in an answer, whatever its kind."""
    content = response.get_data()
    if response.mimetype == "application/pdf" and response.status_code == 200:
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages)
    if content.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(content)) as archive:
            parts = [archive.read(name).decode("utf-8", "replace") for name in archive.namelist()]
            return unescape("\n".join(parts))  # a workbook written row by row names letters by number
    return content.decode("utf-8", "replace")


def with_every_role(world: World) -> Person:
    """Somebody who may do everything in the agency, and nothing elsewhere."""
    person = world.office.person(unit=world.own)
    for role in Role:
        world.office.grant(person, role, world.agency)
    return person
