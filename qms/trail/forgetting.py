"""Forgetting a person: what tells who somebody is leaves the trail, and every chain still holds.

The rows stay as they are: they name people by number, and hold only salted hashes of what stands beside them. Value and salt
are emptied together; without its salt a hash cannot be guessed back.
"""

import json
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, update

from qms.kernel.bulk import OPTIONS
from qms.kernel.db import db
from qms.trail.canonical import canonical
from qms.trail.models import ADDRESS, ON_BEHALF_OF, OWN_FIELDS, PREPARED_BY, USERNAME, TrailEntry, TrailPersonal

PERSON = "person"
"""Kind of the entries about an account; their code is the number of the person."""


def forget(person_id: int, username: str, *about: Select[int]) -> int:
    """Empties every value that tells who the person is; answers how many. Whoever calls it records the deed "forget" on the
    person with ``changes={"values": [how many, 0]}``: the check of the trail finds values that were emptied without one.

    These are: user name and address of what the person did; everything that entries about the account keep beside them; and
    the user name wherever it stands as deputy, preparer, owner, lead auditor and the like. Where such a value names two people
    (from whom, to whom), it goes as a whole. ``about`` are ids of further entries that tell of the person alone, beside which
    everything goes.
    """
    beside_those = (and_(TrailPersonal.entry_id.in_(one), TrailPersonal.field.not_in(OWN_FIELDS)) for one in about)
    tells = or_(_tells_of(person_id, username), *beside_those)
    named = update(TrailPersonal).where(tells, TrailPersonal.value.is_not(None))
    done: Any = db.session.execute(
        named.values(salt=None, value=None), execution_options={**OPTIONS, "synchronize_session": False}
    )
    for one in list(db.session):
        if isinstance(one, TrailPersonal):
            db.session.expire(one)
    count: int = done.rowcount
    return count


def told_values(person_id: int, field: str) -> set[str]:
    """What a personal field of the account was until now, as far as it is not forgotten; to be asked before ``forget``."""
    done_to = select(TrailEntry.id).where(TrailEntry.kind == PERSON, TrailEntry.code == str(person_id))
    told = select(TrailPersonal.value).where(
        TrailPersonal.entry_id.in_(done_to), TrailPersonal.field == field, TrailPersonal.value.is_not(None)
    )
    return {one for change in db.session.scalars(told) for one in json.loads(change or "[]") if isinstance(one, str)}


def naming(person_id: int, username: str) -> Select[int]:
    """Ids of the entries that hold a value which tells who the person is, also as principal or preparer; for the data export."""
    return select(TrailPersonal.entry_id).where(_tells_of(person_id, username), TrailPersonal.value.is_not(None))


def _tells_of(person_id: int, username: str) -> ColumnElement[bool]:
    done_by = select(TrailEntry.id).where(TrailEntry.person_id == person_id)
    done_to = select(TrailEntry.id).where(TrailEntry.kind == PERSON, TrailEntry.code == str(person_id))
    beside = TrailPersonal
    quoted = canonical(username)
    return or_(
        and_(beside.entry_id.in_(done_by), beside.field.in_((USERNAME, ADDRESS))),
        and_(beside.entry_id.in_(done_to), beside.field.not_in(OWN_FIELDS)),
        and_(beside.field.in_((USERNAME, ON_BEHALF_OF, PREPARED_BY)), beside.value == username),
        # the whole name between quotes, in the JSON of a change; LIKE would not tell capital letters apart
        and_(beside.field.not_in(OWN_FIELDS), func.replace(beside.value, quoted, "") != beside.value),
    )
