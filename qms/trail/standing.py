"""How a row stands, as one short text under the key of the writers: whoever has no key cannot make the text of another row.

The text covers every column but bytes, whose hash stands in a column beside them. A table whose class says ``__held__ = False``
is held by another seal; what keeps the house running is not held at all. The links between two records (a table without a class)
are. Columns that a later migration adds are covered from the next change of the row on: each writer says first which columns it
covers.
"""

import hmac
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from sqlalchemy import JSON, Column, ColumnElement, LargeBinary, Table, literal_column
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapper

from qms.kernel.db import Base

LENGTH = 32
"""Hexadecimal digits of a text: 128 bits, as nobody can try against a key that is not there."""

Bind = Callable[[Any], Any]


@cache
def held_tables() -> Mapping[str, Table]:
    """The tables of which the trail knows how each row stands, by name."""
    classes = [mapper.class_ for mapper in Base.registry.mappers]
    held = {one.__tablename__: one.__table__ for one in classes if (one.__recorded__ if one.__held__ is None else one.__held__)}
    return held | {link.secondary.name: link.secondary for one in classes for link in links_of(one.__mapper__)}


@cache
def links_of(mapper: Mapper[Any]) -> tuple[Any, ...]:
    """The relationships of a class whose links stand in a table of their own, and are written through it."""
    return tuple(one for one in mapper.relationships if isinstance(one.secondary, Table) and not one.viewonly)


@cache
def covered(name: str) -> tuple[str, ...]:
    """The columns of a held table that its texts cover, in their order."""
    return tuple(column.name for column in covered_columns(held_tables()[name]))


def covered_columns(table: Table) -> list[Column[Any]]:
    """The same as columns."""
    return [column for column in table.columns if not isinstance(column.type, LargeBinary)]


def shape() -> dict[str, list[str]]:
    """Which columns this program covers, by table."""
    return {name: list(covered(name)) for name in held_tables()}


def key_text(values: Iterable[Any]) -> str:
    """The primary key of a row as text: a number as it is, several values as a list."""
    found = [_plain(value) if isinstance(value, date) else value for value in values]
    return str(found[0]) if len(found) == 1 and isinstance(found[0], int) else json.dumps(found, ensure_ascii=False)


def stands(secret: bytes, table: str, key: str, values: Sequence[Any]) -> str:
    """The text of a row; ``values`` as the database stores them, in the order of the columns."""
    text = json.dumps([table, key, *values], ensure_ascii=False, separators=(",", ":"), default=_plain)
    return hmac.digest(secret, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:LENGTH]


def _plain(value: Any) -> str:
    """What JSON does not know, as PostgreSQL gives it: an instant, a day, a parsed JSON value never comes here."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else repr(value)


@cache
def binds(table: str, dialect: Dialect) -> tuple[Bind | None, ...]:
    """What turns the value of an object into the value that is stored, for each covered column."""
    return tuple(column.type.dialect_impl(dialect).bind_processor(dialect) for column in covered_columns(held_tables()[table]))


def as_stored(table: str, values: Sequence[Any], dialect: Dialect) -> list[Any]:
    """The values of an object as the database gives them back when it is asked for nothing but what is stored."""
    return [value if bind is None else bind(value) for value, bind in zip(values, binds(table, dialect), strict=True)]


def stored_columns(table: Table, dialect: Dialect, names: Sequence[str] | None = None) -> list[ColumnElement[Any]]:
    """The covered columns of a table (or named ones) as they are stored, read by no type: a forged value breaks no reading."""
    quote = dialect.identifier_preparer.quote
    found: list[ColumnElement[Any]] = []
    for name in covered(table.name) if names is None else names:
        place = f"{quote(table.name)}.{quote(name)}"
        json_text = dialect.name == "postgresql" and isinstance(table.c[name].type, JSON)
        found.append(literal_column(f"{place}::text" if json_text else place).label(name))
    return found
