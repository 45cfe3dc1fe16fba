"""Holds every row against what was last told of it: changed, removed or added by another hand than the program's is found.

Reads what the writers told from beginning to end, then each table once. The keys lie outside the
database, so this is the part of a check that only the installation itself can make; ``verify_trail.py`` is the other one.

Each writer numbers what it tells. In which order several of them told is bound by the entries of the trail that each
transaction names: on SQLite one after the other. On PostgreSQL transactions run side by side, so there an entry may be older
than one that was told before it, by ``SIDE_BY_SIDE`` at most.
"""

import hmac
import json
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from qms.kernel.db import db
from qms.trail.findings import Finding, Progress
from qms.trail.keys import Keys, present_keys
from qms.trail.models import TrailEntry, TrailWrite
from qms.trail.standing import covered, held_tables, key_text, stands, stored_columns
from qms.trail.writes import COLUMNS, ENTRY, ROWS, TRAIL, sign

AT_ONCE = 2_000
GONE = ""
SIDE_BY_SIDE = timedelta(minutes=10)
"""No transaction of the program lasts longer; the longest write is a take-over of minutes."""
WRITES = TrailWrite.__tablename__

Told = tuple[str, int, str]
"""How a row stands, which columns that covers, and under which key it was told."""


@dataclass
class _Reading:
    """What the writers told, as far as it was asked for."""

    told: dict[str, dict[str, Told]] = field(default_factory=dict)
    shapes: list[dict[str, list[str]]] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    writes: int = 0
    newest: tuple[int, datetime | None] = (0, None)
    """The newest entry of the trail that was told so far, and its instant once that was asked for."""


@contextmanager
def at_one_instant() -> Iterator[None]:
    """Nothing that is written meanwhile is seen: a row and what was told of it belong together."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield
    finally:
        db.session.rollback()


def check_rows(progress: Progress) -> Iterator[Finding]:
    """Everything that is not as it was told. The trail's own rows come first and alone: all at once would need twice the room."""
    others = [name for name in held_tables() if name != TRAIL]
    with at_one_instant():
        keys = present_keys()
        if _nothing_told():
            yield Finding("writes_gone", WRITES)
            return
        for names, first in (([TRAIL], True), (others, False)):
            try:
                reading = _read(names, keys, progress)
            except DBAPIError as error:
                yield Finding("table_unreadable", WRITES, type(error.orig).__name__)
                return
            if first:  # the same is read twice, and said once
                yield from reading.findings
            for name in names:
                yield from _compare(name, reading, keys, progress)
            yield from _unknown_keys(reading, keys) if not first else ()


def standing_of(names: Collection[str]) -> tuple[dict[str, dict[str, Told]], list[dict[str, list[str]]]]:
    """What was last told of each row of some tables, for taking stock."""
    reading = _read(names, present_keys(), lambda _what, _count: None)
    return reading.told, reading.shapes


def _nothing_told() -> bool:
    """Whether there is a trail, and nothing of how rows stand: nobody but another hand leaves that."""
    told = db.session.scalar(select(TrailWrite.id).limit(1)) is not None
    return not told and db.session.scalar(select(TrailEntry.id).limit(1)) is not None


def _read(names: Collection[str], keys: Keys, progress: Progress) -> _Reading:
    reading, wanted = _Reading({name: {} for name in names}), set(names)
    reached: dict[str, tuple[int, int]] = {}
    columns = select(TrailWrite.writer, TrailWrite.number, TrailWrite.body, TrailWrite.key_id, TrailWrite.mac)
    for writer, number, body, key_id, mac in db.session.execute(
        columns.order_by(TrailWrite.id), execution_options={"yield_per": AT_ONCE}
    ):
        reading.writes += 1
        if reading.writes % AT_ONCE == 0:
            progress(WRITES, reading.writes)
        said = _said(writer, number, body)
        if said is None:
            reading.findings.append(Finding("write_unreadable", str(writer), str(number)))
            continue
        secret, before = keys.writers(key_id), reached.get(writer, (0, -1))
        if secret is not None and not hmac.compare_digest(sign(secret, writer, number, body).encode(), str(mac).encode()):
            reading.findings.append(Finding("write_forged", writer, str(number)))
            reached[writer] = number, before[1]
            continue
        if number != before[0] + 1:
            reading.findings.append(Finding("write_missing", writer, str(before[0] + 1)))
        shape = _number_of(said[COLUMNS], reading.shapes) if COLUMNS in said else before[1]
        reached[writer] = number, shape
        if secret is not None and _is_late(said.get(ENTRY, 0), reading):
            reading.findings.append(Finding("write_moved", writer, str(number)))
        for name in wanted & said[ROWS].keys():
            told = reading.told[name]
            for key, text in said[ROWS][name].items():
                told[key] = (GONE if text is None else text, shape, key_id)
    return reading


def _said(writer: object, number: object, body: object) -> dict[str, Any] | None:
    """A body as ``tell`` writes it; None for anything else, which another hand has put there."""
    if not isinstance(writer, str) or not isinstance(number, int) or not isinstance(body, str):
        return None
    try:
        said = json.loads(body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or not isinstance(said.get(ROWS), dict):
        return None
    rows, shape = said[ROWS].values(), said.get(COLUMNS, {})
    whole = all(isinstance(row, dict) and all(text is None or isinstance(text, str) for text in row.values()) for row in rows)
    columns = isinstance(shape, dict) and all(isinstance(names, list) for names in shape.values())
    return said if whole and columns and isinstance(said.get(ENTRY, 0), int) else None


def _is_late(entry: int, reading: _Reading) -> bool:
    """Whether something stands behind what was told after it."""
    newest, newest_at = reading.newest
    if entry >= newest:
        reading.newest = entry, None
        return False
    if entry == 0:
        return False
    if db.engine.dialect.name == "sqlite":
        return True
    if newest_at is None:
        newest_at = _instant_of(newest)
        reading.newest = newest, newest_at
    own_at = _instant_of(entry)
    return newest_at is not None and own_at is not None and newest_at - own_at > SIDE_BY_SIDE


def _instant_of(entry: int) -> datetime | None:
    return db.session.scalar(select(TrailEntry.at).where(TrailEntry.id == entry))


def _number_of(shape: dict[str, list[str]], shapes: list[dict[str, list[str]]]) -> int:
    if shape not in shapes:
        shapes.append(shape)
    return shapes.index(shape)


def _compare(name: str, reading: _Reading, keys: Keys, progress: Progress) -> Iterator[Finding]:
    told, count = reading.told[name], 0
    secrets = {key_id: keys.writers(key_id) for key_id in keys.keys}
    places = [places_in(name, shape.get(name, [])) for shape in reading.shapes]
    try:
        for key, values in stored_rows(name):
            count += 1
            if count % AT_ONCE == 0:
                progress(name, count)
            known = told.pop(key, None)
            if known is None:
                yield Finding("row_foreign", name, key)
                continue
            text, shape, key_id = known
            secret, chosen = secrets.get(key_id), places[shape] if shape >= 0 else None
            if text == GONE:
                yield Finding("row_back", name, key)
            elif secret is not None and chosen is not None and stands(secret, name, key, [values[i] for i in chosen]) != text:
                yield Finding("row_changed", name, key)
    except DBAPIError as error:
        db.session.rollback()
        yield Finding("table_unreadable", name, type(error.orig).__name__)
        return
    progress(name, count)
    yield from (Finding("row_gone", name, key) for key, (text, _shape, _key) in told.items() if text != GONE)


def _unknown_keys(reading: _Reading, keys: Keys) -> Iterator[Finding]:
    used = {key_id for told in reading.told.values() for _text, _shape, key_id in told.values()}
    used |= set(db.session.scalars(select(TrailWrite.key_id).distinct()))
    yield from (Finding("key_unknown", WRITES, str(key_id)) for key_id in sorted(used - keys.keys.keys(), key=str))


def places_in(name: str, columns: Sequence[str]) -> list[int] | None:
    """Where the columns that were covered once stand in a row of today; None when one of them is no more."""
    today = covered(name)
    return [today.index(column) for column in columns] if set(columns) <= set(today) else None


def stored_rows(name: str) -> Iterator[tuple[str, Sequence[Any]]]:
    """Every row of a held table: its key, and its values as they are stored."""
    table = held_tables()[name]
    columns = stored_columns(table, db.engine.dialect)
    places = [covered(name).index(column.name) for column in table.primary_key]
    for row in db.session.execute(select(*columns).select_from(table), execution_options={"yield_per": AT_ONCE}):
        yield key_text(row[place] for place in places), row
