"""The leader's first page: from the standing rows, within the scope, at a fixed price."""

import re
from datetime import date, timedelta

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update

from nonconformities.models import Grade
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.dashboard import overview
from qms.evaluation.jobs import next_yearly_day
from qms.evaluation.models import Verdict
from qms.evaluation.standing import keeping
from qms.evaluation.standing.models import StandingPeriod
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.office import TODAY, Office, past_the_trail
from tests.standing import stand
from tests.statements import statements

DAY = timedelta(days=1)
MOST_STATEMENTS = 12
FIRST_PAGE_BYTES = 150 * 1024


def of(office: Office, role: Role, unit: Unit, name: str = "l") -> Person:
    return office.person(name, unit=unit, role=role)


def seen(office: Office, person: Person) -> overview.Overview:
    found = overview.overview(office.moment(person), 1)
    assert found is not None
    return found


def test_without_rows_the_page_says_that_they_are_being_computed(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    of(office, Role.LEADER, office.agency("P"))
    sign_in(client, "l")
    page = client.get("/overview").text
    assert "lần đầu" in page and '<svg class="chart' not in page


def test_whoever_leads_begins_with_it_and_others_with_their_work(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = office.agency("P")
    of(office, Role.LEADER, ward)
    of(office, Role.UNIT_HEAD, ward, "h")
    sign_in(client, "l")
    assert client.get("/").headers["Location"] == "/overview"
    client.post("/sign-out")
    sign_in(client, "h")
    page = client.get("/")
    assert page.status_code == 200 and "Việc của tôi" in page.text and 'href="/overview"' in page.text


def test_only_units_within_the_scope_are_counted_and_named(app: Flask, office: Office) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    office.unit("A", parent=ward)
    office.unit("C", parent=other, name="Phòng của nơi khác")
    leader = of(office, Role.LEADER, ward)
    stand(office.moment())
    with app.test_request_context():
        view = seen(office, leader)
    assert view.share.n == 2 and view.missing == 2
    assert {one.unit.code for one in view.units.items} == {"P", "A"}
    assert {one.unit.code for one in view.short} <= {"P", "A"} and all(one.missing for one in view.short)


def test_a_major_nonconformity_past_its_limit_is_to_be_decided_and_stands_in_the_way(app: Flask, office: Office) -> None:
    ward, other = office.agency("P"), office.agency("Q")
    unit = office.unit("A", parent=ward)
    late, edge = TODAY - 45 * DAY, TODAY
    first = office.nonconformity(unit, "NC-1", grade=Grade.MAJOR, raised_on=TODAY - 90 * DAY, due_on=late, limit_on=late)
    shown = first.response_due_on
    office.nonconformity(unit, "NC-2", grade=Grade.MAJOR, raised_on=TODAY - 90 * DAY, due_on=edge, limit_on=edge)
    office.nonconformity(other, "NC-3", grade=Grade.MAJOR, raised_on=TODAY - 90 * DAY, due_on=late, limit_on=late)
    leader = of(office, Role.LEADER, ward)
    stand(office.moment())
    with app.test_request_context():
        view = seen(office, leader)
    assert [(one.code, one.due_on) for one in view.decisions] == [("NC-1", shown)], "with the day that the list shows"
    assert "NC-1" in {code for one in view.short for each in one.missing for code in each.failing}


def test_the_audits_of_the_next_weeks_come_by_day(app: Flask, office: Office) -> None:
    ward = office.agency("P")
    for days in (60, 9, 2):
        office.audit(ward, f"DG-{days}", planned_on=TODAY + days * DAY)
    leader = of(office, Role.LEADER, ward)
    stand(office.moment())
    with app.test_request_context():
        coming = seen(office, leader).coming
    assert [one.day - TODAY for one in coming if one.url.startswith("/audits/")] == [2 * DAY, 9 * DAY]


def test_the_yearly_evaluation_comes_while_its_day_is_near(app: Flask, office: Office) -> None:
    leader = of(office, Role.LEADER, office.agency("P"))
    stand(office.moment())
    with app.test_request_context():
        assert [(one.day, one.url) for one in seen(office, leader).coming] == [(date(2026, 12, 1), "/evaluation")]
        assert [next_yearly_day(day).year for day in (date(2026, 12, 1), date(2026, 12, 2))] == [2026, 2027]


def test_the_bar_has_a_segment_for_each_unit_and_is_divided_when_there_are_many() -> None:
    def tones(**counts: int) -> list[str]:
        found = {verdict: counts.get(verdict.value, 0) for verdict in Verdict}
        return overview.Overview(date(2026, 1, 1), None, found, None, (), None, (), (), ()).tones  # type: ignore[arg-type]

    assert tones(maintains=2, not_maintained=1) == ["good", "good", "bad"]
    many = tones(maintains=20_000, not_maintained=1)
    assert len(many) <= overview.MOST_SEGMENTS + 1 and many[-1] == "bad"


def test_years_before_any_unit_had_a_point_are_not_drawn(app: Flask, office: Office) -> None:
    ward = office.agency("P")
    leader = of(office, Role.LEADER, ward)
    keeping.rebuild(office.moment())
    year = (TODAY - DAY).year
    with app.test_request_context():
        view = seen(office, leader)
        assert [bar.label for bar in view.years.bars] == [str(year)]
        assert view.before[-1] == str(year - 1), "the unit was in scope, and nothing had begun"
        with past_the_trail() as session:
            session.execute(
                update(StandingPeriod).where(StandingPeriod.since <= date(year - 1, 12, 31)).values(score=1, weight=1)
            )
        view = seen(office, leader)
    assert [bar.label for bar in view.years.bars][-2:] == [str(year - 1), str(year)]


def many_units(office: Office, count: int) -> Unit:
    """An agency with so many units, put in at once."""
    ward = office.agency("P")
    for place in range(count):
        office.unit(f"U{place}", parent=ward, name=f"Phòng chuyên môn thứ {place}")
    return ward


def test_a_page_of_many_units_costs_as_much_as_one_of_few(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    ward = many_units(office, 60)
    of(office, Role.LEADER, ward)
    stand(office.moment())
    sign_in(client, "l")
    client.get("/overview")
    with statements() as asked:
        page = client.get("/overview")
    assert page.status_code == 200
    assert len([one for one in asked if one != "BEGIN"]) <= MOST_STATEMENTS, asked
    assert len(page.data) < FIRST_PAGE_BYTES
    assert len(re.findall(r'<th scope="row"><a href="/units/', page.text)) == 25
    assert 'href="/overview?page=2"' in page.text
    last = client.get("/overview?page=99").text
    assert len(re.findall(r'<th scope="row"><a href="/units/', last)) == 61 - 50
