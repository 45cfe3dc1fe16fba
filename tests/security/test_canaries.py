"""No word of another agency anywhere: a bird in every text of the other one, and nobody here may hear it.

So every list, count, search, chart, export and paper goes through the one scope, also those that come later.
"""

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts.permissions import Role
from qms.kernel.db import Base
from qms.workdays.models import SpecialDay
from tests.office import Office, past_the_trail
from tests.security.planting import WORDS, fill, plant
from tests.security.reading import read_everything, with_every_role
from tests.security.world import ELSEWHERE, OWN, World, open_every_door

BIRD = "sơnca"
QUERIES = ("q=sonc&text=sonc&page=2", "unit=KHAC-1&unit_id=2&state=open&about=1")


@pytest.fixture
def here(client: FlaskClient, office: Office) -> World:
    """Our two agencies; another one stands beside them, with a bird in every text."""
    open_every_door(client.application)
    other = World(office, "KHAC")
    for place in (OWN, ELSEWHERE):
        fill(office, other.places[place])
    planted = plant(BIRD)
    assert len(planted) > 80, sorted(planted)
    with past_the_trail() as session:
        for day in session.scalars(select(SpecialDay)):  # the calendar is the same for everybody
            session.delete(day)
    world = World(office)
    fill(office, world.own)
    return world


@pytest.mark.timeout(300)
def test_no_page_and_no_file_holds_a_word_of_another_agency(app: Flask, here: World) -> None:
    heard, read = [], 0
    for person, queries in ((with_every_role(here), QUERIES), (here.people[Role.STAFF], ())):
        for answer in read_everything(app, here, person, *queries):
            read += answer.response.status_code == 200
            if answer.response.status_code >= 500:
                heard.append(f"{answer.address}: {answer.response.status_code}")
            if BIRD in answer.text.casefold():
                at = answer.text.casefold().index(BIRD)
                heard.append(f"{answer.address} for {person.username}: …{answer.text[max(0, at - 160) : at + 40]!r}")
    assert not heard, "\n".join(heard)
    assert read > 60


def test_the_bird_is_heard_in_its_own_agency(app: Flask, here: World, office: Office) -> None:
    """The test above can fail: somebody of the other agency reads the word on many pages and in every kind of file."""
    other = World(office, "BA")
    fill(office, other.own)
    plant(BIRD)
    heard = {answer.response.mimetype for answer in read_everything(app, other, with_every_role(other)) if BIRD in answer.text}
    assert {"text/html", "text/csv", "application/pdf"} <= heard, heard
    assert any("spreadsheet" in kind for kind in heard)


def test_no_column_is_spared_by_mistake() -> None:
    """``WORDS`` names columns that exist; one that was renamed would silently spare nothing."""
    columns = {f"{table.name}.{column.name}" for table in Base.metadata.sorted_tables for column in table.columns}
    spared = {name for name in columns if WORDS.fullmatch(name)}
    texts = {
        "nonconformities.statement",
        "people.full_name",
        "procedures.title",
        "units.name",
        "audits.conclusion",
        "trail.reason",
    }
    assert not spared & texts
    assert spared
