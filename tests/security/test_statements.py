"""Every page asks the database at most twelve times, and no page asks oftener because there are more records.

The doors of the walk once more, each page for whoever sees most, has most to do, decides. A page is asked for twice and counted
the second time: what a process learns once (the criteria set, a catalogue) is no part of a page. The clock stands still, so that
the gate does not note in between that a session was seen.
"""

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts import gate
from qms.accounts.permissions import ROLES, Permission, Role
from tests.office import Office
from tests.security.planting import fill
from tests.security.records import constants_of, passkey, record_maker
from tests.security.world import World, built, come_in, open_every_door, rules
from tests.statements import statements

MOST = 12
ASKING = (Role.QUALITY_OFFICER, Role.UNIT_HEAD, Role.LEADER)
"""Whose pages are counted; a page that is shut to all three is asked for by the first role that is let in."""
MORE: dict[str, int] = {
    # the whole workbook: one statement for each register, the session, and the units within reach
    "registers.export": 14,
}
"""Pages that ask more than ``MOST``, and how often at most."""
GROWING: set[str] = set()
"""Pages that still ask for each record by itself."""

Page = tuple[str, str, Role]


def addresses(app: Flask, world: World) -> dict[Page, str]:
    """Every page that somebody who signed in may ask for, with its address and who asks; records are made where it names some."""
    found = {}
    for rule in rules(app):
        mark = getattr(app.view_functions[rule.endpoint], gate.MARK)
        if "GET" not in (rule.methods or set()) or mark in {gate.PUBLIC, gate.AT_THE_DOOR}:
            continue
        allowed = [role for role in Role if not isinstance(mark, Permission) or mark in ROLES[role]]
        maker = record_maker(rule)
        for role in [role for role in ASKING if role in allowed] or allowed[:1]:
            made = {} if maker is None else maker(world, world.own, world.people[role])
            found[rule.endpoint, rule.rule, role] = built(rule, made | constants_of(rule))
    return found


def asked(client: FlaskClient, address: str) -> int:
    """How often a page asks the database; opening a transaction is no question."""
    with statements() as seen:
        client.get(address, buffered=True)
    return len([statement for statement in seen if statement != "BEGIN"])


@pytest.mark.timeout(300)
def test_every_page_asks_at_most_twelve_times_however_much_there_is(app: Flask, office: Office) -> None:
    with time_machine.travel(datetime.now(UTC), tick=False):
        wrong = over_the_limit(app, office)
    assert not wrong, "\n".join(wrong)


def planted(app: Flask, office: Office) -> World:
    """An office that holds records of every kind."""
    open_every_door(app)
    world = World(office)
    for person in world.people.values():
        passkey(world, world.own, person)
    fill(office, world.own)
    return world


def over_the_limit(app: Flask, office: Office) -> list[str]:
    """What pages ask too often, or oftener when there is more."""
    world = planted(app, office)
    wanted = addresses(app, world)
    clients = {role: come_in(app, person) for role, person in world.people.items()}
    few = {}
    for (endpoint, rule, role), address in wanted.items():
        if rule not in {known for _endpoint, known, _role in few}:  # one role tells whether it grows
            asked(clients[role], address)
            few[endpoint, rule, role] = asked(clients[role], address)
    for _time in range(3):
        fill(office, office.unit(parent=world.own))
    for client in clients.values():
        asked(client, "/standard")  # the figures of the menu are counted anew once, after something was recorded
    wrong = []
    for page, address in wanted.items():
        (endpoint, _rule, role), many = page, asked(clients[page[2]], address)
        if many > MORE.get(endpoint, MOST):
            wrong.append(f"{endpoint} asks {role} {many} times")
        if many > few.get(page, many) and endpoint not in GROWING:
            wrong.append(f"{endpoint} asks {role} {many} times when there is more, {few[page]} when there is less")
    return wrong


def test_every_exception_is_a_page(app: Flask) -> None:
    assert not (set(MORE) | GROWING) - set(app.view_functions)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("any_app", ["postgresql"], indirect=True)
def test_postgresql_understands_what_every_page_asks(any_app: Flask, office: Office) -> None:
    world = planted(any_app, office)
    clients = {role: come_in(any_app, person) for role, person in world.people.items()}
    wrong, drawn = [], set()
    for (endpoint, rule, role), address in addresses(any_app, world).items():
        if rule not in drawn:
            drawn.add(rule)
            answer = clients[role].get(address, buffered=True).status_code
            if answer >= 400:
                wrong.append(f"{endpoint}: {answer}")
    assert not wrong
