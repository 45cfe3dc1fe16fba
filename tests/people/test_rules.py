"""What may be done to accounts, roles and deputies, and why not: with plain objects."""

from collections.abc import Callable
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


@pytest.mark.parametrize(
    ("rule", "spoken", "silent", "expected"),
    [
        (rules.unit_in_reach, False, True, "not_permitted"),
        (rules.not_to_oneself, True, False, "to_oneself"),
        (rules.person_in_use, someone(disabled=True), someone(), "person_disabled"),
        (rules.not_over_yet, True, False, "over_already"),
        (rules.namer_is_not_deputy, True, False, "names_oneself"),
        (rules.has_something_to_lend, False, True, "nothing_to_lend"),
        (rules.not_deputy_yet, True, False, "deputy_already"),
    ],
)
def test_each_rule_of_one_fact_speaks_when_it_should_and_is_silent_else(
    rule: Callable[[object], Refusal | None], spoken: object, silent: object, expected: str
) -> None:
    assert code(rule(spoken)) == expected
    assert rule(silent) is None


def test_two_people_are_not_one() -> None:
    one, other = someone(), someone(id=2)
    assert code(rules.deputy_is_another(one, one)) == "own_deputy"
    assert rules.deputy_is_another(one, other) is None
    assert code(rules.receiver_is_another(one, one)) == "own_receiver"
    assert rules.receiver_is_another(one, other) is None


def test_the_same_role_is_given_once_in_one_time() -> None:
    assert code(rules.not_given_yet(True, "An", Role.STAFF)) == "given_already"
    assert rules.not_given_yet(False, "An", Role.STAFF) is None


def test_rights_are_taken_back_from_today_on() -> None:
    found = [code(rules.last_day_not_past(TODAY + timedelta(days=beside), TODAY)) for beside in (-1, 0, 1)]
    assert found == ["day_past", None, None]


def test_duties_kept_apart_do_not_meet_in_a_deputy() -> None:
    assert code(rules.lent_apart("An", Role.ADMINISTRATOR, [Role.STAFF, Role.QUALITY_OFFICER])) == "duties_apart"
    assert code(rules.lent_apart("An", Role.QUALITY_OFFICER, [Role.ADMINISTRATOR])) == "duties_apart"
    assert rules.lent_apart("An", Role.QUALITY_OFFICER, [Role.STAFF]) is None


def test_whoever_receives_stays_and_can_sign_in() -> None:
    assert rules.receiver_stays(someone()) is None
    assert code(rules.receiver_stays(someone(disabled=True, leaves_on=TODAY))) == "receiver_disabled"
    assert code(rules.receiver_stays(someone(leaves_on=TODAY + timedelta(days=90)))) == "receiver_leaves"


@pytest.mark.parametrize(
    ("beside", "by_another", "by_oneself"),
    [(None, None, None), (-1, "day_past", "leaves_too_early"), (0, None, "leaves_too_early"), (1, None, None)],
)
def test_nobody_leaves_in_the_past_and_not_today_by_the_own_hand(
    beside: int | None, by_another: str | None, by_oneself: str | None
) -> None:
    day = None if beside is None else TODAY + timedelta(days=beside)
    assert code(rules.leaves_today_or_later(day, TODAY, is_oneself=False)) == by_another
    assert code(rules.leaves_today_or_later(day, TODAY, is_oneself=True)) == by_oneself


def test_a_role_that_lets_people_in_is_ended_by_a_peer() -> None:
    assert code(rules.role_may_be_ended(Role.ADMINISTRATOR, administers_there=False)) == "not_administrator"
    assert rules.role_may_be_ended(Role.ADMINISTRATOR, administers_there=True) is None
    assert rules.role_may_be_ended(Role.STAFF, administers_there=False) is None


def test_a_handover_gives_something_or_ends_something() -> None:
    assert code(rules.something_happens(0, None)) == "nothing_to_give"
    assert rules.something_happens(1, None) is None
    assert rules.something_happens(0, TODAY) is None


def test_a_reason_of_blanks_brings_no_duties_together() -> None:
    apart = (Role.ADMINISTRATOR, [Role.INSPECTOR])
    assert [code(rules.combined_with_reason(*apart, reason)) for reason in (None, "", "  ", "Ít người")] == [
        "duties_apart",
        "duties_apart",
        "duties_apart",
        None,
    ]


def test_a_typed_name_may_have_blanks_around_it_and_nothing_else() -> None:
    found = [code(rules.confirmed(typed, "an")) for typed in (None, "", "An", "anh", " an ", "an")]
    assert found == ["not_confirmed"] * 4 + [None, None]
