"""What may be done to accounts, roles and deputies, and why not: with plain objects."""

from datetime import date, timedelta

import pytest

from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.refusal import Refusal
from qms.people import rules
from qms.people.rules import Standing

TODAY = date(2026, 11, 30)


def someone(**fields: object) -> Person:
    return Person(**{"id": 1, "username": "an", "full_name": "Nguyễn Văn An", "disabled": False, **fields})


def standing(**fields: object) -> Standing:
    given = {"person": someone(), "today": TODAY, "is_oneself": False, "within_reach": True, "only_administrator": False}
    return Standing(**{**given, **fields})  # type: ignore[arg-type]


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


@pytest.mark.parametrize(
    ("rule", "spoken", "silent", "expected"),
    [
        (rules.not_oneself, {"is_oneself": True}, {}, "oneself"),
        (rules.within_reach, {"within_reach": False}, {}, "beyond_reach"),
        (rules.others_administer, {"only_administrator": True}, {}, "last_administrator"),
        (rules.is_enabled, {"person": someone(disabled=True)}, {}, "disabled"),
        (rules.is_disabled, {}, {"person": someone(disabled=True)}, "enabled"),
        (rules.not_forgotten, {"person": someone(forgotten_at=TODAY)}, {}, "forgotten"),
        (rules.not_come_in_yet, {"person": someone(password_hash="x")}, {}, "has_password"),
        (rules.has_second_factor, {}, {"has_second_factor": True}, "no_second_factor"),
        (rules.has_sessions, {}, {"open_sessions": 1}, "no_session"),
        (rules.nothing_held, {"holdings": 1}, {}, "estate_left"),
    ],
)
def test_each_rule_of_an_account_speaks_when_it_should_and_is_silent_else(
    rule: rules.Rule, spoken: dict[str, object], silent: dict[str, object], expected: str
) -> None:
    assert code(rule(standing(**spoken))) == expected
    assert rule(standing(**silent)) is None


@pytest.mark.parametrize(
    ("begins", "ends", "expected"),
    [
        (None, None, None),
        (TODAY, TODAY, None),
        (TODAY - timedelta(days=1), None, "begins_in_past"),
        (None, TODAY - timedelta(days=1), "ends_before_start"),
        (TODAY + timedelta(days=2), TODAY + timedelta(days=1), "ends_before_start"),
    ],
)
def test_rights_begin_today_or_later(begins: date | None, ends: date | None, expected: str | None) -> None:
    assert code(rules.period_ahead(begins, ends, TODAY)) == expected


@pytest.mark.parametrize(("last", "expected"), [(date(2027, 11, 29), None), (date(2027, 11, 30), "too_long")])
def test_a_deputy_stands_in_for_a_year_at_most(last: date, expected: str | None) -> None:
    assert code(rules.deputised_at_most_a_year(TODAY, last)) == expected


def test_duties_are_kept_apart_both_ways_and_a_reason_brings_them_together() -> None:
    both = (Role.ADMINISTRATOR, Role.QUALITY_OFFICER)
    for role, other in (both, both[::-1]):
        assert code(rules.combined_with_reason(role, [other], None)) == "duties_apart"
        assert code(rules.combined_with_reason(role, [other], "  ")) == "duties_apart"
        assert rules.combined_with_reason(role, [other], "Phường chỉ có một cán bộ") is None
    assert rules.combined_with_reason(Role.ADMINISTRATOR, [Role.READER, Role.STAFF, Role.LEADER], None) is None
    assert rules.combined_with_reason(Role.QUALITY_OFFICER, [Role.AUDITOR, Role.UNIT_HEAD], None) is None


@pytest.mark.parametrize(
    ("active_on", "requested", "expected"),
    [
        (None, False, None),
        (date(2025, 11, 30), False, None),
        (date(2025, 12, 1), False, "too_early"),
        (date(2026, 11, 29), False, "too_early"),
        (date(2026, 11, 29), True, None),
    ],
)
def test_logs_are_kept_twelve_months_unless_the_person_asks(
    active_on: date | None, requested: bool, expected: str | None
) -> None:
    person = standing(person=someone(active_on=active_on, disabled=True))
    assert code(rules.logs_kept_long_enough(person, requested)) == expected


def test_only_an_administrator_makes_whoever_lets_people_in() -> None:
    assert code(rules.role_may_be_given(Role.ADMINISTRATOR, False)) == "not_administrator"
    assert rules.role_may_be_given(Role.ADMINISTRATOR, True) is None
    assert rules.role_may_be_given(Role.LEADER, False) is None


@pytest.mark.parametrize("typed", ["", "an ", None, "AN", "Nguyễn Văn An", "an.nv"])
def test_what_cannot_be_undone_is_typed_exactly(typed: str | None) -> None:
    assert (rules.confirmed(typed, "an") is None) == (typed is not None and typed.strip() == "an")
