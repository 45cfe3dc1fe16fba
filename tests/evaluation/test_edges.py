"""On the day itself: what begins on D counts at the end of D, what ends on D counts no more (one day to either side of each)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask import Flask

from qms.evaluation.service import evaluate
from qms.units.models import Unit
from tests.office import TODAY, Office

LONG_AGO = date(2023, 1, 1)
AROUND = (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=1))
"""The day before, the day asked for, the day after."""

Facts = Callable[[Office, Unit, Unit, date], object]

BEGINS: dict[str, tuple[str, Facts]] = {
    "a procedure in force": ("procedures_in_force", lambda o, unit, other, day: o.procedure(unit, effective_on=day)),
    "a procedure applied": ("procedures_in_force", lambda o, unit, other, day: o.application(o.procedure(other), unit, day)),
    "a service valid": ("services_covered", lambda o, unit, other, day: o.service(unit, valid_from=day)),
    "a procedure to review": ("procedures_reviewed", lambda o, unit, other, day: o.procedure(unit, effective_on=day)),
    "an audit reported": ("audited", lambda o, unit, other, day: o.audit(unit, reported_on=day)),
}
ENDS: dict[str, tuple[str, Facts]] = {
    "a procedure withdrawn": ("procedures_in_force", lambda o, unit, other, day: o.procedure(unit, withdrawn_on=day)),
    "a procedure applied no more": (
        "procedures_in_force",
        lambda o, unit, other, day: o.application(o.procedure(other), unit, to_on=day),
    ),
    "an applied procedure withdrawn": (
        "procedures_in_force",
        lambda o, unit, other, day: o.application(o.procedure(other, withdrawn_on=day), unit),
    ),
    "a service ended": ("services_covered", lambda o, unit, other, day: o.service(unit, valid_to=day)),
    "a procedure to review withdrawn": ("procedures_reviewed", lambda o, unit, other, day: o.procedure(unit, withdrawn_on=day)),
}


@pytest.fixture
def unit(app: Flask, office: Office) -> Unit:
    """A unit in scope for years."""
    return office.unit("A", parent=office.agency("P", in_scope_from=LONG_AGO), in_scope_from=LONG_AGO)


def counted(office: Office, criterion: str, day: date = TODAY, met: bool = False) -> int:
    """How many items the criterion counts (or finds met) for unit A."""
    one = next(each for each in evaluate(day, office.moment()).units if each.unit == "A").criterion(criterion)
    return one.met if met else one.total


@pytest.fixture
def other(office: Office, unit: Unit) -> Unit:
    """The other unit."""
    return office.unit("B", parent=unit.parent, in_scope_from=LONG_AGO)


@pytest.mark.parametrize("what", BEGINS)
def test_what_begins_on_the_day_counts_at_its_end(office: Office, unit: Unit, other: Unit, what: str) -> None:
    criterion, fact = BEGINS[what]
    fact(office, unit, other, TODAY)
    assert [counted(office, criterion, day) for day in AROUND] == [0, 1, 1]


@pytest.mark.parametrize("what", ENDS)
def test_what_ends_on_the_day_counts_no_more(office: Office, unit: Unit, other: Unit, what: str) -> None:
    criterion, fact = ENDS[what]
    fact(office, unit, other, TODAY)
    assert [counted(office, criterion, day) for day in AROUND] == [1, 0, 0]


@pytest.mark.parametrize("reviewed", [False, True])
def test_a_procedure_is_reviewed_within_twelve_months_to_the_day(office: Office, unit: Unit, reviewed: bool) -> None:
    begun = date(2025, 8, 10)
    office.procedure(unit, effective_on=LONG_AGO if reviewed else begun, reviewed_on=begun if reviewed else None)
    days = (date(2026, 8, 9), date(2026, 8, 10), date(2026, 8, 11))
    assert [counted(office, "procedures_reviewed", day, met=True) for day in days] == [1, 1, 0]


def test_a_review_counts_from_its_day(office: Office, unit: Unit) -> None:
    office.procedure(unit, effective_on=LONG_AGO, reviewed_on=TODAY)
    assert [counted(office, "procedures_reviewed", day, met=True) for day in AROUND] == [0, 1, 1]


def test_a_service_is_covered_by_a_procedure_in_force_on_the_day_and_by_none_withdrawn_on_it(office: Office, unit: Unit) -> None:
    office.service(unit, "1.000001")
    office.procedure(unit, effective_on=TODAY, withdrawn_on=TODAY + timedelta(days=1), services="1.000001")
    assert [counted(office, "services_covered", day, met=True) for day in AROUND] == [0, 1, 0]
