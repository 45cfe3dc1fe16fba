"""Stored runs of the evaluation: sealed rows with everything a report prints, so live tables may change."""

from collections.abc import Collection
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone
from qms.units.models import Bloc, TitledEnum, UnitKind


class Verdict(State):
    """What the evaluation says of a unit."""

    MAINTAINS = "maintains", _l("Maintains"), Tone.GOOD, "circle-check"
    TO_SUPPLEMENT = "to_supplement", _l("To supplement"), Tone.ATTENTION, "alert-triangle"
    NOT_MAINTAINED = "not_maintained", _l("Not maintained"), Tone.BAD, "alert-octagon"
    BUILDING = "building", _l("Building"), Tone.ACCENT, "clock"


class Result(State):
    """What a criterion says of a unit."""

    MET = "met", _l("Met"), Tone.GOOD, "circle-check"
    NOT_MET = "not_met", _l("Not met"), Tone.ATTENTION, "alert-triangle"
    NOT_APPLICABLE = "not_applicable", _l("Not applicable"), Tone.NEUTRAL, "minus"


class Exclusion(TitledEnum):
    """Why a unit is not in scope, in the order in which the reasons are asked."""

    NOT_STARTED = "not_started", _l("Scope starts later")
    MERGED = "merged", _l("Merged into its successor")
    DISSOLVED = "dissolved", _l("Dissolved")
    NOT_REQUIRED = "not_required", _l("Not required to apply a QMS")

    def left_out(self, code: str, agencies: Collection[str | None]) -> bool:
        """Whether people are told of the unit as out of scope. Not of the agency of units in it: a committee is what they
        belong to, not one of them."""
        return self is not Exclusion.NOT_REQUIRED or code not in agencies


class RunOrigin(StrEnum):
    """Who asked for a run."""

    PERSON = "person"
    YEARLY = "yearly"


_ONE_RUN = ("criteria_set", "as_of")


def _where(scope: str) -> dict[str, Any]:
    """An index over yearly runs only, on both databases; NULL is no value that could be the same, so it has one of its own."""
    condition = text(f"origin = 'yearly' AND NOT repeated AND {scope}")
    return {"sqlite_where": condition, "postgresql_where": condition}


class Run(Base):
    """One evaluation: (criteria set, day, scope), sealed by a hash over its rows."""

    __tablename__ = "evaluation_runs"

    id: Mapped[int] = mapped_column(primary_key=True)
    criteria_set: Mapped[str] = mapped_column(String(80))
    set_hash: Mapped[str] = mapped_column(String(64))
    as_of: Mapped[date]
    scope_unit_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"))
    scope_code: Mapped[str | None] = mapped_column(String(80))
    forecast: Mapped[bool]
    origin: Mapped[RunOrigin] = mapped_column(word(RunOrigin))
    sealed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sealed_by: Mapped[str] = mapped_column(String(80))
    seal: Mapped[str] = mapped_column(String(64))
    trail_head: Mapped[int]
    issuing_unit_code: Mapped[str | None] = mapped_column(String(80))
    issuing_unit_name: Mapped[str | None] = mapped_column(String(300))
    issuing_unit_name_en: Mapped[str | None] = mapped_column(String(300))
    issuing_kind: Mapped[UnitKind | None] = mapped_column(word(UnitKind))
    issuing_bloc: Mapped[Bloc | None] = mapped_column(word(Bloc))
    superior_name: Mapped[str | None] = mapped_column(String(300))
    signer_name: Mapped[str | None] = mapped_column(String(200))
    """Who leads the issuing unit at sealing, when that is one person."""
    in_scope: Mapped[int]
    maintaining: Mapped[int]
    building: Mapped[int]
    agencies_in_scope: Mapped[int]
    agencies_announced: Mapped[int]
    agencies_maintaining: Mapped[int]
    repeated: Mapped[bool] = mapped_column(default=False)
    """A yearly run that an older version stored a second time, when its process died before the ledger was told."""

    units: Mapped[list["RunUnit"]] = relationship(back_populates="run", order_by="RunUnit.position")

    __table_args__ = (
        # newest runs first; the latest verdict of a day
        Index("ix_evaluation_runs_as_of", "as_of", "id"),
        # the clock stores one run for a set, a day and a scope; people may evaluate a day again, as more is known
        Index(
            "uq_evaluation_runs_yearly",
            *_ONE_RUN,
            "scope_unit_id",
            unique=True,
            **_where("scope_unit_id IS NOT NULL"),
        ),
        Index("uq_evaluation_runs_yearly_whole", *_ONE_RUN, unique=True, **_where("scope_unit_id IS NULL")),
    )


class RunUnit(Base):
    """A unit in scope with its verdict, names as they were at sealing."""

    __tablename__ = "evaluation_units"
    __held__ = False  # the seal of the run holds them

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("evaluation_runs.id"))
    position: Mapped[int]
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    agency_code: Mapped[str | None] = mapped_column(String(80))
    agency_name: Mapped[str | None] = mapped_column(String(300))
    unit_code: Mapped[str] = mapped_column(String(80))
    unit_name: Mapped[str] = mapped_column(String(300))
    unit_name_en: Mapped[str | None] = mapped_column(String(300))
    kind: Mapped[UnitKind] = mapped_column(word(UnitKind))
    verdict: Mapped[Verdict] = mapped_column(word(Verdict))
    score: Mapped[int]
    weight: Mapped[int]
    timely_verdict: Mapped[Verdict] = mapped_column(word(Verdict, "timely_verdict"))
    agency_started_on: Mapped[date | None]

    run: Mapped[Run] = relationship(back_populates="units")
    results: Mapped[list["RunResult"]] = relationship(order_by="RunResult.position")

    __table_args__ = (
        UniqueConstraint("run_id", "unit_id"),
        CheckConstraint("score <= weight", name="score_within_weight"),
    )


class RunResult(Base):
    """One criterion for one unit: how many items there were, how many were met, and what these rest on."""

    __tablename__ = "evaluation_results"
    __held__ = False  # the seal of the run holds them

    run_unit_id: Mapped[int] = mapped_column(ForeignKey("evaluation_units.id"), primary_key=True)
    criterion: Mapped[str] = mapped_column(String(60), primary_key=True)
    position: Mapped[int]
    result: Mapped[Result] = mapped_column(word(Result))
    met: Mapped[int]
    total: Mapped[int]
    late: Mapped[int]
    taken_over: Mapped[int] = mapped_column(default=0)

    __table_args__ = (CheckConstraint("met <= total AND late + taken_over <= met", name="met_within_total"),)


class RunFailing(Base):
    """A record that failed a criterion, by its reference."""

    __tablename__ = "evaluation_failing"
    __held__ = False  # the seal of the run holds them

    id: Mapped[int] = mapped_column(primary_key=True)
    run_unit_id: Mapped[int] = mapped_column(ForeignKey("evaluation_units.id"))
    criterion: Mapped[str] = mapped_column(String(60))
    reference: Mapped[str] = mapped_column(String(300))
    record_id: Mapped[int | None]
    """Its id, for the page of the record; no foreign key, since the kind is the evidence's."""
    past_due_on: Mapped[date | None]
    """When it was due, for what is past and cannot be mended any more."""
    settled: Mapped[bool | None]

    __table_args__ = (Index("ix_evaluation_failing_unit", "run_unit_id", "criterion"),)


class RunExcluded(Base):
    """A unit out of scope at the day, with the reason; never silently dropped."""

    __tablename__ = "evaluation_excluded"
    __held__ = False  # the seal of the run holds them

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("evaluation_runs.id"), index=True)
    position: Mapped[int]
    agency_code: Mapped[str | None] = mapped_column(String(80))
    unit_code: Mapped[str] = mapped_column(String(80))
    unit_name: Mapped[str] = mapped_column(String(300))
    unit_name_en: Mapped[str | None] = mapped_column(String(300))
    reason: Mapped[Exclusion] = mapped_column(word(Exclusion))
    successor: Mapped[str | None] = mapped_column(String(80))
    decision: Mapped[str | None] = mapped_column(String(200))
    note: Mapped[str | None] = mapped_column(Text)
    left: Mapped[bool]


class RunFigure(Base):
    """A number of the year beside the verdicts, and that of the year before; ``key`` is the one of the feature that told it."""

    __tablename__ = "evaluation_figures"

    run_id: Mapped[int] = mapped_column(ForeignKey("evaluation_runs.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    number: Mapped[int]
    before: Mapped[int]

    __table_args__ = (CheckConstraint("number >= 0 AND before >= 0", name="counts"),)


class RunCause(Base):
    """A cause that a unit stated within the year, as it read at sealing."""

    __tablename__ = "evaluation_causes"

    run_id: Mapped[int] = mapped_column(ForeignKey("evaluation_runs.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    unit_code: Mapped[str] = mapped_column(String(80))
    unit_name: Mapped[str] = mapped_column(String(300))
    unit_name_en: Mapped[str | None] = mapped_column(String(300))
    reference: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)


class IssuedPaper(Base):
    """A printed report: issued once per run and form, its bytes are kept and served again."""

    __tablename__ = "issued_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("evaluation_runs.id"))
    format: Mapped[str] = mapped_column(String(8))
    language: Mapped[str] = mapped_column(String(2))
    letterhead: Mapped[str] = mapped_column(String(20))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(Integer)

    __table_args__ = (UniqueConstraint("run_id", "format", "language", "letterhead"),)
