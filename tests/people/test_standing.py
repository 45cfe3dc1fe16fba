"""How an account stands is asked in one statement, and says what the rules of sessions, roles and deputies say one by one."""

from datetime import timedelta
from itertools import product

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from qms.accounts import sessions
from qms.accounts.actor import actor_of
from qms.accounts.models import Deputy, Person, Session
from qms.accounts.permissions import Permission, Role
from qms.kernel.db import db, writing
from qms.kernel.refusal import Refused
from qms.people.deputies import service as deputising
from qms.people.standing import standing_of
from tests.conftest import SignIn
from tests.office import TODAY, past_the_trail
from tests.people.conftest import Ward
from tests.statements import asked_again

MOST = 12
AGES = (
    timedelta(minutes=5),
    sessions.IDLE,
    sessions.LIGHT_IDLE,
    sessions.LONGEST,
    sessions.LIMITED_LONGEST,
    sessions.LIGHT_LONGEST,
)
A_SECOND = timedelta(seconds=1)


def all_kinds_of_sessions(ward: Ward, person: Person) -> None:
    """Whole and limited ones, ended ones, and of every age around every limit."""
    instant = ward.now().instant
    ages = [age + off for age in AGES for off in (-A_SECOND, timedelta(), A_SECOND)]
    with past_the_trail() as session:
        for limited, ended, (seen, began) in product([None, ["/digest"]], [None, instant], product(ages, ages)):
            if began >= seen:
                made, _token = sessions.begin(person, ward.now(), browser=None, limited_to=limited)
                made.seen_at, made.began_at, made.ended_at = instant - seen, instant - began, ended
        session.flush()


@pytest.mark.parametrize("who", ["staff", "admin", "lends"])
def test_open_sessions_are_those_that_would_still_open_something(any_app: Flask, ward: Ward, who: str) -> None:
    person = ward.staff if who == "lends" else getattr(ward, who)
    if who == "lends":  # a role that can do harm, as a deputy
        ward.office.deputy(ward.officer, person)
    all_kinds_of_sessions(ward, person)
    all_kinds_of_sessions(ward, ward.head)
    moment = ward.now(ward.chief)
    actor = actor_of(person, TODAY)
    own = db.session.scalars(select(Session).where(Session.person_id == person.id, Session.ended_at.is_(None)))
    fresh = [one for one in own if sessions.why_over(one, actor, moment.instant) is None]
    assert actor.is_light is (who == "staff")
    assert 0 < len(fresh) == standing_of(person, moment, Permission.ACCOUNTS_MANAGE).open_sessions


def test_a_deputy_is_offered_for_withdrawal_to_whoever_may_withdraw_it(any_app: Flask, ward: Ward) -> None:
    ward.office.grant(ward.leader, Role.STAFF, ward.elsewhere)  # beyond what the officer of the ward looks after
    pairs = [(ward.head, ward.staff), (ward.leader, ward.head), (ward.stranger, ward.staff), (ward.staff, ward.officer)]
    deputies = [ward.office.deputy(*pair) for pair in pairs]
    over = ward.office.deputy(ward.head, ward.officer, valid_from=TODAY - timedelta(days=9), valid_to=TODAY - timedelta(days=1))
    for actor in (ward.officer, ward.head, ward.staff, ward.chief, ward.admin):
        moment = ward.now(actor)
        offered = deputising.revocable([*deputies, over], moment)
        assert offered == {one.id for one in [*deputies, over] if may_revoke(ward, one, actor)}, actor.username


def may_revoke(ward: Ward, deputy: Deputy, actor: Person) -> bool:
    """Tries it and takes it back."""
    with writing() as session:
        try:
            deputising.revoke(session.merge(deputy), ward.now(actor))
        except Refused:
            return False
        finally:
            session.rollback()
    return True


@pytest.mark.parametrize("page", ["", "/handover"])
def test_the_page_of_a_person_asks_no_more_for_more_roles_deputies_and_sessions(
    ward: Ward, client: FlaskClient, sign_in: SignIn, page: str
) -> None:
    ward.office.grant(ward.officer, Role.ADMINISTRATOR, ward.ward)
    sign_in(client, "officer")
    address = f"/people/{ward.head.id}{page}"
    few = asked_again(client, address)
    for number in range(3):
        other = ward.office.person(f"other{number}", unit=ward.other)
        ward.office.deputy(ward.head, other)
        ward.office.deputy(other, ward.head)
        unit = ward.office.unit(parent=ward.division)
        ward.office.grant(ward.head, Role.UNIT_HEAD, unit)
        ward.office.audit(unit, lead_auditor_id=ward.head.id)
    all_kinds_of_sessions(ward, ward.head)
    many = [one for one in asked_again(client, address) if one != "BEGIN"]
    assert len(many) <= MOST, "\n".join(many)
    assert len(many) <= len([one for one in few if one != "BEGIN"]) + 1  # who may withdraw the deputies of others
