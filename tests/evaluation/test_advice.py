"""What is advised can still be done, is the shortest way, and leads where it says; what is past is told by its last day."""

import re
from collections.abc import Callable
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient

from audits.models import AuditState
from nonconformities.models import Nonconformity
from qms.accounts.permissions import Role
from qms.evaluation.advice import Advice, advise, leaves_on
from qms.evaluation.criteria import set_of
from qms.evaluation.models import RunOrigin, Verdict
from qms.evaluation.queries import UnitView, visible_unit
from qms.evaluation.service import evaluate, store
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.units.models import Unit
from tests.evaluation.test_rules_each import maintaining
from tests.office import TODAY, Office
from tests.statements import statements

SignIn = Callable[..., object]


@pytest.fixture
def ward(app: Flask, office: Office) -> Unit:
    """An announced and reviewed agency that is not in scope itself."""
    ward = office.agency("P", in_scope_from=None, exclusion_reason="Không thuộc diện")
    office.announcement(ward)
    office.review(ward)
    return ward


def sealed(office: Office) -> int:
    outcome = evaluate(TODAY, office.moment())
    with writing():
        return store(outcome, office.moment(), RunOrigin.PERSON).id


def view_of(office: Office, unit: Unit) -> UnitView:
    view = visible_unit(sealed(office), unit.id, office.moment().person)
    assert view is not None
    return view


def advised(app: Flask, office: Office, unit: Unit) -> Advice:
    view = view_of(office, unit)

    def address(kind: str | None, record_id: int | None) -> str | None:
        return None if kind is None or record_id is None else house().record_address(kind, record_id)

    with app.test_request_context():
        return advise(view.unit, view.criteria_set, view.failing, house().evidence, address)


def told(advice: Advice) -> list[tuple[str, int, list[str]]]:
    return [(way.criterion.code, way.needed, [step.reference for step in way.steps]) for way in advice.ways]


def late_action(office: Office, unit: Unit, due_on: date, completed_on: date | None) -> Nonconformity:
    """A nonconformity within its limits, with one action that was not done in time."""
    found = office.nonconformity(unit, raised_on=date(2026, 9, 1), due_on=date(2026, 11, 20))
    office.action(found, "1", due_on=due_on, completed_on=completed_on)
    return found


def test_an_audit_that_is_under_way_is_advised_before_a_new_one(app: Flask, office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward, in_scope_from=date(2023, 1, 1))
    office.procedure(unit, effective_on=date(2026, 1, 5))
    advice = advised(app, office, unit)
    assert told(advice) == [("audited", 1, [])] and advice.ways[0].url == "/audits/new"
    audit = office.audit(unit, "ĐG-09", state=AuditState.UNDER_WAY, planned_on=date(2026, 9, 18))
    advice = advised(app, office, unit)
    assert told(advice) == [("audited", 1, ["ĐG-09"])]
    assert advice.ways[0].url == f"/audits/{audit.id}" and advice.ways[0].steps[0].day == date(2026, 9, 18)
    assert advice.towards is Verdict.TO_SUPPLEMENT


def test_every_mandatory_criterion_belongs_to_the_way_out_of_the_lowest_band(app: Flask, office: Office, ward: Unit) -> None:
    unit = maintaining(office, "A", ward)
    overdue = [office.nonconformity(unit, raised_on=date(2026, 1, 2), due_on=date(2026, 2, 2)) for _ in range(2)]
    advice = advised(app, office, unit)
    assert told(advice) == [("no_overdue_nonconformity", 2, sorted(one.code for one in overdue))]
    assert [step.url for step in advice.ways[0].steps] == [f"/nonconformities/{one.id}" for one in overdue]
    assert (advice.count, advice.past) != (0, ())


def test_the_shortest_set_is_named_where_one_step_is_not_enough(app: Flask, office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward, in_scope_from=date(2023, 1, 1))
    office.procedure(unit, "QT-1", effective_on=date(2025, 1, 5))  # not reviewed for a year, names no service
    office.service(unit, "1.000001")
    office.audit(unit, reported_on=date(2026, 9, 18), clauses="4;5")
    advice = advised(app, office, unit)
    assert advice.towards is Verdict.MAINTAINS and advice.ways == ()  # five points apply, six are asked for
    found = office.nonconformity(unit, raised_on=date(2026, 9, 1), due_on=date(2026, 11, 20))
    office.action(found, "1", due_on=date(2026, 11, 20), completed_on=date(2026, 11, 1))
    office.response(found, date(2026, 9, 2))
    advice = advised(app, office, unit)
    assert [(code, needed) for code, needed, _steps in told(advice)] == [("services_covered", 1), ("procedures_reviewed", 1)]
    assert (advice.score.k, advice.score.n, advice.count) == (7, 8, 2)


def test_what_is_past_is_never_advised_and_its_last_day_is_told(app: Flask, office: Office, ward: Unit) -> None:
    unit = maintaining(office, "A", ward)
    done = late_action(office, unit, date(2026, 10, 1), date(2026, 10, 20))
    waiting = late_action(office, unit, date(2026, 10, 5), None)
    advice = advised(app, office, unit)
    assert advice.towards is Verdict.MAINTAINS
    assert "actions_on_time" not in [code for code, _needed, _steps in told(advice)]
    past = {one.reference: one.leaves_on for one in advice.past if one.criterion.code == "actions_on_time"}
    assert past == {f"{done.code}/1": date(2027, 10, 1), f"{waiting.code}/1": None}
    assert {one.url for one in advice.past} >= {f"/nonconformities/{done.id}", f"/nonconformities/{waiting.id}"}


@pytest.mark.parametrize(
    ("due_on", "left_on"),
    [(date(2026, 10, 1), date(2027, 10, 1)), (date(2024, 2, 29), date(2025, 3, 1)), (date(2023, 2, 28), date(2024, 2, 28))],
)
def test_the_day_of_leaving_is_the_first_on_which_the_window_begins_later(due_on: date, left_on: date) -> None:
    assert leaves_on(due_on) == left_on


def test_a_unit_in_a_run_costs_the_same_however_much_failed(
    client: FlaskClient, office: Office, ward: Unit, sign_in: SignIn
) -> None:
    few, many = maintaining(office, "A", ward), maintaining(office, "B", ward)
    for _ in range(30):
        late_action(office, many, date(2026, 10, 1), date(2026, 10, 20))
    office.person("canbo", unit=ward, role=Role.QUALITY_OFFICER)
    run_id = sealed(office)
    sign_in(client, "canbo")
    client.get(f"/evaluation/{run_id}")
    asked = {}
    for address in (f"/evaluation/{run_id}/units/{few.id}", f"/evaluation/{run_id}/units/{many.id}", f"/evaluation/{run_id}"):
        with statements() as seen:
            page = client.get(address)
        assert page.status_code == 200
        asked[address] = sum(one != "BEGIN" for one in seen)
    assert max(asked.values()) <= 12, asked
    assert len(set(list(asked.values())[:2])) == 1


def test_every_piece_of_advice_is_a_button(client: FlaskClient, office: Office, ward: Unit, sign_in: SignIn) -> None:
    unit = office.unit("A", parent=ward, in_scope_from=date(2023, 1, 1))
    overdue = [office.nonconformity(unit, raised_on=date(2026, 1, 2), due_on=date(2026, 2, 2)) for _ in range(2)]
    audit = office.audit(unit, "ĐG-09", state=AuditState.UNDER_WAY, planned_on=date(2026, 9, 18))
    office.person("canbo", unit=ward, role=Role.QUALITY_OFFICER)
    run_id = sealed(office)
    sign_in(client, "canbo")
    text = client.get(f"/evaluation/{run_id}/units/{unit.id}").text
    way = text.partition('<ol class="rows">')[2].partition("</ol>")[0]
    buttons = re.findall(r'<a class="btn[^"]*" href="([^"]+)">', way)
    assert buttons[0] == "/registers/take-over"  # none is in force: where one is entered
    assert buttons[1:] == [f"/audits/{audit.id}", *(f"/nonconformities/{one.id}" for one in overdue)]
    assert way.count("<li") == 3 and way.count("btn-primary") == 1
    assert {client.get(address).status_code for address in buttons} == {200}


@pytest.mark.parametrize("criterion", [one.code for one in set_of(TODAY).criteria])
def test_what_can_be_advised_can_be_set_about(app: Flask, criterion: str) -> None:
    """A criterion whose failing is not all past leads to records with a page of their own, or to a page where it is begun."""
    with app.test_request_context():
        proof = house().evidence[set_of(TODAY).criterion(criterion).evidence]
        past_alone = criterion in {"answered_on_time", "actions_on_time"}
        assert past_alone or proof.act is not None or house().record_address(proof.kind or "", 1) is not None


def test_the_page_says_when_what_is_past_leaves(client: FlaskClient, office: Office, ward: Unit, sign_in: SignIn) -> None:
    unit = maintaining(office, "A", ward)
    for _ in range(2):
        late_action(office, unit, date(2026, 10, 1), date(2026, 10, 20))
    office.person("canbo", unit=ward, role=Role.QUALITY_OFFICER)
    run_id = sealed(office)
    sign_in(client, "canbo")
    text = client.get(f"/evaluation/{run_id}/units/{unit.id}").text
    assert "còn tính đến khi ra khỏi khoảng 12 tháng, từ ngày 01/10/2027" in text
    assert "Hiện không còn việc nào" in text or "việc sau để đạt kết luận" in text
