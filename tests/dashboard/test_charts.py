"""The page of charts: every picture with its table, within the scope, at a fixed price."""

from datetime import timedelta

from flask import Flask
from flask.testing import FlaskClient

from audits.models import AuditState
from audits.pictures import programme
from nonconformities.models import NonconformityState
from nonconformities.pictures import ageing, by_clause, raised_by_month
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from tests.conftest import SignIn
from tests.office import TODAY, Office
from tests.statements import asked_again

DAY = timedelta(days=1)


def leader(office: Office) -> Person:
    """Who leads a ward, with something to draw there and elsewhere."""
    ward, other = office.agency("P"), office.agency("Q")
    for number, (days, clause) in enumerate(((30, "7.5"), (31, "7.5"), (91, "8.5"), (400, "9.1"))):
        office.nonconformity(ward, f"NC-{number}", raised_on=TODAY - days * DAY, clause=clause)
    office.nonconformity(ward, "NC-8", raised_on=TODAY - 200 * DAY, state=NonconformityState.CLOSED, clause="7.5")
    office.nonconformity(other, "NC-9", raised_on=TODAY, clause="4.1")
    office.audit(ward, "DG-1", reported_on=TODAY - 100 * DAY)
    office.audit(ward, "DG-2", state=AuditState.UNDER_WAY, planned_on=TODAY - 5 * DAY)
    office.audit(ward, "DG-3", planned_on=TODAY + 5 * DAY)
    office.audit(ward, "DG-4", state=AuditState.CANCELLED, cancelled_on=TODAY, cancel_reason="Bão")
    office.audit(other, "DG-5")
    return office.person("l", unit=ward, role=Role.LEADER)


def test_charts_count_what_one_may_see_and_sort_it_at_the_edges(app: Flask, office: Office) -> None:
    moment = office.moment(leader(office))
    with app.test_request_context():
        ages, months, causes, year = ageing(moment), raised_by_month(moment), by_clause(moment), programme(moment)
    assert ages is not None and [mark.count for mark in ages.marks] == [1, 1, 0, 2], "thirty days is the first kind"
    assert months is not None and sum(point.count for point in months.points) == 4, "a year back, not more; closed ones, too"
    assert causes is not None and [(row.label, row.count) for row in causes.rows] == [("điều 7.5", 3), ("điều 8.5", 1)]
    assert year is not None
    spans = [(span.first, span.last, span.tone) for span in year.spans]
    assert spans == [
        (TODAY - 100 * DAY, TODAY - 100 * DAY, "good"),
        (TODAY - 5 * DAY, TODAY, "accent"),
        (TODAY + 5 * DAY, TODAY + 5 * DAY, "planned"),
    ]


def test_every_chart_has_its_table_and_costs_one_statement(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    leader(office)
    sign_in(client, "l")
    page = client.get("/overview/charts").text
    assert page.count('<svg class="chart') == page.count('<details class="numbers">') == 4
    asked = [one for one in asked_again(client, "/overview/charts") if one != "BEGIN"]
    assert len(asked) <= 12, asked
    assert 'href="/overview/charts"' in client.get("/overview").text


def test_where_nothing_happened_nothing_is_drawn(client: FlaskClient, office: Office, sign_in: SignIn) -> None:
    office.person("l", unit=office.agency("P"), role=Role.LEADER)
    sign_in(client, "l")
    page = client.get("/overview/charts")
    assert page.status_code == 200 and '<svg class="chart' not in page.text and "Chưa có số liệu để vẽ" in page.text
