"""Pages of a list: a fixed size, a count, and the neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select

from qms.kernel.db import db

SIZE = 50


@dataclass(frozen=True)
class Page:
    """One page of a list; ``number`` starts at 1."""

    items: Sequence[Any]
    number: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages there are; at least one."""
        return max(1, -(-self.total // SIZE))


def paginate(query: Select[Any], number: int) -> Page:
    """Rows of page ``number`` (clamped to what there is), in two statements."""
    total = db.session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    number = min(max(1, number), max(1, -(-total // SIZE)))
    rows = db.session.execute(query.limit(SIZE).offset((number - 1) * SIZE)).unique()
    entities = len(query.column_descriptions)
    return Page(rows.scalars().all() if entities == 1 else rows.all(), number, total)
