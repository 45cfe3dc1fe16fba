"""Whoever holds a permission at every top of the organisation is asked nothing; whoever lacks one top stays narrowed."""

from flask import Flask
from sqlalchemy import select, true

from qms.accounts.actor import actor_of, in_visible_units, visible_units
from qms.accounts.permissions import Permission, Role
from qms.kernel.db import db
from qms.units.models import Unit
from tests.office import TODAY, Office


def test_a_grant_at_the_only_top_reaches_everything(app: Flask, office: Office) -> None:
    ward = office.unit("PMA")
    below = office.unit(parent=ward)
    officer = actor_of(office.person(unit=ward, role=Role.QUALITY_OFFICER), TODAY)
    assert officer.may_everywhere(Permission.AUDITS_READ)
    assert in_visible_units(Unit.id, officer, Permission.AUDITS_READ).compare(true())
    assert set(db.session.scalars(visible_units(officer, Permission.AUDITS_READ))) == {ward.id, below.id}
    assert not officer.may_everywhere(Permission.ACCOUNTS_MANAGE)


def test_a_second_top_is_not_reached(app: Flask, office: Office) -> None:
    ward, other = office.unit("PMA"), office.unit("PMB")
    below = office.unit(parent=other)
    officer = actor_of(office.person(unit=ward, role=Role.QUALITY_OFFICER), TODAY)
    assert not officer.may_everywhere(Permission.AUDITS_READ)
    seen = select(Unit.id).where(in_visible_units(Unit.id, officer, Permission.AUDITS_READ))
    assert set(db.session.scalars(seen)) == {ward.id}
    assert not officer.may(Permission.AUDITS_READ, below.id)


def test_two_grants_of_different_roles_do_not_add_up_to_the_whole(app: Flask, office: Office) -> None:
    ward, other = office.unit("PMA"), office.unit("PMB")
    person = office.person(unit=ward, role=Role.QUALITY_OFFICER)
    office.grant(person, Role.STAFF, other)
    actor = actor_of(person, TODAY)
    assert not actor.may_everywhere(Permission.AUDITS_PLAN)
    assert not actor.may(Permission.AUDITS_PLAN, other.id)
