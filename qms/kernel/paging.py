"""Pages of a list: a fixed size, a count, and the neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.refusal import Refusal, refuse_if

SIZE = 50
MOST_IN_FILE = 200_000


@dataclass(frozen=True)
class Page:
    """One page of a list; ``number`` starts at 1."""

    items: Sequence[Any]
    number: int
    total: int
    size: int = SIZE

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // self.size))


def paginate(query: Select[Any], number: int) -> Page:
    """Rows of page ``number`` (clamped to what there is), in two statements."""
    total = _count(query)
    number = min(max(1, number), max(1, -(-total // SIZE)))
    rows = db.session.execute(query.limit(SIZE).offset((number - 1) * SIZE)).unique()
    entities = len(query.column_descriptions)
    return Page(rows.scalars().all() if entities == 1 else rows.all(), number, total)


def paginate_newest_first(query: Select[Any], key: InstrumentedAttribute[int], number: int) -> Page:
    """The same for a long list of one kind of record by its growing key, so that the oldest page is as quick as the newest.

    The keys are counted off from the end that is nearer, and only the rows of the page are read.
    """
    total = _count(query)
    number = min(max(1, number), max(1, -(-total // SIZE)))
    before = (number - 1) * SIZE
    here = min(SIZE, total - before)
    after = total - before - here
    keys = query.with_only_columns(key, maintain_column_froms=True).order_by(None).limit(here)
    keys = keys.order_by(key.desc()).offset(before) if before <= after else keys.order_by(key).offset(after)
    rows = select(key.class_).where(key.in_(keys)).order_by(key.desc())
    return Page(db.session.scalars(rows).all(), number, total)


def complete(query: Select[Any]) -> tuple[int, Select[Any]]:
    """How many rows a list has that is to become a file, and its query; raises ``Refused`` for more than a file holds.

    Cutting the rest off would be worse than no file: whoever opens it could not tell that records are missing.
    """
    count = _count(query)
    too_many = _l("A file holds at most %(most)s rows; narrow the list.", most=MOST_IN_FILE)
    refuse_if(Refusal("too_many_rows", too_many) if count > MOST_IN_FILE else None)
    return count, query


def _count(query: Select[Any]) -> int:
    """Rows of a list, counted without the columns, order and eager joins that only its page needs.

    A list is a select of records, one row each: it neither groups nor leaves double rows out.
    """
    return db.session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True).order_by(None)) or 0
