"""The rules one by one, each in an office just large enough to show it."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from nonconformities.models import EventKind, Grade
from qms.evaluation.outcome import CriterionResult, UnitOutcome
from qms.evaluation.service import evaluate
from qms.kernel.share import Share
from qms.units.models import Unit
from tests.office import TODAY, Office

LONG_AGO = date(2023, 1, 1)


def judged(office: Office, code: str, day: date = TODAY) -> UnitOutcome:
    return next(one for one in evaluate(day, office.moment()).units if one.unit == code)


def result(office: Office, code: str, criterion: str, day: date = TODAY) -> CriterionResult:
    return judged(office, code, day).criterion(criterion)


def numbers(one: CriterionResult) -> tuple[str, int, int, tuple[str, ...]]:
    return one.result.value, one.met, one.total, one.failing


@pytest.fixture
def ward(app: Flask, office: Office) -> Unit:
    """An agency in scope for years."""
    return office.agency("P", in_scope_from=LONG_AGO)


def maintaining(office: Office, code: str, ward: Unit) -> Unit:
    """A unit of an announced and reviewed agency, with all that is needed: a weight of seven."""
    unit = office.unit(code, parent=ward, in_scope_from=LONG_AGO)
    office.procedure(unit, effective_on=date(2026, 1, 5), services="1.000001")
    office.service(unit, "1.000001")
    office.audit(unit, reported_on=date(2026, 9, 18))
    found = office.nonconformity(unit)
    office.action(found, "1", due_on=date(2026, 4, 1), completed_on=date(2026, 3, 20))
    office.event(found, EventKind.CLOSED, date(2026, 4, 2))
    return unit


def test_records_travel_down_a_chain_of_successors(office: Office, ward: Unit) -> None:
    heir = office.unit("C", parent=ward, in_scope_from=date(2026, 7, 1))
    middle = office.unit("B", parent=ward, in_scope_from=date(2026, 3, 1), in_scope_to=date(2026, 7, 1), successor_id=heir.id)
    first = office.unit("A", parent=ward, in_scope_from=LONG_AGO, in_scope_to=date(2026, 3, 1), successor_id=middle.id)
    office.audit(first, "ĐG-CŨ", reported_on=date(2026, 2, 1))
    office.procedure(first)
    found = judged(office, "C")
    assert found.verdict.value != "building"
    assert found.criterion("audited").total == found.criterion("procedures_in_force").total == 1
    assert result(office, "B", "audited", date(2026, 6, 30)).total == 1
    assert result(office, "A", "audited", date(2026, 2, 28)).total == 1
    assert result(office, "C", "audited", date(2026, 7, 1)).total == 1


def test_a_new_unit_is_building_and_three_criteria_are_not_asked(office: Office, ward: Unit) -> None:
    unit = office.unit("M", parent=ward, in_scope_from=date(2025, 12, 1))
    office.audit(unit, reported_on=date(2026, 9, 1), clauses="4")
    office.review(ward)
    found = judged(office, "M")
    assert found.verdict.value == "building"
    for criterion in ("audited", "clauses_covered", "management_review"):
        assert numbers(found.criterion(criterion)) == ("not_applicable", 0, 0, ())
    after = judged(office, "M", date(2026, 12, 1))
    assert after.verdict.value == "not_maintained"
    assert after.criterion("audited").total == 1


def test_a_reopening_on_the_day_of_the_closing_is_the_later_one(office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward)
    found = office.nonconformity(unit, "NC-1")
    office.event(found, EventKind.CLOSED, date(2026, 8, 1))
    assert result(office, "A", "no_overdue_nonconformity").result.value == "met"
    office.event(found, EventKind.REOPENED, date(2026, 8, 1))
    assert numbers(result(office, "A", "no_overdue_nonconformity")) == ("not_met", 0, 1, ("NC-1",))
    office.event(found, EventKind.CLOSED, date(2026, 8, 2))
    assert result(office, "A", "no_overdue_nonconformity").result.value == "met"


@pytest.mark.parametrize(("grade", "days"), [(Grade.MAJOR, 0), (Grade.MINOR, 90)])
def test_a_nonconformity_fails_the_day_after_its_limit(office: Office, ward: Unit, grade: Grade, days: int) -> None:
    unit = office.unit("A", parent=ward)
    due_on = date(2026, 4, 1)
    office.nonconformity(unit, grade=grade, due_on=due_on)
    limit = due_on + timedelta(days=days)
    assert result(office, "A", "no_overdue_nonconformity", limit).result.value == "met"
    assert result(office, "A", "no_overdue_nonconformity", limit + timedelta(days=1)).result.value == "not_met"


def test_a_moved_deadline_counts_from_the_day_it_was_moved(office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward)
    found = office.nonconformity(unit, "NC-1")
    moved = {"moved_on": date(2026, 3, 20), "moved_to": date(2026, 5, 1)}
    office.action(found, "1", due_on=date(2026, 4, 1), completed_on=date(2026, 4, 20), move_counts=True, **moved)
    office.action(found, "2", due_on=date(2026, 4, 1), completed_on=date(2026, 4, 20), move_counts=False, **moved)
    assert numbers(result(office, "A", "actions_on_time", date(2026, 4, 30))) == ("not_met", 0, 1, ("NC-1/2",))
    assert numbers(result(office, "A", "actions_on_time")) == ("not_met", 1, 2, ("NC-1/2",))


def test_an_action_cancelled_after_its_due_day_still_counts(office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward)
    found = office.nonconformity(unit, "NC-1")
    office.action(found, "1", due_on=date(2026, 4, 1), cancelled_on=date(2026, 4, 1))
    office.action(found, "2", due_on=date(2026, 4, 1), cancelled_on=date(2026, 4, 2))
    assert numbers(result(office, "A", "actions_on_time")) == ("not_met", 0, 1, ("NC-1/2",))


def test_an_effect_not_verified_fails_after_thirty_days_whatever_was_done(office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward)
    found = office.nonconformity(unit, "NC-1")
    office.action(found, "1", completed_on=date(2026, 3, 20))
    office.response(found, date(2026, 3, 10), effect_due_on=date(2026, 6, 1))
    assert result(office, "A", "no_overdue_nonconformity", date(2026, 7, 1)).result.value == "met"
    assert numbers(result(office, "A", "no_overdue_nonconformity", date(2026, 7, 2))) == ("not_met", 0, 1, ("NC-1",))


def test_a_clause_is_reached_by_its_chapter_by_a_clause_under_it_and_through_the_agency(app: Flask, office: Office) -> None:
    ward = office.agency("P", in_scope_from=LONG_AGO, not_applicable_clauses="8.3;7")
    unit = office.unit("A", parent=ward, in_scope_from=LONG_AGO)
    office.audit(unit, reported_on=date(2024, 6, 1), clauses="9;8.5.1;10.2")
    office.audit(ward, reported_on=date(2024, 6, 1), clauses="4;5;6.2")
    found = result(office, "A", "clauses_covered")
    # 28 without 8.3 and the five of chapter 7; the agency serves 4.1, 4.2, 4.3, 5.1, 5.2, 5.3, but not 4.4 nor 6.2
    assert (found.met, found.total) == (11, 22)
    assert found.failing == ("10.1", "10.3", "4.4", "6.1", "6.2", "6.3", "8.1", "8.2", "8.4", "8.6", "8.7")


def test_a_unit_without_records_has_nothing_failing(office: Office, ward: Unit) -> None:
    office.unit("A", parent=ward, in_scope_from=LONG_AGO)
    found = judged(office, "A")
    for criterion in ("announced", "procedures_in_force", "audited", "management_review"):
        assert numbers(found.criterion(criterion)) == ("not_met", 0, 0, ())
    assert numbers(found.criterion("no_overdue_nonconformity")) == ("met", 0, 0, ())
    for criterion in ("services_covered", "procedures_reviewed", "answered_on_time", "actions_on_time"):
        assert numbers(found.criterion(criterion)) == ("not_applicable", 0, 0, ())
    assert (found.score.k, found.score.n) == (0, 1)


def test_an_audit_led_from_within_needs_a_documented_exception(office: Office, ward: Unit) -> None:
    unit = office.unit("A", parent=ward, in_scope_from=LONG_AGO)
    inside = office.person(unit=unit)
    office.audit(unit, reported_on=date(2026, 9, 1), lead_auditor_id=inside.id)
    assert result(office, "A", "audited").result.value == "not_met"
    office.audit(unit, reported_on=date(2026, 9, 2), lead_auditor_id=inside.id, independence_exception="03/QĐ-UBND")
    assert result(office, "A", "audited").total == 1


def test_an_agency_maintains_when_nothing_in_it_is_missing(office: Office, app: Flask) -> None:
    ward = office.agency("P", in_scope_from=None, exclusion_reason="Không thuộc diện")
    office.announcement(ward)
    office.review(ward)
    maintaining(office, "A", ward)
    office.unit("M", parent=ward, in_scope_from=date(2026, 6, 1))
    other = office.agency("Q", in_scope_from=LONG_AGO)
    outcome = evaluate(TODAY, office.moment())
    assert [(one.unit, one.verdict.value) for one in outcome.units] == [
        ("A", "maintains"),
        ("M", "building"),
        ("Q", "not_maintained"),
    ]
    assert (outcome.agencies.in_scope, outcome.agencies.announced, outcome.agencies.maintaining) == (2, 1, 1)
    office.unit("B", parent=ward, in_scope_from=LONG_AGO)
    office.announcement(other)
    agencies = evaluate(TODAY, office.moment()).agencies
    assert (agencies.in_scope, agencies.announced, agencies.maintaining) == (2, 2, 0)


def test_a_verdict_that_hangs_on_a_late_entry_is_known(office: Office, app: Flask) -> None:
    ward = office.agency("P", in_scope_from=None, exclusion_reason="Không thuộc diện")
    office.review(ward, date(2025, 1, 6))  # with it the agency started
    office.announcement(ward, date(2025, 7, 1), announced_entered_on=date(2025, 9, 1))
    office.review(ward)
    maintaining(office, "A", ward)
    found = judged(office, "A")
    assert (found.verdict.value, found.timely_verdict.value) == ("maintains", "not_maintained")
    assert [one.criterion for one in found.criteria if one.late] == ["announced"]


@pytest.mark.parametrize(
    ("made_on", "entered_on", "taken_over"),
    [
        (date(2025, 1, 6), date(2025, 4, 6), 1),  # of the day of the start, entered on the ninetieth day after it
        (date(2025, 1, 6), date(2025, 4, 7), 0),
        (date(2025, 1, 7), date(2025, 4, 6), 0),
        (date(2019, 5, 2), date(2025, 1, 6), 1),
    ],
)
def test_history_brought_along_at_the_start_is_taken_over_and_not_entered_late(
    any_app: Flask, office: Office, made_on: date, entered_on: date, taken_over: int
) -> None:
    ward = office.agency("P", in_scope_from=None, exclusion_reason="Không thuộc diện")
    office.review(ward, date(2025, 1, 6))
    office.announcement(ward, made_on, announced_entered_on=entered_on)
    office.review(ward)
    maintaining(office, "A", ward)
    found = judged(office, "A")
    announced = found.criterion("announced")
    assert found.started_on == date(2025, 1, 6)
    assert (announced.met, announced.taken_over, announced.late) == (1, taken_over, 1 - taken_over)
    assert found.timely_verdict.value == ("maintains" if taken_over else "not_maintained")


def test_units_out_of_scope_are_listed_with_their_reason_in_order(office: Office, app: Flask) -> None:
    ward = office.agency("P", in_scope_from=LONG_AGO)
    gone: dict[str, Any] = {"parent": ward, "in_scope_from": LONG_AGO}
    office.unit("A", parent=ward, in_scope_from=date(2027, 1, 1))
    office.unit("B", parent=ward, in_scope_from=None, exclusion_reason="Không bắt buộc", exclusion_decision="9/QĐ-UBND")
    office.unit("C", **gone, in_scope_to=date(2026, 5, 1), successor_id=ward.id)
    office.unit("D", **gone, in_scope_to=date(2024, 5, 1))
    office.unit("Z", **gone, in_scope_to=date(2026, 5, 1))
    office.unit("Y", in_scope_from=None, exclusion_reason="Không có cơ quan")
    outcome = evaluate(TODAY, office.moment())
    assert [(one.agency, one.unit, one.reason.value, one.successor, one.left) for one in outcome.excluded] == [
        ("P", "Z", "dissolved", None, True),
        (None, "Y", "not_required", None, False),
        ("P", "A", "not_started", None, False),
        ("P", "B", "not_required", None, False),
        ("P", "C", "merged", "P", True),
        ("P", "D", "dissolved", None, True),
    ]


@pytest.mark.parametrize(
    ("k", "n", "percent"),
    [(0, 0, None), (7, 9, "77.8"), (1, 8, "12.5"), (1, 16, "6.3"), (3, 16, "18.8"), (2, 3, "66.7"), (5, 5, "100.0")],
)
def test_a_share_is_rounded_half_up_to_one_decimal(k: int, n: int, percent: str | None) -> None:
    assert Share(k, n).percent == (None if percent is None else Decimal(percent))


def test_four_of_five_is_eighty_percent(office: Office) -> None:
    assert Share(4, 5).reaches(80)
    assert not Share(79, 99).reaches(80)


def test_an_empty_office_has_no_percentage(app: Flask, office: Office) -> None:
    told = evaluate(TODAY, office.moment()).as_dict()
    assert (told["in_scope"], told["share"], told["percent"], told["units"], told["by_kind"]) == (0, "0/0", None, [], {})


def test_the_answer_for_programs_has_exactly_the_documented_keys(office: Office, ward: Unit) -> None:
    office.unit("A", parent=ward, in_scope_from=None, exclusion_reason="Không bắt buộc")
    told = evaluate(TODAY, office.moment()).as_dict()
    assert list(told) == (
        [
            "as_of",
            "forecast",
            "criteria_set",
            "in_scope",
            "maintaining",
            "building",
            "share",
            "percent",
            "agencies",
            "excluded",
            "by_kind",
            "units",
        ]
    )
    assert list(told["agencies"]) == ["in_scope", "announced", "maintaining"]
    assert list(told["excluded"][0]) == ["agency", "unit", "reason", "successor", "decision", "note", "left"]
    assert told["by_kind"] == {"commune": {"maintaining": 0, "in_scope": 1}}
    assert list(told["units"][0]) == ["agency", "unit", "verdict", "score", "criteria"]
    assert list(told["units"][0]["criteria"]["audited"]) == ["result", "met", "total", "failing"]
    assert len(told["units"][0]["criteria"]) == 10
    assert (told["as_of"], told["forecast"], told["percent"]) == ("2026-11-30", True, 0.0)
