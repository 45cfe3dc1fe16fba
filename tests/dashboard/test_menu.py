"""The menu: the year as it really stands, the technical pages behind one entry."""

import re
from datetime import date, timedelta

from flask import Flask, current_app
from flask.testing import FlaskClient

from qms.accounts.figures import init_figures, told
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.evaluation import service as evaluation
from qms.evaluation.models import RunOrigin
from qms.kernel.db import writing
from qms.kernel.feature import Phase, Told, house
from qms.notices.models import Notice
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.office import TODAY, Office, past_the_trail
from tests.statements import asked_again

REVIEWS, EVALUATION = "reviews.listing", "evaluation.listing"


def rail(office: Office, person: Person) -> dict[str, Told]:
    """What the phases of the year say, by endpoint; counted anew, for the builders tell the trail nothing."""
    init_figures(current_app)
    entries = [entry for feature in house().features for entry in feature.menu if entry.section == "year"]
    return told(entries, office.moment(person))


def evaluate(office: Office, day: date, origin: RunOrigin, scope: Unit | None = None) -> None:
    outcome = evaluation.evaluate(day, office.moment(), scope)
    with writing():
        evaluation.store(outcome, office.moment(), origin, scope)


def test_nothing_has_begun_in_a_year_without_records(app: Flask, office: Office) -> None:
    officer = office.person(unit=office.agency("P"), role=Role.QUALITY_OFFICER)
    with app.test_request_context():
        assert {said.phase for said in rail(office, officer).values()} == {Phase.AHEAD}


def test_reviews_are_done_with_the_first_one_held_this_year_in_ones_own_agency(app: Flask, office: Office) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    officer = office.person(unit=ward, role=Role.QUALITY_OFFICER)
    office.review(ward, date(TODAY.year - 1, 12, 31))
    office.review(other, date(TODAY.year, 6, 15))
    with app.test_request_context():
        assert rail(office, officer)[REVIEWS] == Told(None, Phase.AHEAD)
        office.review(ward, date(TODAY.year, 1, 1))
        assert rail(office, officer)[REVIEWS] == Told("đã họp 1", Phase.DONE)


def test_the_evaluation_runs_with_the_first_run_of_people_and_is_done_with_the_yearly_one(app: Flask, office: Office) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    officer = office.person(unit=ward, role=Role.QUALITY_OFFICER)
    with app.test_request_context():
        evaluate(office, TODAY - timedelta(days=9), RunOrigin.PERSON, other)
        assert rail(office, officer)[EVALUATION] == Told("01/12", Phase.AHEAD)
        evaluate(office, TODAY - timedelta(days=9), RunOrigin.PERSON, ward)
        assert rail(office, officer)[EVALUATION].phase is Phase.RUNNING
        evaluate(office, TODAY - timedelta(days=1), RunOrigin.YEARLY)
        assert rail(office, officer)[EVALUATION].phase is Phase.DONE


def test_technical_pages_stand_behind_one_entry_that_is_open_on_them(
    client: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    office.person("quan.tri", unit=office.agency("P"), role=Role.ADMINISTRATOR)
    sign_in(client, "quan.tri")
    page = client.get("/my-work").text
    behind = re.search(r'<details class="side-admin">.*?</details>', page, re.DOTALL)
    assert behind is not None and all(f'href="{path}"' in behind[0] for path in ("/journal", "/letters", "/jobs"))
    assert '<details class="side-admin" open>' in client.get("/journal").text


def test_the_bell_counts_what_is_unread_on_every_page_without_a_statement_of_its_own(
    client: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    person = office.person("xem", unit=office.agency("P"), role=Role.READER)
    sign_in(client, "xem")
    before = asked_again(client, "/units")
    assert "thông báo mới" not in client.get("/units").text
    with past_the_trail() as session:
        session.add(Notice(person_id=person.id, name="account_changed", kind="person", code="1", made_at=office.moment().instant))
    assert "1 thông báo mới" in client.get("/units").text
    assert len(asked_again(client, "/units")) == len(before)
    assert not [one for one in before if one.startswith("SELECT count") and "FROM notices" in one]
