"""The walk: every door, asked by every role and by nobody, from inside and from outside.

First at the gate with the bodies of the pages cut off, then at the scope functions, then over HTTP. A new door is
walked without being named here; one with an id in its address has to say in ``records.py`` how such a record is made.
"""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask, templating
from flask.testing import FlaskClient
from werkzeug.routing import Rule

from qms.accounts import gate
from qms.accounts.actor import SignedIn, actor_of, visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import ROLES, Permission, Role
from qms.kernel.db import db
from tests.office import Office
from tests.security.records import AGENCY_WIDE, HOUSE_WIDE, OWN_ALONE, Maker, constants_of, passkey, record_maker
from tests.security.world import (
    ELSEWHERE,
    INSIDE,
    PLACES,
    SAFE,
    World,
    any_address,
    built,
    come_in,
    cut_off,
    doors,
    open_every_door,
    rules,
    session_of,
    status,
)

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "security.md"
PASSED = 204
FORBIDDEN, NOT_THERE = 403, 404
DRAWN = 2
"""For how many roles a page is drawn to its end; the others only hear whether they are let in."""
ANSWERS = frozenset({200, 202, 204, 302, 303, 409, 413, 415, 422})
"""What a page says to somebody whom it lets in; a form that is not filled in is an answer too."""


@pytest.fixture
def world(client: FlaskClient, office: Office) -> World:
    """Two agencies and people of every role; every client has a context of its own, as ``client`` has."""
    open_every_door(client.application)
    made = World(office)
    for person in made.people.values():
        passkey(made, made.own, person)
    return made


@pytest.fixture
def bare(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The gate alone: pages without bodies, answers without a page, and the grants of a person read once."""
    for endpoint, bodiless in cut_off(app).items():
        monkeypatch.setitem(app.view_functions, endpoint, bodiless)
    monkeypatch.setattr(templating, "_render", _nothing)
    known: dict[tuple[int, date], SignedIn] = {}

    def once(person: Person, today: date) -> SignedIn:
        if (person.id, today) not in known:
            known[person.id, today] = actor_of(person, today)
        return known[person.id, today]

    monkeypatch.setattr(gate, "actor_of", once)


def _mark(app: Flask, rule: Rule) -> object:
    return getattr(app.view_functions[rule.endpoint], gate.MARK)


def _listed(heading: str) -> set[str]:
    """The endpoints of a table of the document, below a heading."""
    text = DOCUMENT.read_text(encoding="utf-8")
    part = re.split(r"\n## ", text.partition(f"\n## {heading}\n")[2])[0]
    return set(re.findall(r"^\| `([\w.]+)` \|", part, re.MULTILINE))


# Who stands at which door


@pytest.mark.parametrize(("mark", "heading"), [(gate.PUBLIC, "Public pages"), (gate.AT_THE_DOOR, "Pages at the door")])
def test_what_is_open_is_in_the_document_with_its_reason(app: Flask, mark: str, heading: str) -> None:
    open_ones = {endpoint for endpoint, view in app.view_functions.items() if getattr(view, gate.MARK, None) == mark}
    listed = _listed(heading)
    assert not open_ones - listed, f"open, but not in “{heading}” of docs/security.md: {sorted(open_ones - listed)}"
    assert not listed - open_ones, f"in “{heading}” of docs/security.md, but not open (any more): {sorted(listed - open_ones)}"


def test_every_door_has_a_guard(app: Flask) -> None:
    assert not gate.unmarked(app), "these pages do not say whom they let in"
    odd = {rule.endpoint for rule in rules(app) if not isinstance(_mark(app, rule), Permission)} - {
        rule.endpoint for rule in rules(app) if _mark(app, rule) in {gate.PUBLIC, gate.SIGNED_IN, gate.AT_THE_DOOR}
    }
    assert not odd, f"marked with something that is no permission: {sorted(odd)}"


def test_every_permission_is_given_to_somebody_and_asked_for_somewhere(app: Flask) -> None:
    given = frozenset().union(*ROLES.values())
    assert not set(Permission) - given


# The gate, with the bodies of the pages cut off


def _expected(mark: object, role: Role | None, method: str) -> int:
    if mark == gate.PUBLIC:
        return PASSED
    if not isinstance(mark, Permission):
        return PASSED
    return PASSED if role is not None and mark in ROLES[role] else FORBIDDEN


@pytest.mark.usefixtures("bare")
def test_the_gate_answers_what_the_matrix_says(app: Flask, world: World) -> None:
    wrong = []
    for role, person in [*world.people.items(), (None, world.nobody)]:
        client = come_in(app, person)
        for rule, method in doors(app):
            answer = status(client, any_address(rule), method)
            expected = _expected(_mark(app, rule), role, method)
            if answer != expected:
                wrong.append(f"{method} {rule.rule} by {role or 'somebody without a role'}: {answer}, not {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("bare")
def test_a_stranger_is_sent_to_the_door(app: Flask, world: World) -> None:
    client = app.test_client()
    wrong = []
    for rule, method in doors(app):
        expected = PASSED if _mark(app, rule) == gate.PUBLIC else 302 if method in SAFE else 401
        answer = status(client, any_address(rule), method)
        if answer != expected:
            wrong.append(f"{method} {rule.rule}: {answer}, not {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("bare")
def test_nothing_opens_before_the_second_factor(app: Flask, world: World) -> None:
    administrator = world.people[Role.ADMINISTRATOR]
    client = come_in(app, administrator, session_of(administrator, second_factor=False))
    wrong = []
    for rule, method in doors(app):
        open_now = _mark(app, rule) in {gate.PUBLIC, gate.AT_THE_DOOR}
        answer = status(client, any_address(rule), method)
        if answer != (PASSED if open_now else 302 if method in SAFE else 401):
            wrong.append(f"{method} {rule.rule}: {answer}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.usefixtures("bare")
def test_a_session_from_a_letter_opens_what_the_letter_is_about_and_nothing_else(app: Flask, world: World) -> None:
    head = world.people[Role.UNIT_HEAD]
    client = come_in(app, head, session_of(head, limited_to=["/nonconformities/17"]))
    wrong = []
    for rule, method in doors(app):
        if _mark(app, rule) == gate.PUBLIC:
            continue
        answer = status(client, any_address(rule), method)
        if answer != FORBIDDEN:
            wrong.append(f"{method} {rule.rule}: {answer}")
    assert not wrong, "\n".join(wrong)
    assert client.get("/nonconformities/17").status_code == PASSED
    assert client.post("/nonconformities/17/analysis").status_code == PASSED
    assert client.get("/nonconformities/171").status_code == FORBIDDEN


@pytest.mark.usefixtures("bare")
def test_a_dangerous_step_asks_again_who_one_is(app: Flask, world: World) -> None:
    administrator = world.people[Role.ADMINISTRATOR]
    long_ago = datetime.now(UTC) - timedelta(hours=2)
    client = come_in(app, administrator, session_of(administrator, proven_at=long_ago))
    wrong, dangerous = [], 0
    for rule, method in doors(app):
        mark = _mark(app, rule)
        if not getattr(app.view_functions[rule.endpoint], gate.RECENT_MARK):
            continue
        if isinstance(mark, Permission) and mark not in ROLES[Role.ADMINISTRATOR]:
            continue
        dangerous += 1
        answer = status(client, any_address(rule), method)
        if answer != (302 if method in SAFE else 401):
            wrong.append(f"{method} {rule.rule}: {answer}")
    assert not wrong, "\n".join(wrong)
    assert dangerous


@pytest.mark.usefixtures("bare")
def test_no_form_is_taken_without_its_token(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    taken = []
    roles = {role: come_in(app, person) for role, person in world.people.items()}
    for rule, method in doors(app):
        if method in SAFE:
            continue
        mark = _mark(app, rule)
        role = next((role for role in Role if not isinstance(mark, Permission) or mark in ROLES[role]), Role.ADMINISTRATOR)
        for headers in ({}, {"X-CSRFToken": "guessed"}, {"Content-Type": "application/json"}, {"Content-Type": "text/plain"}):
            answer = status(roles[role], any_address(rule), method, headers=headers)
            if answer != 400:
                taken.append(f"{method} {rule.rule} with {headers}: {answer}")
    assert not taken, "taken from another site:\n" + "\n".join(taken)


# The scope functions: permission x role x place


def test_a_grant_reaches_the_own_unit_and_what_lies_below_it(app: Flask, world: World) -> None:
    wrong = []
    for role, person in world.people.items():
        actor = world.moment(person).person
        for permission in Permission:
            seen = set(db.session.scalars(visible_units(actor, permission)))
            for place in PLACES:
                unit, expected = world.places[place], permission in ROLES[role] and place in INSIDE
                if actor.may(permission, unit.id) != expected or (unit.id in seen) != expected:
                    wrong.append(f"{role} {permission} in {place}: not {expected}")
    assert not wrong, "\n".join(wrong)
    nobody = world.moment(world.nobody).person
    assert not [each for each in Permission if list(db.session.scalars(visible_units(nobody, each))) or nobody.may(each, None)]


# Over HTTP


def test_every_record_in_an_address_can_be_made(app: Flask) -> None:
    unknown = []
    for rule in rules(app):
        try:
            _maker(app, rule)
        except LookupError as error:
            unknown.append(str(error))
    assert not unknown, "\n".join(unknown)


def _maker(app: Flask, rule: Rule) -> Maker | None:
    return None if _mark(app, rule) in {gate.PUBLIC, gate.AT_THE_DOOR} else record_maker(rule)


@pytest.mark.timeout(300)
def test_over_http_every_role_in_the_own_unit(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole pages for the first roles that are let in; what is sent gets a record of its own, as it may change it."""
    clients = {role: come_in(app, person) for role, person in world.people.items()}
    wrong = []
    for rule, method in doors(app):
        mark, maker = _mark(app, rule), _maker(app, rule)
        if mark in {gate.PUBLIC, gate.AT_THE_DOOR}:
            continue
        own, sent, drawn = mark == gate.SIGNED_IN, method not in SAFE, 0
        each = own or sent or rule.endpoint in OWN_ALONE
        shared = None if maker is None or each else maker(world, world.own, world.helper)
        for role, client in clients.items():
            allowed = own or mark in ROLES[role]
            address = any_address(rule)
            if allowed:
                made = {} if maker is None else shared or maker(world, world.own, world.people[role])
                address = built(rule, made | constants_of(rule))
            with monkeypatch.context() as patch:
                if not allowed or drawn >= DRAWN:
                    patch.setattr(templating, "_render", _nothing)
                answer = status(client, address, method)
            drawn += allowed
            if (answer not in ANSWERS) if allowed else (answer != FORBIDDEN):
                wrong.append(f"{method} {rule.rule} by {role}: {answer}")
    assert not wrong, "\n".join(wrong)


def _nothing(*_all: object) -> str:
    """A page that nobody looks at."""
    return ""


@pytest.mark.timeout(300)
def test_over_http_at_other_places(app: Flask, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A record below the own unit is found, one beside it or in another agency is not there: 404, never 403."""
    monkeypatch.setattr(templating, "_render", _nothing)  # only the finding counts here
    clients = {role: come_in(app, person) for role, person in world.people.items()}
    wrong = []
    for rule, method in doors(app):
        mark, maker = _mark(app, rule), _maker(app, rule)
        if maker is None or not isinstance(mark, Permission) or rule.endpoint in HOUSE_WIDE:
            continue
        for place in PLACES[1:]:
            unit = world.places[place]
            values = maker(world, unit, world.someone_in(unit)) | constants_of(rule)
            for role, client in clients.items():
                if mark not in ROLES[role]:
                    continue
                if rule.endpoint in AGENCY_WIDE:  # deleted by the role before
                    values = maker(world, unit, world.someone_in(unit))
                answer = status(client, built(rule, values), method)
                inside = place != ELSEWHERE if rule.endpoint in AGENCY_WIDE else place in INSIDE
                if (answer not in ANSWERS) if inside and rule.endpoint not in OWN_ALONE else (answer != NOT_THERE):
                    wrong.append(f"{method} {rule.rule} by {role} in {place}: {answer}")
    assert not wrong, "\n".join(wrong)


def test_the_same_roles_elsewhere_open_nothing_here(app: Flask, world: World) -> None:
    """Somebody who holds every role, but in another agency; what is one's own is nobody else's either."""
    elsewhere = world.places[ELSEWHERE]
    person = world.someone_in(elsewhere)
    for role in Role:
        world.office.grant(person, role, elsewhere)
    client = come_in(app, person)
    wrong = []
    for rule, method in doors(app):
        maker = _maker(app, rule)
        if maker is None or rule.endpoint in HOUSE_WIDE:
            continue
        address = built(rule, maker(world, world.own, world.people[Role.UNIT_HEAD]) | constants_of(rule))
        answer = status(client, address, method, data={"version": "1"})
        if answer != NOT_THERE:
            wrong.append(f"{method} {rule.rule}: {answer}")
    assert not wrong, "\n".join(wrong)


def test_a_record_that_is_not_there_answers_like_one_that_is_elsewhere(app: Flask, world: World) -> None:
    """Whoever tries numbers learns nothing: same status and, but for the number of the request, the same page."""
    client = come_in(app, world.people[Role.QUALITY_OFFICER])
    elsewhere = world.places[ELSEWHERE]
    nc, audit = world.office.nonconformity(elsewhere), world.office.audit(elsewhere)
    for address, number in (("/nonconformities/", nc.id), ("/audits/", audit.id), ("/units/", elsewhere.id)):
        hidden, missing = client.get(f"{address}{number}"), client.get(f"{address}999999")
        assert hidden.status_code == missing.status_code == NOT_THERE
        assert _without_numbers(hidden.text) == _without_numbers(missing.text)


def _without_numbers(page: str) -> str:
    return re.sub(r"[0-9a-f]{16}|/\d+|[\w.-]{60,}", "", page)
