"""Where a unit sets about a piece of evidence, what it only has to bring to its end, and when each fact was entered."""

from datetime import date, timedelta

from flask import Flask

from audits.models import AuditKind, AuditState
from nonconformities.models import EventKind
from qms.kernel.db import db
from qms.kernel.feature import house
from tests.office import TODAY, Office


def test_each_piece_names_the_page_where_a_unit_sets_about_it(app: Flask, office: Office) -> None:
    unit = office.unit(parent=office.agency())
    with app.test_request_context():
        led = {key: piece.act(unit.id) for key, piece in house().evidence.items() if piece.act is not None}
    assert led == {
        "announced": f"/units/{unit.id}",
        "management_review": "/reviews/new",
        "audited": "/audits/new",
        "clauses_covered": "/audits/new",
        "procedures_in_force": "/registers/take-over",
        "services_covered": "/registers/take-over",
        "procedures_reviewed": "/registers/take-over",
    }
    for address in led.values():
        app.url_map.bind("localhost").match(address)


def test_audits_that_would_prove_something_come_those_under_way_first_then_by_day(office: Office) -> None:
    agency = office.agency()
    unit, other = office.unit(parent=agency), office.unit(parent=agency)
    lead = office.person(unit=other)
    under_way = {"state": AuditState.UNDER_WAY, "lead_auditor_id": lead.id}
    office.audit(unit, "P-2", planned_on=TODAY)
    office.audit(unit, "P-1", planned_on=TODAY - timedelta(days=2))
    office.audit(unit, "P-3", planned_on=TODAY)
    office.audit(unit, "U-2", planned_on=TODAY, **under_way)
    office.audit(unit, "U-1", planned_on=TODAY - timedelta(days=1), **under_way)
    office.audit(other, "O-1", planned_on=TODAY)
    office.audit(unit, "R-1", planned_on=TODAY, reported_on=TODAY)
    office.audit(unit, "F-1", planned_on=TODAY, kind=AuditKind.FOLLOW_UP)
    unfinished = house().evidence["audited"].unfinished
    assert unfinished is not None and unfinished is house().evidence["clauses_covered"].unfinished
    rows = db.session.execute(unfinished(unit.id)).all()
    assert [row.reference for row in rows] == ["U-1", "U-2", "P-1", "P-2", "P-3"]
    assert rows[2].day == TODAY - timedelta(days=2)


def test_every_dated_fact_says_when_it_was_entered(office: Office) -> None:
    unit = office.unit(parent=office.agency())
    days = [date(2026, 1, number) for number in range(1, 8)]
    office.announcement(unit, announced_entered_on=days[0])
    office.review(unit, held_entered_on=days[1])
    office.audit(unit, reported_on=TODAY, reported_entered_on=days[2])
    nc = office.nonconformity(unit)
    office.response(nc, TODAY, responded_entered_on=days[3])
    office.event(nc, EventKind.CLOSED, TODAY, entered_on=days[4])
    office.action(nc, completed_on=TODAY, completed_entered_on=days[5])
    told = [row for select in house().entered for row in db.session.execute(select) if row.unit_id == unit.id]
    assert sorted(row.entered_on for row in told if row.entered_on is not None)[:6] == days[:6]
