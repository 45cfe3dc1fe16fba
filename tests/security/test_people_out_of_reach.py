"""The walk of the fields: whoever is out of reach is answered in every field as somebody who does not exist.

No field is named here. Each field of each form, and each name that a page reads from its address, gets the user name of a person
of another agency, and then one of the same length that nobody has; the answers are compared word for word.
"""

import re
import shutil
from datetime import UTC, datetime, timedelta
from itertools import zip_longest
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts import gate
from qms.kernel.db import db
from tests.office import Office
from tests.security.reading import with_every_role
from tests.security.records import constants_of, record_maker
from tests.security.test_bad_addresses import read_by
from tests.security.test_forms import forms_of, put_back
from tests.security.world import ELSEWHERE, SAFE, World, any_address, built, come_in, doors, open_every_door, session_of

KNOWN = {
    "people.new": "user names are unique in the whole house; only administrators make accounts",
}
"""Where the answers may differ, and why."""
MADE_ANEW = {"/account/second-factor", "/session"}
"""A new secret each time, and the seconds that are left."""
STEERING = {"csrf_token", "version", "seen"}
PASSING = re.compile(r"[\w-]{60,}={0,2}|[0-9a-f]{8,64}")
"""What differs between any two answers: the token of a form, the number of the request."""


def told(page: str, name: str) -> str:
    """The answer without what differs each time."""
    return PASSING.sub("", page).replace(name, "…")


def first_difference(one: tuple[int, str], other: tuple[int, str]) -> str:
    """The statuses, and the first line that differs."""
    lines = zip_longest(one[1].splitlines(), other[1].splitlines())
    differing = next(((first, second) for first, second in lines if first != second), ("", ""))
    return f"{one[0]} {differing[0]!r:.300} and {other[0]} {differing[1]!r:.300}"


@pytest.mark.timeout(300)
def test_a_person_of_another_agency_is_answered_as_nobody_in_every_field(
    app: Flask, client: FlaskClient, office: Office, tmp_path: Path
) -> None:
    open_every_door(app)
    world = World(office)
    person, stranger = with_every_role(world), world.someone_in(world.places[ELSEWHERE])
    names = stranger.username, stranger.username[:-1] + "x"
    file, kept = Path(str(db.engine.url.database)), tmp_path / "kept.sqlite3"
    unlike, sent = [], set()
    with time_machine.travel(datetime.now(UTC) + timedelta(seconds=5), tick=False):
        for rule, method in doors(app):
            mark = getattr(app.view_functions[rule.endpoint], gate.MARK)
            if method in SAFE or mark in {gate.PUBLIC, gate.AT_THE_DOOR} or rule.endpoint.startswith(("account.", "passkeys.")):
                continue
            maker = record_maker(rule)
            address = built(rule, ({} if maker is None else maker(world, world.own, person)) | constants_of(rule))
            token = session_of(person)
            asker = come_in(app, person, token)
            page = address if "GET" in (rule.methods or ()) else address.rsplit("/", 1)[0]
            fields = forms_of(asker, page).get(address, {})
            db.session.rollback()
            db.engine.dispose()
            shutil.copyfile(file, kept)
            for field in sorted(fields.keys() - STEERING):
                answers = []
                for name in names:
                    put_back(kept, file)
                    answer = come_in(app, person, token).post(address, data=fields | {field: name}, buffered=True)
                    answers.append((answer.status_code, told(answer.text + answer.headers.get("Location", ""), name)))
                sent.add(field)
                if answers[0] != answers[1] and rule.endpoint not in KNOWN:
                    unlike.append(f"{rule.rule}, field {field}: {first_difference(*answers)}")
    assert not unlike, "\n".join(unlike)
    assert {"owner", "username"} <= sent, f"fields that name people were not found: {sorted(sent)}"


def test_a_person_of_another_agency_is_answered_as_nobody_in_every_address(
    app: Flask, client: FlaskClient, office: Office
) -> None:
    open_every_door(app)
    world = World(office)
    person, stranger = with_every_role(world), world.someone_in(world.places[ELSEWHERE])
    names = stranger.username, stranger.username[:-1] + "x"
    asker, unlike, asked = come_in(app, person, session_of(person)), [], set()
    with time_machine.travel(datetime.now(UTC), tick=False):
        for rule, method in doors(app):
            if method != "GET" or rule._converters or rule.rule.endswith((".pdf", ".docx", ".xlsx")) or rule.rule in MADE_ANEW:
                continue
            for field in sorted(read_by(app, rule.endpoint) - {"page"}):
                answers = [
                    told(
                        asker.get(any_address(rule), query_string={field: name}, buffered=True)
                        .get_data()
                        .decode("utf-8", "replace"),
                        name,
                    )
                    for name in names
                ]
                asked.add(field)
                if answers[0] != answers[1]:
                    unlike.append(f"{rule.rule}?{field}")
    assert not unlike, "\n".join(unlike)
    assert {"person", "q"} <= asked
