"""Taking stock: after an upgrade that changed rows or columns, and once where rows are older than the telling of how they stand.

What stands in the database then counts as told. The trail says so, and how many rows were not as they had been told: an
upgrade is no way to have a change by another hand forgotten, as the nightly check comes before it. Where everything that was
told is gone, no upgrade and no start takes stock: that is found every night until a person does, with a reason.
"""

import logging
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy import select

from qms.kernel import schema
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.trail.holding import GONE, Told, places_in, standing_of, stored_rows
from qms.trail.keys import Keys, present_keys
from qms.trail.models import TrailEntry, TrailWrite
from qms.trail.service import last_number, record
from qms.trail.standing import covered, held_tables, stands
from qms.trail.writes import tell

log = logging.getLogger(__name__)

KIND, DEED = "stock", "take_stock"
BACKUP, RESTORE = "backup", "restore"
LONGEST_CODE = 200


def upgrade(moment: Moment) -> str:
    """Brings the schema to this version, takes stock when that moved an installation in use; answers the revision."""
    before = schema.current_revision()
    emptied = before is not None and _was_emptied()
    schema.upgrade()
    after = schema.head_revision()
    if emptied:
        log.error("nothing tells any more how the rows stand: run “qms verify”, then “qms trail take-stock”")
    elif before not in {None, after} and _has(TrailEntry):
        take_stock(f"{before} → {after}", moment)
    return after


def take_stock(why: str, moment: Moment, reason: str | None = None) -> int:
    """Tells how every row stands of which nothing is told or something else; answers how many had been told otherwise.

    ``reason``: why a person does that who knows that it is no upgrade.
    """
    keys = present_keys()
    with writing() as session:
        known, shapes = standing_of(held_tables())
        newest, new, changed = last_number(), 0, 0
        for name in held_tables():
            told = known[name]
            places = [places_in(name, shape.get(name, [])) for shape in shapes]
            rows = list(_untold(name, told, places, keys))
            known_rows = sum(1 for _name, key, _text in rows if told.get(key, (GONE, 0, ""))[0] != GONE)
            new, changed = new + len(rows) - known_rows, changed + known_rows
            tell(session, rows, newest, keys=keys)
        changes = {"first_told": [None, new], "told_otherwise": [None, changed]}
        record(moment, KIND, why, DEED, changes=changes, reason=reason)
    return changed


def tell_of_restore(name: str, moment: Moment) -> None:
    """A restored backup tells so itself: what was written after it was made is not there, and everybody can read that."""
    last = last_number()
    with writing():
        record(moment, BACKUP, name[-LONGEST_CODE:], RESTORE, changes={"entries": [None, last]})


def _untold(
    name: str, told: dict[str, Told], places: list[list[int] | None], keys: Keys
) -> Iterator[tuple[str, str, str | None]]:
    secret, present = keys.writers() or b"", set()
    whole = list(range(len(covered(name))))
    for key, values in stored_rows(name):
        present.add(key)
        text, shape, key_id = told.get(key, (GONE, -1, ""))
        before, under = places[shape] if shape >= 0 else None, keys.writers(key_id)
        if text != GONE and before is not None and under and stands(under, name, key, [values[i] for i in before]) == text:
            continue
        yield name, key, stands(secret, name, key, [values[i] for i in whole])
    yield from ((name, key, None) for key, (text, _shape, _key) in told.items() if text != GONE and key not in present)


def _was_emptied() -> bool:
    """Whether this version, or one before it, told how rows stand, and nothing of that is left."""
    there = sa.inspect(db.engine).has_table(TrailWrite.__tablename__)
    return there and _has(TrailEntry) and not _has(TrailWrite)


def _has(model: type[TrailEntry] | type[TrailWrite]) -> bool:
    found = db.session.scalar(select(model.id).limit(1)) is not None
    db.session.rollback()
    return found
