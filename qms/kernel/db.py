"""The database door: one session, one way to write, the same on SQLite and PostgreSQL.

SQLite takes its write lock at BEGIN IMMEDIATE or loses updates silently; so every writer goes through ``writing()``,
which is also the only place that commits.
"""

import enum
import errno
import os
import sqlite3
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Delete, Enum, Insert, MetaData, String, Transaction, Update, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import DeclarativeBase, ORMExecuteState, Session
from sqlalchemy.types import TypeDecorator

OWNER_ONLY = 0o600
BUSY_SECONDS = 15
"""How long a writer waits for another one before the person is told to try again."""


class Base(DeclarativeBase):
    """Root of all models; constraints are named from day one so that migrations can drop them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )

    __recorded__: ClassVar[bool] = True
    """Whether a change needs an entry in the trail; False for what keeps the house running (sessions, leases, letters)."""
    __held__: ClassVar[bool | None] = None
    """Whether the trail knows how each row stands after each change; None: as ``__recorded__`` says. False where the rows have a
    seal of their own, True for facts that another record's entry tells of."""


class Unrecorded(RuntimeError):
    """A fault of the program: records would have changed without an entry in the trail, so nothing was changed."""


db = SQLAlchemy(model_class=Base)

T = TypeVar("T")

_writing: ContextVar[bool] = ContextVar("qms_writing", default=False)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: aware UTC in Python, timestamptz on PostgreSQL, text on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ExactDecimal(TypeDecorator[Decimal]):
    """A decimal number kept as text, so that both databases give back exactly what was written."""

    impl = String(24)
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> str | None:
        return None if value is None else format(Decimal(value).normalize(), "f")

    def process_result_value(self, value: str | None, dialect: Dialect) -> Decimal | None:
        return None if value is None else Decimal(value)


def word(kind: type[enum.StrEnum], name: str | None = None) -> Enum:
    """Column type of an enumeration: its values as text, refused by a CHECK when unknown.

    ``name`` is the constraint's, needed where a table has two columns of one kind.
    """
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=40,
        name=name or kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


def connect(app: Flask) -> None:
    """Binds the database to the application and teaches SQLite to be a database for several people."""
    db.init_app(app)
    with app.app_context():
        engine = db.engine
    if engine.dialect.name == "sqlite":
        event.listen(engine, "do_connect", lambda *_how: keep_to_owner(Path(engine.url.database or "")))
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def keep_to_owner(file: Path) -> None:
    """Makes the database file readable for nobody else: it holds names, reasons and hashes of passwords.

    What SQLite writes beside it gets the mode of the file itself. A file of another owner is left as that one has set it.
    """
    with suppress(OSError):  # a folder that is missing is said when the database is opened
        os.close(os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL, OWNER_ONLY))
    for part in (file, *(file.with_name(file.name + beside) for beside in ("-wal", "-shm"))):
        with suppress(OSError):
            part.chmod(OWNER_ONLY)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver's own leaves reads outside any transaction
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}", "synchronous=NORMAL"):
        connection.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


@contextmanager
def writing(on: Connection | None = None) -> Iterator[Session]:
    """The one way to change records: a short transaction that commits at its end or leaves nothing.

    ``on`` is a connection of ``computing()`` whose temporary tables are copied.

    Ends the read transaction of the request first, so what the verb decides on is read again under the lock.
    Raises whatever the verb raises; ``sqlalchemy.orm.exc.StaleDataError`` when somebody else was faster,
    ``OperationalError`` when the database stayed locked for ``BUSY_SECONDS``, ``Unrecorded`` when a record changed
    and nobody told the trail.
    """
    session = db.session()
    session.rollback()
    session.info.pop(_CHANGED, None)
    session.info.pop(_RECORDED, None)
    session.info.pop(_ON, None)
    token = _writing.set(True)
    try:
        if on is not None:
            go_on_with(on)
        yield session
        session.flush()
        _refuse_unrecorded(session)
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)


@contextmanager
def writing_on(connection: Connection) -> Iterator[Transaction]:
    """The same door for rows that wait in temporary tables of that connection; only ``Staging`` goes through it.

    The session goes on reading beside it: what it is asked within the block is what nobody else can change any more.
    """
    token = _writing.set(True)
    try:
        transaction = connection.begin()
    finally:
        _writing.reset(token)  # or the session's own reading would ask for the lock that this connection holds
    with transaction:
        yield transaction


@contextmanager
def computing() -> Iterator[Connection]:
    """A connection of its own, outside the pool, on which something long is computed into temporary tables.

    At the end these stay, and nobody waits: a short ``writing()`` copies them by ``go_on_with``. They vanish with the connection.
    Nothing but temporary tables may be written here. It is closed when nobody holds it any more.
    """
    connection = db.engine.connect()
    connection.detach()
    weakref.finalize(connection, connection.connection.close)
    try:
        yield connection
        connection.commit()
    except BaseException:
        connection.close()
        raise


def go_on_with(connection: Connection) -> None:
    """Makes a connection of ``computing()`` that of the present ``writing()``, unless it is; before anything else in it."""
    session = db.session()
    if session.info.get(_ON) is not connection:
        connection.rollback()  # what was only read since
        session.connection(bind_arguments={"bind": connection})
        session.info[_ON] = connection


@dataclass(frozen=True)
class StepOn(Generic[T]):
    """A last step that copies what was computed into temporary tables of a connection of ``computing()``."""

    connection: Connection
    step: Callable[[], T]

    def __call__(self) -> T:
        """Copies; within ``writing(connection_of(step))``."""
        return self.step()


def connection_of(step: Callable[[], Any]) -> Connection | None:
    """The connection a last step asks for; None for one that copies nothing."""
    return step.connection if isinstance(step, StepOn) else None


NOTE_MILLISECONDS = 100
"""How long a note waits for a lock on PostgreSQL; on SQLite it does not wait at all."""


def noting(statement: Update) -> bool:
    """One small change on a connection of its own that may be lost: skipped, never waited for, when others are writing.

    For what keeps the house running (a session was seen), never for records. Answers whether it was written.
    """
    if str(statement.table) in _recorded_tables():
        raise Unrecorded(f"a note about {statement.table} that the trail would not see")
    sqlite = db.engine.dialect.name == "sqlite"
    try:
        with db.engine.connect() as connection:
            if sqlite:
                connection.exec_driver_sql("PRAGMA busy_timeout=0")
            else:
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {NOTE_MILLISECONDS}")
            try:
                connection.execute(statement)
                connection.commit()
            finally:
                connection.rollback()
                if sqlite:
                    connection.exec_driver_sql(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
    except OperationalError as error:
        if not is_locked(error):
            raise
        return False
    return True


def _refuse_unrecorded(session: Session) -> None:
    if session.info.get(_CHANGED) and not session.info.get(_RECORDED):
        raise Unrecorded(f"changed without an entry in the trail: {session.info[_CHANGED]}")


_CHANGED, _RECORDED, _ON = "qms_changed", "qms_recorded", "qms_on"
RECORDED = "qms_recorded"
"""Execution option of a statement that changes many records at once: says that its caller writes the trail itself."""


def mark_recorded(session: Session) -> None:
    """Called by the trail when it has an entry for what this transaction changes."""
    session.info[_RECORDED] = True


@cache
def _recorded_tables() -> frozenset[str]:
    return frozenset(mapper.local_table.name for mapper in Base.registry.mappers if mapper.class_.__recorded__)  # type: ignore[attr-defined]


@event.listens_for(Session, "after_flush")
def _note_changes(session: Session, _context: object) -> None:
    """Remembers which records the transaction changes, until ``writing()`` asks whether the trail knows."""
    for thing in (*session.new, *session.deleted, *(one for one in session.dirty if session.is_modified(one))):
        if thing.__recorded__:
            session.info[_CHANGED] = type(thing).__name__
            return


@event.listens_for(Session, "do_orm_execute")
def _guard_bulk(state: ORMExecuteState) -> None:
    """A statement that changes many records passes no flush, so it must say that its caller writes the trail."""
    statement: Any = state.statement
    changes = isinstance(statement, Insert | Update | Delete)
    table = str(getattr(statement.table, "name", "")) if changes else ""
    if table not in _recorded_tables():
        return
    if not state.execution_options.get(RECORDED):
        raise Unrecorded(f"a bulk change of {table} that the trail would not see")
    state.session.info[_CHANGED] = table


def is_locked(error: OperationalError) -> bool:
    """True when a write was refused only because others were writing (SQLite busy, PostgreSQL lock timeout)."""
    return "database is locked" in str(error.orig) or getattr(error.orig, "sqlstate", None) in {"55P03", "40P01", "40001"}


def is_full(error: BaseException) -> bool:
    """True when something could not be written because the disk (or the quota) is full: the database's, or that of a file."""
    if isinstance(error, DBAPIError):
        return "database or disk is full" in str(error.orig) or getattr(error.orig, "sqlstate", None) == "53100"
    return isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}
