"""Many rows at once, for a register workbook: plain values instead of objects, one statement for thousands of rows.

Whoever calls these writes the trail in the same transaction; ``writing()`` refuses to commit otherwise.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from sqlalchemy import Select

from qms.kernel.db import RECORDED, Base, db

AT_ONCE = 5_000
"""How many values one statement may name; SQLite takes 32,766 and PostgreSQL 65,535."""

_READ_TOGETHER = 1_000
"""How many rows are read at a time, so that a table may be larger than the memory."""

OPTIONS = {RECORDED: True}
"""For a statement whose caller writes the trail itself."""


def as_values(query: Select[*tuple[Any, ...]]) -> Iterator[dict[str, Any]]:
    """Every row of a select as values by name, read some at a time: an enumeration as its word."""
    for row in db.session.execute(query.execution_options(yield_per=_READ_TOGETHER)).mappings():
        yield {name: value.value if isinstance(value, Enum) else value for name, value in row.items()}


def insert_rows(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Adds rows that all name the same columns; columns they leave out get the model's default."""
    if rows:
        db.session.execute(model.__table__.insert(), list(rows), execution_options=OPTIONS)  # type: ignore[attr-defined]


def chunks(values: Iterable[Any]) -> Iterator[list[Any]]:
    """The values in lists that one statement can name."""
    listed = list(values)
    for start in range(0, len(listed), AT_ONCE):
        yield listed[start : start + AT_ONCE]
