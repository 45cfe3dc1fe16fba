"""At the end of each transaction its writer tells how every row stands that it changed, in the same transaction.

No verb has to think of it: what the session flushes and what statements change in bulk is noticed here. A writer is one
connection of one process; it numbers what it tells, so that nothing can be taken out of the middle or put in twice.
"""

import json
import os
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Connection,
    Delete,
    Insert,
    Table,
    Update,
    event,
    func,
    insert,
    inspect,
    literal_column,
    select,
    tuple_,
)
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, object_mapper

from qms.trail.canonical import canonical
from qms.trail.keys import Keys, present_keys
from qms.trail.models import TrailEntry, TrailWrite
from qms.trail.standing import (
    as_stored,
    covered,
    covered_columns,
    held_tables,
    key_text,
    links_of,
    shape,
    stands,
    stored_columns,
)

AT_ONCE = 5_000
"""So many rows are told of in one piece, and so many keys named in one statement are far below what a database takes."""
ROWS, COLUMNS, ENTRY = "rows", "columns", "entry"
"""What a body names: how rows stand, which columns that covers, and the newest entry of the trail of the same transaction, which
binds the order of what several writers told: entries are chained, numbers of the database are not."""
TRAIL = TrailEntry.__tablename__
_TOUCHED, _FRESH, _BULK, _FLOOR = "qms_touched", "qms_fresh", "qms_bulk", "qms_floor"
_TOLD, _WRITER = "qms_told", "qms_writer"
_LINK = object()
"""Stands for a row of a table of links, which has no object."""

Key = tuple[Any, ...]
ToldRow = tuple[str, str, str | None]
"""Table, key, and how the row stands, as text under the present key; None for a row that went."""


@event.listens_for(Session, "after_flush")
def _note_objects(session: Session, _context: object) -> None:
    touched, fresh = session.info.setdefault(_TOUCHED, {}), session.info.setdefault(_FRESH, {})
    for gone, things in ((False, session.new), (False, session.dirty), (True, session.deleted)):
        for thing in things:
            mapper = object_mapper(thing)
            name = mapper.local_table.name  # type: ignore[attr-defined]  # a mapped class has a table
            if name in held_tables() and (gone or thing in session.new or session.is_modified(thing)):
                key = tuple(mapper.primary_key_from_instance(thing))
                touched.setdefault(name, {})[key] = None if gone else thing
                if thing in session.new:
                    fresh.setdefault(name, set()).add(key)
            for link in links_of(mapper):
                for key, there in _links(thing, link, gone=gone):
                    touched.setdefault(link.secondary.name, {})[key] = _LINK if there else None


def _links(thing: Any, link: Any, *, gone: bool) -> Iterator[tuple[Key, bool]]:
    """The rows of a table of links that a flush has put in or taken out, by their keys; a link is nothing but its key."""
    history = inspect(thing).attrs[link.key].history  # asks the database nothing
    removed = [*history.deleted, *(history.unchanged if gone else ())]
    for others, there in ((history.added if not gone else (), True), (removed, False)):
        for other in others:
            ends = ((thing, link.synchronize_pairs), (other, link.secondary_synchronize_pairs))
            values = {to.name: _value(one, column) for one, pairs in ends for column, to in pairs}
            yield tuple(values[column.name] for column in link.secondary.primary_key), there


def _value(thing: Any, column: Column[Any]) -> Any:
    return getattr(thing, object_mapper(thing).get_property_by_column(column).key)


@event.listens_for(Session, "do_orm_execute")
def _note_statement(state: ORMExecuteState) -> None:
    """Which rows a statement will change must be asked before it does; those it adds are found at the end."""
    statement: Any = state.statement
    if not isinstance(statement, Insert | Update | Delete):
        return
    table, session = held_tables().get(str(getattr(statement.table, "name", ""))), state.session
    if table is None:
        return
    bulk = session.info.setdefault(_BULK, {}).setdefault(table.name, set())
    if isinstance(statement, Insert):
        floors = session.info.setdefault(_FLOOR, {})
        highest = session.scalar(select(func.max(_number_of(table, session.connection()))).select_from(table)) or 0
        floors[table.name] = min(highest, floors.get(table.name, highest))
    else:
        wanted = select(*table.primary_key).where(*(() if statement.whereclause is None else (statement.whereclause,)))
        several = state.parameters if isinstance(state.parameters, list) else [state.parameters or {}]
        bulk.update(tuple(row) for values in several for row in session.execute(wanted, values))


def _number_of(table: Table, connection: Connection) -> ColumnElement[Any]:
    """A number that grows with each row a statement adds: that of SQLite, or the only key column; 0 when there is none."""
    if connection.dialect.name == "sqlite":
        return literal_column(f"{table.name}.rowid")
    (column, *more) = table.primary_key
    return literal_column("0") if more or column.type.python_type is not int else column


@event.listens_for(Session, "before_commit")
def _tell(session: Session) -> None:
    if session.in_nested_transaction():
        return
    session.flush()
    noted = {name: session.info.pop(name, {}) for name in (_TOUCHED, _FRESH, _BULK, _FLOOR)}
    if any(noted[_TOUCHED].values()) or noted[_BULK]:
        newest = max((key[0] for key in noted[_TOUCHED].get(TRAIL, ())), default=0)
        tell(session, _rows(session, noted), newest)


def tell(session: Session, rows: Iterable[ToldRow], entry: int, *, keys: Keys | None = None) -> None:
    """Tells how rows stand in the transaction of a session, whose newest entry in the trail has the number ``entry``."""
    session.info[_TOLD] = session.connection().info
    _tell_on(session.connection(), rows, entry, present_keys() if keys is None else keys)


def tell_staged(connection: Connection, changed: Mapping[str, Collection[Key]]) -> None:
    """Tells how the rows stand that land from a staging, whose connection no session sees."""
    keys = present_keys()
    held = {name: set(rows) for name, rows in changed.items() if name in held_tables()}
    newest = max((key[0] for key in held.get(TRAIL, ())), default=0)
    _tell_on(connection, (row for name in sorted(held) for row in _asked(connection, name, held[name], None, keys)), newest, keys)


def _tell_on(connection: Connection, rows: Iterable[ToldRow], entry: int, keys: Keys) -> None:
    secret, waiting = keys.writers() or b"", iter(rows)
    while some := list(islice(waiting, AT_ONCE)):
        by_table: dict[str, dict[str, str | None]] = {}
        for name, key, text in some:
            by_table.setdefault(name, {})[key] = text
        writer, number = _next_number(connection)
        body = canonical({ROWS: by_table, ENTRY: entry} | ({COLUMNS: shape()} if number == 1 else {}))
        mac = sign(secret, writer, number, body)
        values = {"writer": writer, "number": number, "body": body, "key_id": keys.current, "mac": mac}
        connection.execute(insert(TrailWrite).values(values))


def sign(secret: bytes, writer: str, number: int, body: str) -> str:
    """The seal of what a writer told."""
    return stands(secret, "trail_writes", json.dumps([writer, number]), [body])


def _next_number(connection: Connection) -> tuple[str, int]:
    """Name of the writer and its next number. A connection that another process has inherited is another writer."""
    process, writer, number = connection.info.get(_WRITER, (0, "", 0))
    if process != os.getpid():
        process, writer, number = os.getpid(), secrets.token_hex(8), 0
    connection.info[_WRITER] = process, writer, number + 1
    return writer, number + 1


@event.listens_for(Session, "after_commit")
def _keep_number(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info.pop(_TOLD, None)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    """What was rolled back was not told; whether a commit that failed half way counted is not known, so the writer ends."""
    if previous.nested:
        return
    for name in (_TOUCHED, _FRESH, _BULK, _FLOOR):
        session.info.pop(name, None)
    session.info.pop(_TOLD, {}).pop(_WRITER, None)


def _rows(session: Session, noted: Mapping[str, Any]) -> Iterator[ToldRow]:
    touched: Mapping[str, Mapping[Key, Any]] = noted[_TOUCHED]
    bulk: Mapping[str, set[Key]] = noted[_BULK]
    floors: Mapping[str, int] = noted[_FLOOR]
    keys, connection = present_keys(), session.connection()
    secret = keys.writers() or b""
    for name in sorted({*touched, *bulk}):
        asked: set[Key] = set(bulk.get(name, ()))
        fresh, alone = noted[_FRESH].get(name, ()), _is_alone(connection, name)
        for key, thing in touched.get(name, {}).items():
            if thing is None:
                yield name, key_text(key), None
            elif thing is _LINK:
                yield name, key_text(key), stands(secret, name, key_text(key), as_stored(name, key, connection.dialect))
            elif name in bulk or not (alone or (key in fresh and _is_plain(name))):
                asked.add(key)
            else:
                yield name, key_text(key), stands(secret, name, key_text(key), _values(connection, name, thing))
        yield from _asked(connection, name, asked, floors.get(name), keys)


def _asked(connection: Connection, name: str, asked: Collection[Key], floor: int | None, keys: Keys) -> Iterator[ToldRow]:
    """How rows stand by what is stored of them; those that are asked for and not found went."""
    secret, found = keys.writers() or b"", set()
    for key, values in _stored(connection, name, sorted(asked, key=repr), floor):
        found.add(text := key_text(key))
        yield name, text, stands(secret, name, text, values)
    yield from ((name, text, None) for text in {key_text(key) for key in asked} - found)


def _is_alone(connection: Connection, name: str) -> bool:
    """Whether an object is sure to be as its row is stored: SQLite has one writer, a version refuses a second one.

    So is a row that this very transaction has put in, as nobody else sees it yet.
    """
    return connection.dialect.name == "sqlite" or ("version" in held_tables()[name].c and _is_plain(name))


def _is_plain(name: str) -> bool:
    """Whether every value is stored as it is bound: PostgreSQL writes JSON in its own way."""
    return not any(isinstance(column.type, JSON) for column in held_tables()[name].c)


def _values(connection: Connection, name: str, thing: Any) -> Sequence[Any]:
    return as_stored(name, [_value(thing, column) for column in covered_columns(held_tables()[name])], connection.dialect)


def _stored(connection: Connection, name: str, keys: Sequence[Key], floor: int | None) -> Iterator[tuple[Key, Sequence[Any]]]:
    """Rows by their keys, and those that were added in this transaction above a number, as they are stored."""
    table = held_tables()[name]
    columns = stored_columns(table, connection.dialect)
    places = [covered(name).index(column.name) for column in table.primary_key]
    primary = tuple(table.primary_key)
    wheres: list[ColumnElement[bool]] = []
    if floor is not None:
        wheres.append(_added(connection, table, floor))
    for start in range(0, len(keys), AT_ONCE // 10):
        some = keys[start : start + AT_ONCE // 10]
        wheres.append(primary[0].in_([key[0] for key in some]) if len(primary) == 1 else tuple_(*primary).in_(some))
    for where in wheres:
        for row in connection.execute(select(*columns).select_from(table).where(where)):
            yield tuple(row[place] for place in places), row


def _added(connection: Connection, table: Table, floor: int) -> ColumnElement[bool]:
    number = _number_of(table, connection)
    above: ColumnElement[bool] = number > floor if connection.dialect.name == "sqlite" else number >= floor
    if connection.dialect.name == "sqlite":
        return above
    own: ColumnElement[bool] = literal_column(f"{table.name}.xmin = pg_current_xact_id()::xid")  # rows of this very transaction
    return above & own
