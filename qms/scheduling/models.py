"""What runs beside the pages: the ledger of periods, the lease of the clock, and the queue of work that people started."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.models import Person
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


RECORD = "work"
"""Kind of record of a piece of work, in notices and in the trail: its page is that of the work."""


class WorkState(State):
    """How a piece of work stands that a person started."""

    QUEUED = "queued", _l("Waiting its turn"), Tone.NEUTRAL, "clock"
    RUNNING = "running", _l("Running"), Tone.ACCENT, "refresh"
    DONE = "done", _l("Done"), Tone.GOOD, "circle-check"
    FAILED = "failed", _l("Failed"), Tone.BAD, "alert-octagon"
    CANCELLED = "cancelled", _l("Taken back"), Tone.NEUTRAL, "x"


_UNDER_WAY = text("state IN ('queued', 'running')")


class Work(Base):
    """A piece of long work with its owner, how far it is, and what came out of it.

    A process that does it holds it by a lease (``owner``, ``until``) that it renews. ``language``, ``address`` and
    ``request_id`` are those of the request that started it: the trail names them for what the work changes.
    """

    __tablename__ = "works"
    __recorded__ = False  # what it changes has entries of its own

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60))
    arguments: Mapped[dict[str, Any]] = mapped_column(JSON)
    fingerprint: Mapped[str] = mapped_column(String(64))
    """Hash of kind and arguments: the same is not started twice while it is under way."""
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    language: Mapped[str] = mapped_column(String(2))
    address: Mapped[str | None] = mapped_column(String(64))
    request_id: Mapped[str | None] = mapped_column(String(32))
    seal: Mapped[str | None] = mapped_column(String(80))
    """Name of a key and HMAC over all of the above and the instant, while the work is under way (``qms.scheduling.binding``)."""
    state: Mapped[WorkState] = mapped_column(word(WorkState), default=WorkState.QUEUED)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)
    owner: Mapped[str | None] = mapped_column(String(80))
    until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    unwanted: Mapped[bool] = mapped_column(default=False)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept_until: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    sentence: Mapped[str | None] = mapped_column(Text)
    path: Mapped[str | None] = mapped_column(String(500))
    file: Mapped[str | None] = mapped_column(String(80))
    file_name: Mapped[str | None] = mapped_column(String(200))

    person: Mapped[Person] = relationship()

    __table_args__ = (
        CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name="running_has_owner"),
        CheckConstraint("(owner IS NULL) = (until IS NULL)", name="owner_has_lease"),
        CheckConstraint("(state IN ('queued', 'running')) = (finished_at IS NULL)", name="over_has_instant"),
        CheckConstraint("(finished_at IS NULL) = (kept_until IS NULL)", name="over_is_kept_for_a_time"),
        CheckConstraint("(finished_at IS NULL) = (seal IS NOT NULL)", name="sealed_while_under_way"),
        CheckConstraint("state != 'failed' OR sentence IS NOT NULL", name="failed_says_why"),
        CheckConstraint("state = 'done' OR (path IS NULL AND file IS NULL)", name="only_done_has_result"),
        CheckConstraint("(file IS NULL) = (file_name IS NULL)", name="file_has_name"),
        CheckConstraint("done >= 0 AND done <= total", name="done_within_total"),
        Index(
            "uq_works_under_way",
            "person_id",
            "fingerprint",
            unique=True,
            sqlite_where=_UNDER_WAY,
            postgresql_where=_UNDER_WAY,
        ),
        # what can be taken now
        Index("ix_works_state", "state", "id"),
        # a person's own work, the newest first
        Index("ix_works_person", "person_id", "id"),
    )

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen."""
        return self.finished_at is not None

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has begun it."""
        return self.state is WorkState.QUEUED

    @property
    def is_running(self) -> bool:
        """Whether a process is at it."""
        return self.state is WorkState.RUNNING
