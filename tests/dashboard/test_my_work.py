"""My work is seen in three ways, a page at a time; whoever owes a thing is reminded once a day."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from audits.models import AuditState
from nonconformities.models import Grade
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.dashboard import queries, reminding
from qms.dashboard.views import ON_PHONE
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.notices.models import Notice, Reminder
from qms.trail.models import TrailEntry
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.office import TODAY, Office
from tests.standing import stand
from tests.statements import statements

DAY = timedelta(days=1)
MOST_STATEMENTS = 12
FIRST_PAGE_BYTES = 150 * 1024


def ward(office: Office) -> tuple[Unit, Person, Person]:
    """An agency, its officer, and an auditor of one of its divisions."""
    agency = office.agency("P")
    officer = office.person("officer", unit=agency, role=Role.QUALITY_OFFICER)
    auditor = office.person("auditor", unit=office.unit("A", parent=agency), full_name="Trần Thị Dẫn")
    return agency, officer, auditor


def test_what_is_due_first_stands_first_and_the_rest_is_on_other_pages(app: Flask, office: Office) -> None:
    agency, _officer, auditor = ward(office)
    for days in range(60, 0, -1):
        office.audit(agency, f"DG-{days:02}", planned_on=TODAY - 3 * DAY + days * DAY, lead_auditor_id=auditor.id)
    with app.test_request_context():
        first, second = (queries.waiting(queries.View.MINE, number, office.moment(auditor)) for number in (1, 2))
        beyond = queries.waiting(queries.View.MINE, 99, office.moment(auditor))
    assert [item.code for item in first.page.items][:2] == ["DG-01", "DG-02"]
    assert (len(first.page.items), len(second.page.items), first.page.total) == (50, 10, 60)
    assert (len(first.overdue), len(first.this_week), first.late) == (2, 8, 2)
    assert first.first is first.overdue[0] and second.first is None
    assert [item.code for item in beyond.page.items] == [item.code for item in second.page.items]


def test_my_work_is_carried_away_as_it_is_shown_with_all_its_pages(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    agency, _officer, auditor = ward(office)
    for number in range(60):
        office.audit(agency, f"DG-{number:02}", planned_on=TODAY + number * DAY, lead_auditor_id=auditor.id)
    office.audit(office.agency("Q"), "DG-Q")
    sign_in(client, "auditor")
    assert 'href="/my-work/export.csv?view=mine"' in client.get("/my-work").text
    head, *lines = client.get("/my-work/export.csv?view=mine").text.splitlines()
    assert "Ai giao" in head and len(lines) == 60 and "DG-00" in lines[0] and "DG-59" in lines[-1]
    assert "DG-Q" not in "".join(lines)
    assert client.get("/my-work/export.xlsx?view=unit").mimetype.endswith("spreadsheetml.sheet")
    phone = client.get("/my-work", headers={"User-Agent": "Mobile Safari Mobi"}).text
    assert phone.count("what-title") == ON_PHONE


def test_the_whole_unit_is_what_is_open_in_the_units_one_answers_for_whoever_owes_it(app: Flask, office: Office) -> None:
    agency, officer, auditor = ward(office)
    other = office.agency("Q")
    office.audit(agency, "DG-1", lead_auditor_id=auditor.id)
    office.audit(agency, "DG-2")
    office.audit(agency, "DG-3", state=AuditState.CANCELLED, cancelled_on=TODAY, cancel_reason="Bão")
    office.audit(other, "DG-4")
    with app.test_request_context():
        page = queries.waiting(queries.View.UNIT, 1, office.moment(officer)).page
        nothing = queries.waiting(queries.View.UNIT, 1, office.moment(auditor)).page
    assert [(item.code, item.owed_by, item.obstacle is None) for item in page.items] == [
        ("DG-1", "Trần Thị Dẫn", True),
        ("DG-2", "", False),
    ]
    assert page.items[0].asked_by == agency.name
    assert not nothing.items


def test_the_tabs_lead_from_one_way_to_another(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    agency, _officer, auditor = ward(office)
    office.audit(agency, "DG-1", lead_auditor_id=auditor.id)
    sign_in(client, "officer")
    page = client.get("/my-work").text
    assert "DG-1" not in page and all(f'href="/my-work?view={view}"' in page for view in ("mine", "awaited", "unit"))
    page = client.get("/my-work?view=unit").text
    assert "DG-1" in page and "Ai phải làm" in page and "Trần Thị Dẫn" in page
    assert "Hiện ông/bà không phải chờ ai" in client.get("/my-work?view=awaited").text
    assert client.get("/my-work?view=nonsense").status_code == 200


def test_a_reminder_tells_who_owes_and_stands_in_the_story(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    agency, officer, auditor = ward(office)
    office.audit(agency, "DG-1", lead_auditor_id=auditor.id)
    sign_in(client, "officer")
    form = {"kind": "audit", "code": "DG-1", "view": "unit"}
    answer = client.post("/my-work/remind", data=form)
    assert answer.status_code == 303 and answer.headers["Location"] == "/my-work?view=unit"
    page = client.get("/my-work?view=unit").text
    assert "Đã nhắc 1 người." in page and "Hôm nay đã nhắc" in page and 'action="/my-work/remind"' not in page
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.person_id, notice.code, notice.urgent, notice.values["who"]) == (auditor.id, "DG-1", True, officer.full_name)
    entry = db.session.scalars(select(TrailEntry).where(TrailEntry.deed == "remind")).one()
    assert (entry.kind, entry.code, entry.person_id) == ("audit", "DG-1", officer.id)
    again = client.post("/my-work/remind", data=form)
    assert again.status_code == 409 and "Hôm nay đã nhắc" in again.text
    assert len(db.session.scalars(select(Notice)).all()) == 1


def test_a_reminder_may_be_sent_again_the_next_day(app: Flask, office: Office) -> None:
    agency, officer, auditor = ward(office)
    office.audit(agency, "DG-1", lead_auditor_id=auditor.id)
    with app.test_request_context():
        for day in (TODAY, TODAY + DAY):
            thing = reminding.owed("audit", "DG-1", office.moment(officer, day))
            with writing():
                assert reminding.remind(thing, office.moment(officer, day)) == 1
        with writing(), pytest.raises(Refused, match="reminded_today"):
            reminding.remind(thing, office.moment(officer, TODAY + DAY))
    assert {one.due_on for one in db.session.scalars(select(Reminder))} == {TODAY, TODAY + DAY}


@pytest.mark.parametrize("code", ["DG-2", "DG-4", "DG-9"], ids=["led by nobody", "of another agency", "of no record"])
def test_nobody_is_reminded_of_what_stands_in_no_list_of_ones_own(app: Flask, office: Office, code: str) -> None:
    agency, officer, auditor = ward(office)
    office.audit(agency, "DG-2")
    office.audit(office.agency("Q"), "DG-4", lead_auditor_id=auditor.id)
    with app.test_request_context(), pytest.raises(Refused, match="nobody_owes"):
        reminding.owed("audit", code, office.moment(officer))


def test_nobody_is_reminded_of_the_own_work(app: Flask, office: Office) -> None:
    agency, officer, _auditor = ward(office)
    office.audit(office.unit("B", parent=agency), "DG-1", lead_auditor_id=officer.id)
    with app.test_request_context():
        (item,) = queries.waiting(queries.View.UNIT, 1, office.moment(officer)).page.items
        assert not reminding.owed_by_others(item, office.moment(officer))
        with pytest.raises(Refused, match="nobody_owes"):
            reminding.owed("audit", "DG-1", office.moment(officer))


def test_a_reminder_looks_through_the_lists_before_it_keeps_others_waiting(
    client: FlaskClient, office: Office, sign_in: SignIn
) -> None:
    agency, _officer, auditor = ward(office)
    office.audit(agency, "DG-1", lead_auditor_id=auditor.id)
    sign_in(client, "officer")
    with statements() as asked:
        assert client.post("/my-work/remind", data={"kind": "audit", "code": "DG-1"}).status_code == 303
    locked = asked.index("BEGIN IMMEDIATE")
    looking = [place for place, each in enumerate(asked) if "FROM audits" in each]
    assert looking and max(looking) < locked


@pytest.mark.parametrize("view", list(queries.View))
def test_every_way_costs_few_statements_and_few_bytes_however_much_there_is(
    client: FlaskClient, office: Office, sign_in: SignIn, view: queries.View
) -> None:
    agency, officer, auditor = ward(office)
    for number in range(70):
        unit = office.unit(f"U{number}", parent=agency)
        office.audit(unit, f"DG-{number}", lead_auditor_id=(officer if view is queries.View.MINE else auditor).id)
        office.nonconformity(unit, f"NC-{number}", statement="Sổ theo dõi không ghi ngày trả kết quả của hồ sơ " * 6)
    sign_in(client, "officer")
    client.get("/my-work")
    with statements() as asked:
        page = client.get(f"/my-work?view={view.value}")
    assert page.status_code == 200
    assert len([one for one in asked if one != "BEGIN"]) <= MOST_STATEMENTS, asked
    assert len(page.data) < FIRST_PAGE_BYTES
    assert len(re.findall('class="what-title"', page.text)) <= 50


def test_how_the_own_unit_stands_and_what_is_missing_stands_above(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    agency, _officer, _auditor = ward(office)
    unit = office.unit("B", parent=agency)
    late = TODAY - 45 * DAY
    office.nonconformity(unit, "NC-7", grade=Grade.MAJOR, raised_on=TODAY - 90 * DAY, due_on=late, limit_on=late)
    office.person("head", unit=unit, role=Role.UNIT_HEAD)
    sign_in(client, "head")
    assert 'class="card strip"' not in client.get("/my-work").text
    stand(office.moment())
    strip = re.search(r'<section class="card strip">.*?</section>', client.get("/my-work").text, re.DOTALL)
    assert strip is not None and "Chưa đạt" in strip[0] and "NC-7" in strip[0] and f'href="/units/{unit.id}"' in strip[0]
    assert 'class="card strip"' not in client.get("/my-work?view=unit").text


def test_how_the_own_unit_stands_is_told_to_whoever_may_read_it_alone(office: Office) -> None:
    ward = office.agency("P")
    stand(office.moment())
    assert queries.own_standing(office.moment(office.person("d", unit=ward, role=Role.READER))) is not None
    assert queries.own_standing(office.moment(office.person("e", unit=ward))) is None
