"""Many rows at once, for a take-over: plain tables instead of objects, one statement for thousands of rows.

Whoever calls these writes the trail in the same transaction; ``writing()`` refuses to commit otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute

from qms.kernel.db import RECORDED, Base, db

AT_ONCE = 5_000
"""How many values one statement may name; SQLite takes 32,766 and PostgreSQL 65,535."""

OPTIONS = {RECORDED: True}
"""For a statement whose caller writes the trail itself."""


def stored(model: type[Base]) -> Iterator[dict[str, Any]]:
    """Every row of a table by its id, as values: an enumeration as its word."""
    table = model.__table__
    for row in db.session.execute(select(table).order_by(*table.primary_key)).mappings():
        yield {name: value.value if isinstance(value, Enum) else value for name, value in row.items()}


def ids_by(code: InstrumentedAttribute[str]) -> dict[str, int]:
    """The ids of all records of a model by a code that is unique in it."""
    return dict(db.session.execute(select(code, code.class_.id)).all())


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows that all name the same columns; columns they leave out get the model's default."""
    if rows:
        db.session.execute(model.__table__.insert(), list(rows), execution_options=OPTIONS)  # type: ignore[attr-defined]


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists that one statement can name."""
    listed = list(values)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]
