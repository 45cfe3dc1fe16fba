"""Numbers of new records, such as NC-2026-014: a counter for each kind and year, so that giving one reads one row.

The counter is made of what stands there when the first number of a year is given. A register that comes with numbers of its own
takes the counters of their years away, and the next number is again one above the highest: a gap is never filled, and no number
is given twice (7.5.3.2 on identification).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import (
    CheckConstraint,
    Integer,
    Select,
    String,
    and_,
    cast,
    func,
    literal,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from qms.kernel.db import Base, db
from qms.kernel.staging import Staging

MOST_DIGITS = 9
"""Of a number that counts on; a register may hold longer ones."""


class LastNumber(Base):
    """The highest number given in a year to records of a kind; taken back with the transaction that asked for it."""

    __tablename__ = "last_numbers"
    __recorded__ = False  # follows from the codes of the records, which are recorded

    kind: Mapped[str] = mapped_column(String(8), primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]

    __table_args__ = (CheckConstraint("number > 0", name="counts_from_one"),)


@dataclass(frozen=True)
class Numbering:
    """How records are numbered: ``letters``, the year, a number of at least so many digits. ``column`` holds their codes."""

    letters: str
    digits: int
    column: InstrumentedAttribute[str]

    def next_code(self, year: int) -> str:
        """A code that no record has had, for a record made in the same transaction; whoever asks meanwhile waits its end."""
        return f"{self.letters}-{year}-{self._next(year):0{self.digits}d}"

    def leave_to(self, staging: Staging, codes: Iterable[str]) -> None:
        """These codes come from elsewhere with what is staged: their years are counted anew when it has landed."""
        found = (re.fullmatch(rf"{self.letters}-(\d{{4}})-\d+", code, re.ASCII) for code in codes)
        years = sorted({int(one[1]) for one in found if one is not None})
        staging.delete(LastNumber, [{"kind": self.letters, "year": year} for year in years], stands_still=False)

    def _next(self, year: int) -> int:
        if db.engine.dialect.name == "postgresql":
            # what the record to come takes anyway: a take-over that holds it wants the counter next
            db.session.execute(text(f'LOCK TABLE "{self.column.class_.__tablename__}" IN ROW EXCLUSIVE MODE'))
        counted = (
            update(LastNumber)
            .where(LastNumber.kind == self.letters, LastNumber.year == year)
            .values(number=LastNumber.number + 1)
            .returning(LastNumber.number)
            .execution_options(synchronize_session=False)
        )
        return db.session.scalar(counted) or self._first(year)

    def _first(self, year: int) -> int:
        """One above the highest that stands there; or above what somebody has counted in the same instant."""
        dialect = sqlite if db.engine.dialect.name == "sqlite" else postgresql
        made = dialect.insert(LastNumber).from_select(["kind", "year", "number"], self._above_the_highest(year))
        beside = made.on_conflict_do_update(
            index_elements=[LastNumber.kind, LastNumber.year], set_={"number": LastNumber.number + 1}
        )
        number: int = db.session.scalars(beside.returning(LastNumber.number)).one()
        return number

    def _above_the_highest(self, year: int) -> Select[str, int, int]:
        prefix = f"{self.letters}-{year}-"
        # the codes of the year by their index; a register's own number of ten digits and more is never reached
        of_year = self.column.between(f"{prefix}0", f"{prefix}{'9' * MOST_DIGITS}")
        number = func.substr(self.column, len(prefix) + 1)
        plain = and_(func.ltrim(number, "0123456789") == "", func.length(number) <= MOST_DIGITS)
        highest = func.coalesce(func.max(cast(number, Integer)), 0)
        return select(literal(self.letters), literal(year), highest + 1).where(of_year, plain)
