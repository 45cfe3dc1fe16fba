"""Who holds a role where, asked for everybody at once, says the same as asking each person."""

import random
from datetime import timedelta

import pytest
from sqlalchemy import select

from qms.accounts.holders import deputies_of, holders, identities, nearest
from qms.accounts.models import Person
from qms.accounts.permissions import Permission, Role, roles_with
from qms.kernel.db import db
from tests.office import TODAY, Office

pytestmark = pytest.mark.usefixtures("any_app")


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_same_answer_as_for_each_person(office: Office, seed: int) -> None:
    chance = random.Random(seed)
    units = [office.agency("TOP")]
    units += [office.unit(parent=chance.choice(units)) for _ in range(5)]
    people = [office.person(unit=chance.choice(units), disabled=chance.random() < 0.2) for _ in range(10)]
    for person in people:
        for _ in range(chance.randint(0, 2)):
            days = {"valid_from": TODAY + timedelta(days=chance.randint(-1, 1))} if chance.random() < 0.3 else {}
            office.grant(person, chance.choice(list(Role)), chance.choice(units), **days)
    for _ in range(8):
        principal, deputy = chance.sample(people, 2)
        office.deputy(principal, deputy, valid_to=TODAY + timedelta(days=chance.randint(-7, 3)))
    known = identities(TODAY)
    for person in (one for one in people if not one.disabled):
        actor = office.moment(person).person
        mine = set(db.session.scalars(select(known.c.identity_id).where(known.c.person_id == person.id)))
        homes = set(db.session.scalars(select(known.c.home_unit_id).where(known.c.person_id == person.id)))
        assert (mine, homes) == (actor.identities, actor.home_units)
    for permission in (Permission.NONCONFORMITIES_RESPOND, Permission.NONCONFORMITIES_VERIFY, Permission.FORMS_PREPARE):
        held = holders(roles_with(permission), TODAY)
        found = {(row.person_id, row.unit_id) for row in db.session.execute(select(held.c.person_id, held.c.unit_id))}
        expected = {
            (person.id, unit)
            for person in people
            if not person.disabled
            for unit in office.moment(person).person.granted_units(permission)  # type: ignore[attr-defined]
        }
        assert found == expected
        for unit in units:
            asked = nearest(unit.id, roles_with(permission), TODAY)
            able = [one.id for one in people if not one.disabled and office.moment(one).person.may(permission, unit.id)]
            assert set(asked) <= set(able)
            assert bool(asked) is bool(able)


def test_what_nobody_lends_makes_nobody_a_holder(office: Office) -> None:
    top = office.agency("TOP")
    administrator = office.person(unit=top, role=Role.ADMINISTRATOR)
    vice = office.person(unit=top)
    office.deputy(administrator, vice)
    assert nearest(top.id, (Role.ADMINISTRATOR,), TODAY) == [administrator.id]
    known = identities(TODAY)
    mine = set(db.session.scalars(select(known.c.identity_id).where(known.c.person_id == vice.id)))
    assert mine == office.moment(vice).person.identities == {vice.id}


def test_the_lowest_unit_above_answers_with_its_deputies(office: Office) -> None:
    top = office.agency("TOP")
    middle = office.unit(parent=top)
    below = office.unit(parent=middle)
    chair = office.person(unit=top, role=Role.UNIT_HEAD)
    head = office.person(unit=middle, role=Role.UNIT_HEAD)
    vice = office.person(unit=middle)
    office.deputy(head, vice)
    roles = (Role.UNIT_HEAD,)
    assert nearest(below.id, roles, TODAY) == nearest(middle.id, roles, TODAY) == [head.id, vice.id]
    assert nearest(top.id, roles, TODAY) == [chair.id]
    assert nearest(below.id, (Role.PUBLISHER,), TODAY) == []
    assert deputies_of(head.id, TODAY) == [vice.id]
    assert deputies_of(head.id, TODAY - timedelta(days=30)) == []
    assert isinstance(db.session.get(Person, vice.id), Person)
