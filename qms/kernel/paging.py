"""Pages of a list: a fixed size, a count, and the neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, not_, select
from sqlalchemy.orm import InstrumentedAttribute

from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.refusal import Refusal, refuse_if

SIZE = 50
MOST_IN_FILE = 200_000


@dataclass(frozen=True)
class Page:
    """One page of a list; ``number`` starts at 1. ``hidden`` is how many the list puts aside until somebody asks for them."""

    items: Sequence[Any]
    number: int
    total: int
    size: int = SIZE
    hidden: int = 0

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))


def paginate(query: Select[Any], number: int, size: int = SIZE, *, hiding: ColumnElement[bool] | None = None) -> Page:
    """Rows of page ``number`` (clamped to what there is), in two statements.

    ``hiding`` are rows that are left out, and counted in the same statement.
    """
    if hiding is None:
        total, hidden = _count(query), 0
    else:
        every, hidden = db.session.execute(_counting(query, func.count(), func.count().filter(hiding))).one()
        total, query = every - hidden, query.where(not_(hiding))
    number = within(number, total, size)
    rows = db.session.execute(query.limit(size).offset((number - 1) * size)).unique()
    entities = len(query.column_descriptions)
    return Page(rows.scalars().all() if entities == 1 else rows.all(), number, total, size, hidden)


def paginate_newest_first(query: Select[Any], number: int, size: int = SIZE, *, key: InstrumentedAttribute[int]) -> Page:
    """The same for a long list of one kind of record by its growing key, so that the oldest page is as quick as the newest.

    The keys are counted off from the end that is nearer, and only the rows of the page are read.
    """
    total = _count(query)
    number = within(number, total, size)
    before = (number - 1) * size
    here = min(size, total - before)
    after = total - before - here
    keys = query.with_only_columns(key, maintain_column_froms=True).order_by(None).limit(here)
    keys = keys.order_by(key.desc()).offset(before) if before <= after else keys.order_by(key).offset(after)
    rows = select(key.class_).where(key.in_(keys)).order_by(key.desc())
    return Page(db.session.scalars(rows).all(), number, total, size)


def within(number: int, total: int, size: int) -> int:
    """The number of a page, clamped to those that there are."""
    return min(max(1, number), max(1, -(-total // size)))


def complete(query: Select[Any]) -> tuple[int, Select[Any]]:
    """How many rows a list has that is to become a file, and its query; raises ``Refused`` for more than a file holds.

    Cutting the rest off would be worse than no file: whoever opens it could not tell that records are missing.
    """
    count = _count(query)
    too_many = _l("A file holds at most %(most)s rows; narrow the list.", most=MOST_IN_FILE)
    refuse_if(Refusal("too_many_rows", too_many) if count > MOST_IN_FILE else None)
    return count, query


def _count(query: Select[Any]) -> int:
    return db.session.scalar(_counting(query, func.count())) or 0


def _counting(query: Select[Any], *counts: ColumnElement[int]) -> Select[Any]:
    """Rows of a list, counted without the columns, order and eager joins that only its page needs.

    A list is a select of records, one row each: it neither groups nor leaves double rows out.
    """
    columns: Sequence[Any] = counts
    return query.with_only_columns(*columns, maintain_column_froms=True).order_by(None)
