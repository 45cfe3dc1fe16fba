"""The database door: one session, one way to write, the same on SQLite and PostgreSQL.

SQLite takes its write lock at BEGIN IMMEDIATE or loses updates silently; so every writer goes through ``writing()``,
which is also the only place that commits.
"""

import enum
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from decimal import Decimal

from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import Connection, DateTime, Enum, MetaData, String, event
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.types import TypeDecorator

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


db = SQLAlchemy(model_class=Base)

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
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # BEGIN is ours: the driver's own leaves reads outside any transaction
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}", "synchronous=NORMAL"):
        connection.execute("PRAGMA " + pragma)


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if _writing.get() else "BEGIN")


@contextmanager
def writing() -> Iterator[Session]:
    """The one way to change records: a short transaction that commits at its end or leaves nothing.

    Ends the read transaction of the request first, so what the verb decides on is read again under the lock.
    Raises whatever the verb raises; ``sqlalchemy.orm.exc.StaleDataError`` when somebody else was faster,
    ``OperationalError`` when the database stayed locked for ``BUSY_SECONDS``.
    """
    session = db.session()
    session.rollback()
    token = _writing.set(True)
    try:
        yield session
        session.commit()
    except BaseException:
        session.rollback()
        raise
    finally:
        _writing.reset(token)


def is_locked(error: OperationalError) -> bool:
    """True when a write was refused only because others were writing (SQLite busy, PostgreSQL lock timeout)."""
    return "database is locked" in str(error.orig) or getattr(error.orig, "sqlstate", None) in {"55P03", "40P01", "40001"}
