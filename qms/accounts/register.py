"""People and their roles as the register workbook holds them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select

from qms.accounts.actor import not_over
from qms.accounts.models import Grant, Person
from qms.kernel.bulk import chunks, ids_by, insert_rows, stored, update_rows
from qms.kernel.days import end_of_day
from qms.kernel.db import db
from qms.kernel.text import fold
from qms.units.models import Unit

_PERSON = ("username", "full_name", "email", "title")


class PersonTaker:
    """The sheet ``people``. A person who is new has no password and cannot sign in until one is set."""

    sheet = "people"
    kind = "person"

    def code(self, values: Mapping[str, Any]) -> str:
        """The user name."""
        return str(values["username"])

    def rows(self, day: date) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Every person with the roles that have not ended before ``day``."""
        units = {number: code for code, number in ids_by(Unit.code).items()}
        people = list(stored(Person))
        homes = {person["id"]: person["unit_id"] for person in people}
        roles: dict[int, list[str]] = defaultdict(list)
        granted = select(Grant.person_id, Grant.role, Grant.unit_id).where(not_over(day))
        for person_id, role, unit_id in db.session.execute(granted.order_by(Grant.id)):
            roles[person_id].append(role.value if unit_id == homes[person_id] else f"{role.value}@{units[unit_id]}")
        return {
            (person["username"],): {name: person[name] for name in _PERSON}
            | {"unit_code": units[person["unit_id"]], "roles": tuple(dict.fromkeys(roles[person["id"]]))}
            for person in people
        }

    def save(self, new: Sequence[dict[str, Any]], changed: Sequence[tuple[dict[str, Any], dict[str, Any]]], day: date) -> None:
        """Writes people, and for those whose roles changed the new grants; those that are gone are taken back."""
        units = ids_by(Unit.code)
        insert_rows(Person, [_person(values, units) for values in new])
        ids = ids_by(Person.username)
        update_rows(Person, [_person(after, units) | {"id": ids[after["username"]]} for _before, after in changed])
        self._grant([({}, values) for values in new] + list(changed), ids, units, day)

    def _grant(
        self,
        changes: Sequence[tuple[dict[str, Any], dict[str, Any]]],
        people: Mapping[str, int],
        units: Mapping[str, int],
        day: date,
    ) -> None:
        wanted = {(people[after["username"]], *grant) for _before, after in changes for grant in _grants(after, units)}
        present: dict[tuple[int, str, int], list[int]] = defaultdict(list)
        for some in chunks({people[after["username"]] for before, after in changes if before}):
            rows = select(Grant.id, Grant.person_id, Grant.role, Grant.unit_id).where(Grant.person_id.in_(some), not_over(day))
            for grant_id, person_id, role, unit_id in db.session.execute(rows):
                present[person_id, role.value, unit_id].append(grant_id)
        gone = [grant_id for grant, ids in present.items() if grant not in wanted for grant_id in ids]
        taken_back = end_of_day(day - timedelta(days=1))  # a register knows days only: from the first instant of this one
        update_rows(Grant, [{"id": grant_id, "revoked_at": taken_back} for grant_id in gone])
        insert_rows(
            Grant,
            [
                {"person_id": person_id, "role": role, "unit_id": unit_id, "valid_from": None, "valid_to": None}
                for person_id, role, unit_id in sorted(wanted - present.keys())
            ],
        )


def _person(values: Mapping[str, Any], units: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _PERSON} | {
        "unit_id": units[values["unit_code"]],
        "folded": fold(" ".join(filter(None, (values["username"], values["full_name"], values["title"])))),
    }


def _grants(values: Mapping[str, Any], units: Mapping[str, int]) -> list[tuple[str, int]]:
    given = (text.partition("@") for text in values["roles"])
    return [(role, units[unit_code or values["unit_code"]]) for role, _at, unit_code in given]


TAKERS = (PersonTaker(),)
