"""When a guest may be invited, and who answers: with plain objects."""

from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from qms.accounts.permissions import Permission, Role
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from qms.people.invitations import rules

TODAY = date(2026, 12, 1)


class Somebody:
    """A person who may give roles in some units."""

    def __init__(self, *units: int) -> None:
        self._units = units

    def may(self, permission: Permission, unit_id: int | None) -> bool:
        return permission is Permission.GRANTS_GIVE and unit_id in self._units


def moment(*units: int) -> Moment:
    return Moment(Somebody(*units), datetime(2026, 12, 1, 3, tzinfo=UTC))  # type: ignore[arg-type]


def invitation(**fields: Any) -> Any:
    return SimpleNamespace(**fields)


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


def said(refusal: Refusal | None) -> str:
    assert refusal is not None
    return str(refusal.sentence)


@pytest.mark.parametrize("role", Role)
def test_a_guest_leads_an_audit_or_does_an_action_and_nothing_else(role: Role) -> None:
    refusal = rules.role_for_guests(role)
    assert code(refusal) == (None if role in (Role.AUDITOR, Role.STAFF) else "not_for_guests")


def test_the_role_that_is_refused_is_named() -> None:
    assert str(Role.LEADER.title) in said(rules.role_for_guests(Role.LEADER))


@pytest.mark.parametrize(
    ("last", "expected"), [(date(2027, 11, 30), None), (date(2027, 12, 1), "too_long"), (date(2028, 1, 1), "too_long")]
)
def test_a_guest_stays_for_twelve_months_at_most(last: date, expected: str | None) -> None:
    assert code(rules.guest_at_most_a_year(TODAY, last)) == expected


@pytest.mark.parametrize(("rule", "expected"), [(rules.not_known_here, "known_already"), (rules.two_sides, "both_sides")])
def test_whoever_is_within_reach_is_not_invited(rule: Any, expected: str) -> None:
    assert rule(False, "khach.moi") is None
    assert code(rule(True, "khach.moi")) == expected
    assert "khach.moi" in said(rule(True, "khach.moi"))


def test_the_same_is_asked_for_once_at_a_time() -> None:
    assert rules.not_asked_yet(False) is None
    assert code(rules.not_asked_yet(True)) == "waits_already"


def test_only_the_agency_of_the_guest_answers() -> None:
    asked = invitation(person=SimpleNamespace(unit_id=7))
    assert rules.asked_of_own_people(asked, moment(7)) is None
    assert code(rules.asked_of_own_people(asked, moment(8))) == "not_of_ours"
    assert code(rules.asked_of_own_people(invitation(person=None), moment(7))) == "not_of_ours"


@pytest.mark.parametrize(
    ("last", "expected"), [(date(2026, 12, 2), None), (TODAY, None), (date(2026, 11, 30), "invitation_over")]
)
def test_an_invitation_is_accepted_until_its_last_day(last: date, expected: str | None) -> None:
    assert code(rules.still_ahead(invitation(valid_to=last), moment())) == expected


@pytest.mark.parametrize(
    ("grant", "expected"),
    [
        (None, "over_already"),
        (SimpleNamespace(revoked_at=datetime(2026, 11, 1, tzinfo=UTC), valid_to=None), "over_already"),
        (SimpleNamespace(revoked_at=None, valid_to=date(2026, 11, 30)), "over_already"),
        (SimpleNamespace(revoked_at=None, valid_to=TODAY), None),
        (SimpleNamespace(revoked_at=None, valid_to=None), None),
    ],
)
def test_only_what_still_serves_is_ended(grant: Any, expected: str | None) -> None:
    assert code(rules.still_serves(invitation(grant=grant), moment())) == expected


def test_an_account_beyond_reach_is_answered_for_elsewhere() -> None:
    assert rules.account_reached(True) is None
    assert code(rules.account_reached(False)) == "beyond_reach"
