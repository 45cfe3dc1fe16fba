"""Two agencies with people of every role, and the doors of the application: what the walk walks through."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from functools import cached_property, wraps
from itertools import count
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Map, Rule

from qms.accounts import sessions
from qms.accounts.actor import actor_of
from qms.accounts.gate import TOKEN
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.kernel.days import local_day
from qms.kernel.db import writing
from qms.kernel.moment import Moment, system_moment
from qms.units.models import Unit
from tests.office import Office

OWN, BELOW, BESIDE, ELSEWHERE = "own unit", "descendant", "sibling", "other agency"
INSIDE = (OWN, BELOW)
"""Where a grant in the own unit reaches."""
PLACES = (*INSIDE, BESIDE, ELSEWHERE)
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

Values = dict[str, Any]


class World:
    """An agency with a division in which people of every role work, what lies below and beside it, and another agency.

    ``name`` begins every code and user name.
    """

    def __init__(self, office: Office, name: str = "NHA") -> None:
        self.office = office
        self.agency = office.agency(name)
        self.own = office.unit(f"{name}-1", parent=self.agency)
        self.places = {
            OWN: self.own,
            BELOW: office.unit(f"{name}-1-1", parent=self.own),
            BESIDE: office.unit(f"{name}-2", parent=self.agency),
            ELSEWHERE: office.unit(f"{name}-KHAC-1", parent=office.agency(f"{name}-KHAC")),
        }
        self.people = {role: office.person(f"{name}-{role}", unit=self.own, role=role) for role in Role}
        self.helper = office.person(f"{name}-giup", unit=self.own)
        self.nobody = office.person(f"{name}-khong-vai", unit=self.own)
        self._strangers: dict[str, Person] = {}
        self._numbers = count(1)

    def number(self) -> int:
        """A number nobody has had."""
        return next(self._numbers)

    @cached_property
    def today(self) -> date:
        """The day on which the walk really takes place; sessions are of today."""
        return local_day(datetime.now(UTC))

    def someone_in(self, unit: Unit) -> Person:
        """A person whose home is that unit."""
        if unit.code not in self._strangers:
            self._strangers[unit.code] = self.office.person(f"nguoi-{unit.code}", unit=unit)
        return self._strangers[unit.code]

    def moment(self, person: Person) -> Moment:
        """The person now."""
        return Moment(actor_of(person, self.today), datetime.now(UTC))


def session_of(person: Person, *, second_factor: bool = True, proven_at: datetime | None = None, **fields: Any) -> str:
    """A session of a person as if one had just signed in; answers with its token."""
    with writing():
        session, token = sessions.begin(person, system_moment(datetime.now(UTC)), browser=None, second_factor=second_factor)
        for name, value in fields.items():
            setattr(session, name, value)
        if proven_at is not None:
            session.proven_at = proven_at
    return token


def open_every_door(app: Flask) -> None:
    """Settings without which some doors do not exist: a host that passkeys can be bound to."""
    settings = app.extensions["qms.settings"]
    app.extensions["qms.settings"] = replace(settings, public_url="http://localhost:5000")


def come_in(app: Flask, person: Person, token: str | None = None) -> FlaskClient:
    """A client in whose cookie the person has signed in."""
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["_user_id"] = str(person.id)
        cookie["_fresh"] = True
        cookie[TOKEN] = token or session_of(person)
    return client


def status(client: FlaskClient, address: str, method: str, **request: Any) -> int:
    """How a door answers; a file is read to its end, so that it is closed."""
    return client.open(address, method=method, buffered=True, **request).status_code


def rules(app: Flask) -> list[Rule]:
    """Every address of the application but the static files, by endpoint."""
    return sorted(
        (rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"), key=lambda rule: (rule.endpoint, rule.rule)
    )


def doors(app: Flask) -> Iterator[tuple[Rule, str]]:
    """Every address with every method that somebody wrote."""
    for rule in rules(app):
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield rule, method


def any_address(rule: Rule) -> str:
    """An address of the rule that leads nowhere: for asking the gate, which stands before the record is looked for."""
    values = {}
    for name, converter in rule._converters.items():
        kind = type(converter).__name__
        values[name] = next(iter(converter.items)) if kind == "AnyConverter" else 1 if kind == "RecordNumber" else "x"
    return built(rule, values)


def built(rule: Rule, values: Values) -> str:
    """The address of the rule with these values."""
    alone = Map([rule.empty()], converters=dict(rule.map.converters) if rule.map is not None else None)
    return alone.bind("localhost").build(rule.endpoint, {name: values[name] for name in rule.arguments}, append_unknown=False)


def cut_off(app: Flask) -> dict[str, Callable[..., Any]]:
    """Every page with its guard and without its body: what is answered with 204 has passed the gate."""

    def bodiless(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def passed(**_values: Any) -> tuple[str, int]:
            return "", 204

        return passed

    return {endpoint: bodiless(view) for endpoint, view in app.view_functions.items() if endpoint != "static"}
