"""Many lists in one statement: for a page that shows a little of every table.

The database makes each list one JSON text, which both can; here the values get the types of their columns again.
"""

from collections import namedtuple
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Boolean, Date, Enum, FromClause, ScalarSelect, Select, func, select
from sqlalchemy.types import TypeEngine

from qms.kernel.db import UtcDateTime, db

Query = Select[*tuple[Any, ...]]


@dataclass(frozen=True)
class Rows:
    """The first rows of a list, each with its columns as attributes, and how many there are in all."""

    first: Sequence[Any]
    count: int


def together(lists: Sequence[Query], most: int | None = None) -> list[Rows]:
    """The first ``most`` rows of each list (None: all) in its order, in one statement; columns need names of their own."""
    if not lists:
        return []
    shown = [one.limit(most).subquery() for one in lists]
    counted = [] if most is None else [_how_many(one) for one in lists]
    made = db.session.execute(select(*map(_as_json, shown), *counted)).one()
    found = [_typed(rows, values or []) for rows, values in zip(shown, made, strict=False)]
    counts = made[len(lists) :] if counted else [len(rows) for rows in found]
    return [Rows(rows, count) for rows, count in zip(found, counts, strict=True)]


def listed(one: Select[Any]) -> ScalarSelect[Any]:
    """The first column of a select as a list, for a statement that asks more; None, or an empty list, when there is nothing."""
    rows = one.subquery()
    column = next(iter(rows.c))
    whole = func.json_group_array if db.engine.dialect.name == "sqlite" else func.json_agg
    return select(whole(column, type_=JSON)).select_from(rows).scalar_subquery()


def _how_many(one: Query) -> ScalarSelect[int]:
    return select(func.count()).select_from(one.order_by(None).subquery()).scalar_subquery()


def _as_json(rows: FromClause) -> ScalarSelect[Any]:
    """The rows as one list of lists; both databases keep the order of the sub-select."""
    if db.engine.dialect.name == "sqlite":
        values = [func.json(column) if isinstance(column.type, JSON) else column for column in rows.c]
        whole = func.json_group_array(func.json_array(*values), type_=JSON)
    else:
        whole = func.json_agg(func.json_build_array(*rows.c), type_=JSON)
    return select(whole).select_from(rows).scalar_subquery()


def _typed(rows: FromClause, values: Sequence[Sequence[Any]]) -> list[Any]:
    row = namedtuple("Row", rows.c.keys())  # type: ignore[misc]
    readers = [_reader(column.type) for column in rows.c]
    return [row(*(None if value is None else read(value) for read, value in zip(readers, line, strict=True))) for line in values]


def _reader(kind: TypeEngine[Any]) -> Callable[[Any], Any]:
    """What turns a value out of JSON into one of the type."""
    if isinstance(kind, UtcDateTime):
        return lambda text: kind.process_result_value(datetime.fromisoformat(text), db.engine.dialect)
    if isinstance(kind, Date):
        return date.fromisoformat
    if isinstance(kind, Boolean):
        return bool
    if isinstance(kind, Enum) and kind.enum_class is not None:
        return kind.enum_class
    return lambda value: value
