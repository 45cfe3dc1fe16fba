"""People and their roles read for the register workbook, and written from it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import aliased

from qms.accounts.actor import not_over
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.bulk import as_values, chunks
from qms.kernel.days import end_of_day
from qms.kernel.db import db
from qms.kernel.staging import Staging
from qms.kernel.text import search_text
from qms.sheets.sheet import Change, Saving, Values
from qms.units.models import Unit
from qms.units.register_rows import of_units

ROLES = (
    Role.ADMINISTRATOR,
    Role.QUALITY_OFFICER,
    Role.MANAGEMENT_REPRESENTATIVE,
    Role.LEADER,
    Role.UNIT_HEAD,
    Role.AUDITOR,
    Role.STAFF,
    Role.PROVINCIAL_OFFICER,
    Role.INSPECTOR,
    Role.PUBLISHER,
    Role.READER,
)
"""The roles that a workbook gives, in the order in which it prints them."""

_PERSON = ("username", "full_name", "email", "title")


def people(day: date) -> Iterator[Values]:
    """Every person with the roles that have not ended before ``day``."""
    granted_in = aliased(Unit)
    joined = (
        of_units(Person, ("id", *_PERSON))
        .outerjoin(Grant, and_(Grant.person_id == Person.id, not_over(day)))
        .outerjoin(granted_in, granted_in.id == Grant.unit_id)
        .add_columns(Grant.role, granted_in.code.label("granted_in"))
        .order_by(Grant.id)
    )
    for _id, rows in groupby(as_values(joined), itemgetter("id")):
        grants = list(rows)
        roles = (_role(row) for row in grants if row["role"] is not None)
        yield {name: grants[0][name] for name in (*_PERSON, "unit_code")} | {"roles": tuple(dict.fromkeys(roles))}


def save_people(saving: Saving) -> None:
    """People, and for those whose roles changed the new grants; those that are gone are taken back.

    A person who is new has no password and cannot sign in until one is set.
    """
    units = saving.staging.ids(Unit.code)
    saving.staging.insert(Person, [_person(values, units) for values in saving.new])
    ids = saving.staging.ids(Person.username)
    changed = [_person(after, units) | {"id": ids[after["username"]]} for _before, after in saving.changed]
    saving.staging.update(Person, changed)
    _grant(saving.staging, [*(({}, values) for values in saving.new), *saving.changed], units, saving.day)


def trail_code(staging: Staging, values: Values) -> str:
    """The trail names people by their number: their names can be forgotten."""
    return str(staging.ids(Person.username)[values["username"]])


def _role(row: Mapping[str, Any]) -> str:
    at_home = row["granted_in"] == row["unit_code"]
    return str(row["role"]) if at_home else f"{row['role']}@{row['granted_in']}"


def _grant(staging: Staging, changes: Sequence[Change], units: Mapping[str, int], day: date) -> None:
    ids = staging.ids(Person.username)
    wanted = {(ids[after["username"]], *grant) for _before, after in changes for grant in _grants(after, units)}
    present: dict[tuple[int, str, int], list[int]] = defaultdict(list)
    for some in chunks({ids[after["username"]] for before, after in changes if before}):
        rows = select(Grant.id, Grant.person_id, Grant.role, Grant.unit_id).where(Grant.person_id.in_(some), not_over(day))
        for grant_id, person_id, role, unit_id in db.session.execute(rows):
            present[person_id, role.value, unit_id].append(grant_id)
    gone = [grant_id for grant, numbers in present.items() if grant not in wanted for grant_id in numbers]
    taken_back = end_of_day(day - timedelta(days=1))  # a register knows days only: from the first instant of this one
    staging.update(Grant, [{"id": grant_id, "revoked_at": taken_back} for grant_id in gone])
    fresh = [
        {"person_id": person_id, "role": role, "unit_id": unit_id, "valid_from": None, "valid_to": None}
        for person_id, role, unit_id in sorted(wanted - present.keys())
    ]
    staging.insert(Grant, fresh)


def _person(values: Values, units: Mapping[str, int]) -> dict[str, Any]:
    return {name: values[name] for name in _PERSON} | {
        "unit_id": units[values["unit_code"]],
        "folded": search_text(values["username"], values["full_name"], values["title"]),
    }


def _grants(values: Values, units: Mapping[str, int]) -> list[tuple[str, int]]:
    given = (text.partition("@") for text in values["roles"])
    return [(role, units[unit_code or values["unit_code"]]) for role, _at, unit_code in given]
