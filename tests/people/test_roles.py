"""Roles: who gives which to whom, what is kept apart, and that nothing is ever deleted."""

import re
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from qms.accounts.actor import actor_of
from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import DUTIES, ROLES, TITLES, Permission, Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.people.roles import matrix
from qms.people.roles import service as granting
from qms.trail.service import history
from tests.office import TODAY, past_the_trail
from tests.people.conftest import Ward

YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {refusal.code for refusal in refused.value.refusals}


def roles_of(person_id: int, day: date = TODAY) -> set[Role]:
    return set(actor_of(db.session.get_one(Person, person_id), day).roles)


def test_a_role_given_is_in_force_at_once_and_told(any_app: object, ward: Ward) -> None:
    with writing():
        granting.give(ward.staff, Role.AUDITOR, ward.ward, ward.now(ward.admin), valid_to=TOMORROW)
    assert Role.AUDITOR in roles_of(ward.staff.id)
    assert Role.AUDITOR not in roles_of(ward.staff.id, TOMORROW + timedelta(days=1))
    entry = history("person", str(ward.staff.id))[0]
    assert (entry.deed, entry.changes["role"], entry.changes["unit"]) == ("give_role", [None, "auditor"], [None, "W"])


@pytest.mark.parametrize(
    ("giver", "unit", "expected"),
    [
        ("admin", "elsewhere", {"not_permitted"}),
        ("admin", "province", {"not_permitted"}),
        ("officer", "division", {"not_permitted"}),
        ("leader", "ward", {"not_permitted"}),
    ],
)
def test_roles_are_given_only_within_the_reach(ward: Ward, giver: str, unit: str, expected: set[str]) -> None:
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.staff, Role.READER, getattr(ward, unit), ward.now(getattr(ward, giver)))
    assert codes(refused) == expected


def test_nobody_gives_roles_to_oneself(ward: Ward) -> None:
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.admin, Role.LEADER, ward.ward, ward.now(ward.admin))
    assert codes(refused) == {"to_oneself"}


def test_an_administrator_is_made_by_one_of_the_unit_or_above_it_only(ward: Ward) -> None:
    with writing():
        granting.give(ward.leader, Role.ADMINISTRATOR, ward.division, ward.now(ward.admin))
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.head, Role.ADMINISTRATOR, ward.ward, ward.now(ward.leader))
    assert codes(refused) == {"not_permitted", "not_administrator"}


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ({"valid_from": YESTERDAY}, "begins_in_past"),
        ({"valid_to": YESTERDAY}, "ends_before_start"),
        ({"valid_from": TOMORROW, "valid_to": TODAY}, "ends_before_start"),
    ],
)
def test_the_past_is_never_allowed_afterwards(ward: Ward, period: dict[str, object], expected: str) -> None:
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.staff, Role.READER, ward.ward, ward.now(ward.admin), **period)  # type: ignore[arg-type]
    assert codes(refused) == {expected}


def test_the_same_role_twice_and_a_disabled_account_are_refused(ward: Ward) -> None:
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.head, Role.UNIT_HEAD, ward.division, ward.now(ward.admin))
    assert codes(refused) == {"given_already"}
    with past_the_trail():
        ward.staff.disabled = True
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.staff, Role.READER, ward.ward, ward.now(ward.admin))
    assert codes(refused) == {"person_disabled"}


def test_a_reason_is_kept_when_nobody_asked_for_it(any_app: object, ward: Ward) -> None:
    with writing():
        grant = granting.give(ward.staff, Role.AUDITOR, ward.ward, ward.now(ward.admin), reason=" Thay người nghỉ hưu ")
    entry = history("person", str(ward.staff.id))[0]
    assert (grant.reason, entry.reason) == ("Thay người nghỉ hưu", "Thay người nghỉ hưu")
    assert "kept_apart_from" not in entry.changes


@pytest.mark.parametrize("below", [True, False])
def test_an_administrator_who_judges_quality_needs_a_written_reason(app: object, ward: Ward, below: bool) -> None:
    unit = ward.division if below else ward.province
    moment = ward.now(ward.chief)
    with pytest.raises(Refused) as refused, writing():
        granting.give(ward.admin, Role.QUALITY_OFFICER, unit, moment)
    assert codes(refused) == {"duties_apart"}
    with writing():
        granting.give(ward.admin, Role.QUALITY_OFFICER, unit, moment, reason="Phường chỉ có một cán bộ chuyên trách")
    entry = history("person", str(ward.admin.id))[0]
    assert entry.reason == "Phường chỉ có một cán bộ chuyên trách"
    assert entry.changes["kept_apart_from"] == [None, "administrator"]
    found = matrix.combinations(ward.now(ward.officer))
    assert [(one.person.id, one.reason) for one in found] == [(ward.admin.id, "Phường chỉ có một cán bộ chuyên trách")]
    assert matrix.combinations(ward.now(ward.staff)) == []


def test_duties_in_units_that_do_not_meet_are_no_combination(app: object, ward: Ward) -> None:
    ward.office.grant(ward.admin, Role.QUALITY_OFFICER, ward.elsewhere)
    assert matrix.combinations(ward.now(ward.chief)) == []
    with writing():
        granting.give(ward.officer, Role.ADMINISTRATOR, ward.elsewhere, ward.now(ward.chief))


def test_an_ended_role_gives_nothing_from_that_instant_and_stays_readable(any_app: object, ward: Ward) -> None:
    grant = ward.staff.grants[0]
    with writing():
        granting.end(grant, ward.now(ward.admin))
    assert roles_of(ward.staff.id) == set()
    kept = db.session.scalars(select(Grant).where(Grant.person_id == ward.staff.id)).one()
    assert kept.revoked_at == ward.now().instant
    with pytest.raises(Refused) as refused, writing():
        granting.end(kept, ward.now(ward.admin))
    assert codes(refused) == {"over_already"}


def test_a_role_given_by_mistake_today_is_gone_today(app: object, ward: Ward) -> None:
    with writing():
        grant = granting.give(ward.staff, Role.ADMINISTRATOR, ward.ward, ward.now(ward.admin))
    with writing():
        granting.end(grant, ward.now(ward.admin))
    assert Role.ADMINISTRATOR not in roles_of(ward.staff.id)


def test_a_last_day_comes_forward_and_never_lies_in_the_past(ward: Ward) -> None:
    grant = ward.staff.grants[0]
    with pytest.raises(Refused) as refused, writing():
        granting.end(grant, ward.now(ward.admin), YESTERDAY)
    assert codes(refused) == {"day_past"}
    with writing():
        granting.end(grant, ward.now(ward.admin), TOMORROW)
    assert (grant.valid_to, grant.revoked_at) == (TOMORROW, None)


def test_the_last_administrator_keeps_the_role(any_app: object, ward: Ward) -> None:
    with pytest.raises(Refused) as refused, writing():
        granting.end(ward.chief.grants[0], ward.now())
    assert codes(refused) == {"last_administrator"}
    with writing():
        granting.end(ward.admin.grants[0], ward.now(ward.chief))  # the chief administers the ward, too


@pytest.mark.parametrize(
    "broken",
    [
        lambda ward: Grant(person_id=ward.staff.id, role=Role.READER, unit_id=ward.ward.id, valid_from=TODAY, valid_to=YESTERDAY),
        lambda ward: Deputy(principal_id=1, deputy_id=1, valid_from=TODAY, valid_to=TODAY, reason="x"),
        lambda ward: Deputy(principal_id=1, deputy_id=2, valid_from=TODAY, valid_to=YESTERDAY, reason="x"),
        lambda ward: Deputy(principal_id=1, deputy_id=2, valid_from=TODAY, valid_to=TODAY, reason=None),
        lambda ward: Grant(person_id=ward.staff.id, role=Role.READER, unit_id=ward.ward.id, given_by_id=999_999),
    ],
)
def test_the_database_is_the_second_lock(any_app: object, ward: Ward, broken: Callable[[Ward], object]) -> None:
    with pytest.raises(IntegrityError), past_the_trail() as session:
        session.add(broken(ward))


def test_no_role_is_lent_that_runs_the_installation(app: object, ward: Ward) -> None:
    with past_the_trail() as session:
        session.add(Deputy(principal=ward.admin, deputy=ward.staff, valid_from=TODAY, valid_to=TODAY, reason="Nghỉ phép"))
    ward.office.grant(ward.admin, Role.LEADER, ward.ward)
    assert roles_of(ward.staff.id) == {Role.STAFF, Role.LEADER}


def test_every_permission_and_role_says_what_it_is_for() -> None:
    assert set(TITLES) == set(Permission) and set(DUTIES) == set(Role) == set(ROLES)
    assert all(re.fullmatch(r"[a-z_]+:[a-z_]+", permission) for permission in Permission)
    assert len(set(map(str, map(repr, TITLES.values())))) == len(TITLES)


def test_the_matrix_page_says_what_the_gate_enforces(ward: Ward, client: FlaskClient, sign_in: Callable[..., object]) -> None:
    sign_in(client, "officer")
    page = client.get("/permissions").text
    held = sum(len(permissions) for permissions in ROLES.values())
    table = page.partition('class="heat-map"')[2].partition("</table>")[0]
    assert table.count("heat-good") == held
    assert all(permission.value in table for permission in Permission)


def test_a_reason_that_is_missing_is_asked_for_beside_the_form(
    ward: Ward, client: FlaskClient, sign_in: Callable[..., object]
) -> None:
    sign_in(client, "chief")
    data = {"role": "administrator", "unit": "W", "valid_from": "", "valid_to": "", "reason": ""}
    address = f"/people/{ward.officer.id}/roles/new"
    answer = client.post(address, data=data)
    assert answer.status_code == 409 and 'value="W"' in answer.text
    assert client.post(address, data={**data, "reason": "Chỉ có một người"}).status_code == 303
    assert Role.ADMINISTRATOR in {grant.role for grant in ward.office.again(ward.officer).grants}
