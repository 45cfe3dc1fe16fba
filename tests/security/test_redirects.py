"""No address of ours sends anybody elsewhere, whatever stands in ``next``, in a field or in the Referer."""

import re
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts import gate
from tests.office import Office
from tests.security.reading import with_every_role
from tests.security.records import constants_of, record_maker
from tests.security.world import SAFE, World, any_address, built, come_in, doors, open_every_door

ELSEWHERE = (
    "https://evil.example/",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "https:evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
    "http://localhost@evil.example/",
    "/..//evil.example",
)
FIELDS = ("next", "to", "url", "return", "return_to", "redirect", "continue", "target", "back")
PROVIDER = {"directory.go"}
"""The one door that leads out on purpose: to the identity provider of the settings."""


def _leads_out(location: str) -> bool:
    """Whether a browser would leave this site: it reads a backslash as a slash and drops tabs."""
    parts = urlsplit(re.sub("^/{2,}", "//", re.sub(r"[\t\r\n]", "", location).replace("\\", "/")))
    ours = {"", "localhost", "localhost:5000", "127.0.0.1:5000"}
    return parts.netloc not in ours or parts.scheme not in {"", "http", "https"}


@pytest.mark.timeout(300)
def test_no_door_leads_out_of_the_house(app: Flask, client: FlaskClient, office: Office) -> None:
    """Every door, signed in and not, with an address of elsewhere in every field a program might follow."""
    open_every_door(app)
    world = World(office)
    person = with_every_role(world)
    inside, outside = come_in(app, person), app.test_client()
    wrong, followed = [], 0
    for rule, method in doors(app):
        if rule.endpoint in PROVIDER or rule.endpoint.endswith("sign_out"):
            continue
        mark = getattr(app.view_functions[rule.endpoint], gate.MARK)
        maker = None if mark in {gate.PUBLIC, gate.AT_THE_DOOR} else record_maker(rule)
        own = any_address(rule) if maker is None else built(rule, maker(world, world.own, person) | constants_of(rule))
        for asker in (inside, outside):
            for target in ELSEWHERE if mark == gate.PUBLIC else ELSEWHERE[1:2]:
                fields = dict.fromkeys(FIELDS, target)
                answer = asker.open(
                    own,
                    method=method,
                    query_string=fields,
                    data=None if method in SAFE else fields | {"language": "vi"},
                    headers={"Referer": target},
                    buffered=True,
                )
                location = answer.headers.get("Location")
                followed += location is not None
                if location is not None and _leads_out(location):
                    wrong.append(f"{method} {rule.rule} with {target!r}: {location}")
                if re.search(
                    r'(?:href|action|src)="\s*(?:https?:)?(?://|\\\\|/\\)evil', answer.get_data().decode("utf-8", "replace")
                ):
                    wrong.append(f"{method} {rule.rule} with {target!r}: a link in the page")
                if method == "POST" and rule.endpoint == "account.end_session":
                    break
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert followed > 50


def test_what_leads_out_is_recognised() -> None:
    assert all(_leads_out(address) for address in ELSEWHERE[:6])
    assert not any(_leads_out(address) for address in ("/units", "/units?next=https://evil.example", "http://localhost/x"))
