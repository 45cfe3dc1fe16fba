"""Whom the rows of a workbook may name: the one scoped look-up, asked for units and people as the workbook leaves them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date

from sqlalchemy import select

from qms.accounts.actor import in_force
from qms.accounts.models import Grant, Person
from qms.kernel.bulk import chunks
from qms.kernel.db import db
from qms.people.within_reach import Reach
from qms.sheets.sheet import Page, Values, World
from qms.units.models import Unit


def reach_after(world: World, usernames: Iterable[str], today: date) -> Reach[str]:
    """What records of every unit, by its code, may say of these people: those that are here and those that come with it.

    It is asked of all units and people, also those that the importer does not see; only records that the importer may write
    are asked about, so nothing more is told than their pages tell.
    """
    parents: dict[str, str | None] = {}
    heads: set[str] = set()
    codes = dict(db.session.execute(select(Unit.id, Unit.code)).all())
    for code, parent_id, agency in db.session.execute(select(Unit.code, Unit.parent_id, Unit.agency)):
        parents[code] = None if parent_id is None else codes[parent_id]
        heads |= {code} if agency or parent_id is None else set()
    for code, values in _touched(world["units"]):
        parents[code] = values.get("parent_code")
        heads -= {code}
        heads |= {code} if values.get("agency") or values.get("parent_code") is None else set()
    homes, serving = _people(world, set(usernames), codes, today)
    return Reach({code: _path(code, parents) for code in parents}, heads, homes, serving)


def _people(world: World, usernames: set[str], codes: dict[int, str], today: date) -> tuple[dict[str, str], dict[str, set[str]]]:
    homes: dict[str, str] = {}
    serving: dict[str, set[str]] = defaultdict(set)
    for some in chunks(usernames):
        for username, unit_id in db.session.execute(select(Person.username, Person.unit_id).where(Person.username.in_(some))):
            homes[username] = codes[unit_id]
        granted = select(Person.username, Grant.unit_id).join(Grant, Grant.person_id == Person.id)
        for username, unit_id in db.session.execute(granted.where(Person.username.in_(some), in_force(today))):
            serving[username].add(codes[unit_id])
    for username, values in _touched(world["people"]):
        if username in usernames and values.get("unit_code") is not None:
            homes[username] = values["unit_code"]
            given = (str(role).partition("@")[2] for role in values.get("roles", ()))
            serving[username] = {code or values["unit_code"] for code in given}
    return homes, serving


def _touched(page: Page) -> Iterator[tuple[str, Values]]:
    return ((key[0], page.after[key]) for key in page.touched)


def _path(code: str, parents: dict[str, str | None]) -> set[str]:
    path: set[str] = set()
    current: str | None = code
    while current is not None and current not in path:
        path.add(current)
        current = parents.get(current)
    return path
