"""The standing rows: the verdict of every unit in scope at the end of yesterday, its criteria, and since when it stands so.

They follow from the records, which are recorded; so they have no entries in the trail and can be thrown away and made anew.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from qms.evaluation.models import Result, Verdict
from qms.kernel.db import Base, UtcDateTime, word


class StandingUnit(Base):
    """A unit in scope as it stands; ``badness`` is the order "worst first": by verdict, then by the share of its points."""

    __tablename__ = "standing_units"
    __recorded__ = False

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True, autoincrement=False)
    as_of: Mapped[date]
    verdict: Mapped[Verdict] = mapped_column(word(Verdict))
    score: Mapped[int]
    weight: Mapped[int]
    badness: Mapped[int]

    __table_args__ = (
        CheckConstraint("score <= weight", name="score_within_weight"),
        # the heat map, worst first, page by page
        Index("ix_standing_units_worst", "badness", "unit_id"),
    )


class StandingResult(Base):
    """A criterion of a unit as it stands, the first records that failed, and what it was before it changed last."""

    __tablename__ = "standing_results"
    __recorded__ = False

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True, autoincrement=False)
    criterion: Mapped[str] = mapped_column(String(60), primary_key=True)
    result: Mapped[Result] = mapped_column(word(Result))
    met: Mapped[int]
    total: Mapped[int]
    failing: Mapped[list[Any]] = mapped_column(JSON, default=list)
    changed_on: Mapped[date | None]
    before: Mapped[Result | None] = mapped_column(word(Result, "result_before"))
    met_before: Mapped[int | None]
    total_before: Mapped[int | None]

    __table_args__ = (
        CheckConstraint("met <= total", name="met_within_total"),
        # what got worse in a week
        Index("ix_standing_results_changed", "changed_on", "unit_id"),
    )


class StandingPeriod(Base):
    """A unit stood so from one day (end of it) until another, which is the first day it stood otherwise; None: still."""

    __tablename__ = "standing_periods"
    __recorded__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    since: Mapped[date]
    until: Mapped[date | None]
    verdict: Mapped[Verdict] = mapped_column(word(Verdict))
    score: Mapped[int]
    weight: Mapped[int]

    __table_args__ = (
        UniqueConstraint("unit_id", "since"),
        CheckConstraint("until IS NULL OR until > since", name="ends_after_start"),
        # what changed in a week; how many stood how at the end of a year
        Index("ix_standing_periods_since", "since", "unit_id"),
    )


class StandingMark(Base):
    """How far the rows are true: the day, and the entries of the trail that were looked at.

    ``settled``: entries up to this number are done with. Later ones are counted (``looked``, ``counted``), because on PostgreSQL
    an entry with a lower number may become visible after one with a higher number.
    """

    __tablename__ = "standing_marks"
    __recorded__ = False

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    as_of: Mapped[date]
    criteria_set: Mapped[str] = mapped_column(String(80))
    settled: Mapped[int]
    looked: Mapped[int]
    counted: Mapped[int]
    done_at: Mapped[datetime] = mapped_column(UtcDateTime)
