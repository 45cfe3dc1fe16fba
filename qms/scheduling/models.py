"""The ledger of work by the clock: a period of a job is done once, however many processes run."""

from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone


class JobState(State):
    """How a run stands."""

    RUNNING = "running", _l("Running"), Tone.ACCENT, "refresh"
    DONE = "done", _l("Done"), Tone.GOOD, "circle-check"
    FAILED = "failed", _l("Failed, will be tried again"), Tone.BAD, "alert-octagon"


class JobRun(Base):
    """One period of one job; the key makes sure that two clocks cannot do it twice."""

    __tablename__ = "job_runs"
    __recorded__ = False  # the ledger is its own record

    job: Mapped[str] = mapped_column(String(60), primary_key=True)
    period: Mapped[str] = mapped_column(String(60), primary_key=True)
    state: Mapped[JobState] = mapped_column(word(JobState))
    owner: Mapped[str] = mapped_column(String(80))
    attempts: Mapped[int] = mapped_column(default=1)
    started_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str | None] = mapped_column(Text)


class Lease(Base):
    """Which process is the clock now; another one takes over when the lease runs out."""

    __tablename__ = "leases"
    __recorded__ = False

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    owner: Mapped[str] = mapped_column(String(80))
    until: Mapped[datetime] = mapped_column(UtcDateTime)
