"""The worked example at the end of the rules, as far as its criteria can be answered, at its three days."""

from datetime import date

import pytest
from flask import Flask

from qms.evaluation.outcome import UnitOutcome
from qms.evaluation.service import evaluate
from tests.office import Office

UNASKED = {"services_covered", "answered_on_time", "actions_on_time"}
"""Criteria of the example without any item."""


@pytest.fixture
def example(any_app: Flask, office: Office) -> Office:
    """Unit A of the example and its agency."""
    ward = office.agency("P", in_scope_from=None, exclusion_reason="Chỉ phòng A áp dụng")
    unit = office.unit("A", parent=ward, in_scope_from=date(2024, 3, 1))
    office.procedure(unit, "QT-01", effective_on=date(2026, 1, 5))
    lead = office.person(unit=ward)
    office.audit(unit, "ĐG-01", reported_on=date(2026, 9, 18), lead_auditor_id=lead.id)
    office.announcement(ward, date(2025, 5, 5))
    office.review(ward, date(2026, 1, 20))
    return office


def unit_a(office: Office, day: date) -> UnitOutcome:
    (found,) = evaluate(day, office.moment()).units
    return found


def told(found: UnitOutcome) -> dict[str, str]:
    return {one.criterion: one.result.value for one in found.criteria}


GOOD = {
    "announced": "met",
    "procedures_in_force": "met",
    "audited": "met",
    "no_overdue_nonconformity": "met",
    "management_review": "met",
    "procedures_reviewed": "met",
    "clauses_covered": "met",
    **dict.fromkeys(UNASKED, "not_applicable"),
}


def test_in_november_everything_is_met_but_too_little_is_asked(example: Office) -> None:
    found = unit_a(example, date(2026, 11, 30))
    assert told(found) == GOOD
    assert (found.verdict.value, found.score.k, found.score.n) == ("to_supplement", 3, 3)
    assert (found.criterion("clauses_covered").met, found.criterion("clauses_covered").total) == (28, 28)
    assert found.criterion("no_overdue_nonconformity").total == 0


def test_in_january_the_review_of_the_procedure_is_past_its_twelve_months(example: Office) -> None:
    assert told(unit_a(example, date(2027, 1, 5))) == GOOD
    found = unit_a(example, date(2027, 1, 19))
    assert told(found) == {**GOOD, "procedures_reviewed": "not_met"}
    assert found.criterion("procedures_reviewed").failing == ("QT-01",)
    assert (found.verdict.value, found.score.k, found.score.n) == ("to_supplement", 1, 3)


def test_in_march_the_management_review_has_left_the_year(example: Office) -> None:
    assert unit_a(example, date(2027, 3, 5)).criterion("management_review").result.value == "met"
    found = unit_a(example, date(2027, 3, 6))
    assert told(found) == {**GOOD, "procedures_reviewed": "not_met", "management_review": "not_met"}
    assert found.verdict.value == "not_maintained"
