"""Nonconformities, the responses of units, corrective actions, closings and reopenings (10.2)."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, query_expression, relationship

from procedures.models import Procedure
from qms.accounts.models import Person
from qms.files.models import StoredFile
from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.numbers import Numbering
from qms.kernel.workflow import State, Tone
from qms.units.models import TitledEnum, Unit


class Source(TitledEnum):
    """Where a nonconformity was found."""

    INTERNAL_AUDIT = "internal_audit", _l("Internal audit")
    INSPECTION = "inspection", _l("Inspection")
    EVALUATION = "evaluation", _l("Yearly evaluation")
    COMPLAINT = "complaint", _l("Complaint")
    PROCESS = "process", _l("Process")
    SUPPLIER = "supplier", _l("External provider")
    TASK = "task", _l("Supervised task")
    SELF = "self", _l("Found by the unit itself")


class Grade(State):
    """How heavy a nonconformity is."""

    MAJOR = "major", _l("Major nonconformity"), Tone.BAD, "alert-octagon"
    MINOR = "minor", _l("Minor nonconformity"), Tone.ATTENTION, "alert-triangle"


class NonconformityState(State):
    """The life of a nonconformity."""

    PLANNING = "planning", _l("Cause and plan"), Tone.ACCENT, "list-check"
    ACTING = "acting", _l("Actions under way"), Tone.ACCENT, "player-play"
    VERIFYING = "verifying", _l("Effect to be verified"), Tone.ATTENTION, "eye"
    VERIFIED = "verified", _l("Effective, to be closed"), Tone.GOOD, "shield-check"
    CLOSED = "closed", _l("Closed"), Tone.GOOD, "circle-check"


class ActionState(State):
    """The life of a corrective action."""

    OPEN = "open", _l("To be done"), Tone.ACCENT, "circle-dashed"
    DONE = "done", _l("Completed"), Tone.GOOD, "circle-check"
    CANCELLED = "cancelled", _l("Cancelled"), Tone.NEUTRAL, "x"


class EventKind(TitledEnum):
    """What the register of closings tells."""

    CLOSED = "closed", _l("Closed")
    REOPENED = "reopened", _l("Reopened")


class Nonconformity(Base):
    """A requirement that was not met, with its evidence. The deadlines the evaluation compares are stored columns."""

    __tablename__ = "nonconformities"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    source: Mapped[Source] = mapped_column(word(Source), default=Source.SELF)
    audit_code: Mapped[str | None] = mapped_column(String(80))
    procedure_id: Mapped[int | None] = mapped_column(ForeignKey("procedures.id"), index=True)
    edition: Mapped[str] = mapped_column(String(40))
    clause: Mapped[str | None] = mapped_column(String(20))
    grade: Mapped[Grade] = mapped_column(word(Grade))
    statement: Mapped[str] = mapped_column(Text)
    requirement: Mapped[str | None] = mapped_column(Text)
    evidence: Mapped[str | None] = mapped_column(Text)
    raised_on: Mapped[date]
    raised_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    response_due_on: Mapped[date]
    due_on: Mapped[date]
    moved_to: Mapped[date | None]
    moved_on: Mapped[date | None]
    move_counts: Mapped[bool] = mapped_column(default=False)
    limit_on: Mapped[date]
    moved_limit_on: Mapped[date | None]
    correction: Mapped[str | None] = mapped_column(Text)
    root_cause: Mapped[str | None] = mapped_column(Text)
    responded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    responded_for_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    prepared_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    effective: Mapped[bool | None]
    verified_on: Mapped[date | None]
    verified_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    verdict_note: Mapped[str | None] = mapped_column(Text)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    state: Mapped[NonconformityState] = mapped_column(word(NonconformityState), default=NonconformityState.PLANNING)
    taken_over: Mapped[bool] = mapped_column(default=False)
    folded: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column()

    shown_due: Mapped[date | None] = query_expression()
    """``rules.next_due``, where a list asked the database for it; None elsewhere."""

    unit: Mapped[Unit] = relationship()
    procedure: Mapped[Procedure | None] = relationship()
    raised_by: Mapped[Person | None] = relationship(foreign_keys=[raised_by_id])
    responded_by: Mapped[Person | None] = relationship(foreign_keys=[responded_by_id])
    responded_for: Mapped[Person | None] = relationship(foreign_keys=[responded_for_id])
    prepared_by: Mapped[Person | None] = relationship(foreign_keys=[prepared_by_id])
    verified_by: Mapped[Person | None] = relationship(foreign_keys=[verified_by_id])
    closed_by: Mapped[Person | None] = relationship(foreign_keys=[closed_by_id])
    participants: Mapped[list["Participant"]] = relationship(back_populates="nonconformity", order_by="Participant.id")
    responses: Mapped[list["Response"]] = relationship(back_populates="nonconformity", order_by="Response.id")
    events: Mapped[list["NonconformityEvent"]] = relationship(
        back_populates="nonconformity", order_by="NonconformityEvent.on, NonconformityEvent.event"
    )
    actions: Mapped[list["Action"]] = relationship(back_populates="nonconformity", order_by="Action.id")
    photos: Mapped[list["Photo"]] = relationship(back_populates="nonconformity", order_by="Photo.number")

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("state <> 'closed' OR effective IS TRUE OR taken_over IS TRUE", name="closed_is_effective"),
        CheckConstraint("state <> 'verified' OR effective IS TRUE OR taken_over IS TRUE", name="verified_is_effective"),
        CheckConstraint(
            "state IN ('verified', 'closed') OR effective IS NULL OR taken_over IS TRUE", name="verdict_is_forgotten"
        ),
        CheckConstraint(
            "state = 'planning' OR (correction IS NOT NULL AND root_cause IS NOT NULL) OR taken_over IS TRUE",
            name="plan_has_cause",
        ),
        CheckConstraint(
            "grade <> 'major' OR closed_by_id IS NULL OR verified_by_id IS NULL OR closed_by_id <> verified_by_id"
            " OR taken_over IS TRUE",
            name="major_closed_by_another",
        ),
        CheckConstraint("state = 'closed' OR closed_by_id IS NULL", name="closer_of_closed"),
        CheckConstraint("(moved_to IS NULL) = (moved_on IS NULL)", name="moved_both_or_none"),
        # open ones by deadline: my work, the list, the evaluation
        Index("ix_nonconformities_state_due", "state", "due_on", "id"),
        Index("ix_nonconformities_raised_on", "raised_on"),
    )


NUMBERING = Numbering("NC", 3, Nonconformity.code)
"""Of nonconformities: NC-2026-014."""


class Part(StrEnum):
    """What somebody did for the answer to a nonconformity."""

    WROTE = "wrote"
    FILLED_IN = "filled_in"
    SUBMITTED = "submitted"
    DID = "did"
    IN_WHOSE_NAME = "in_whose_name"


class Participant(Base):
    """Who took part in the answer, and how: written by the verbs and never taken away, so independence can ask it later.

    ``since`` is the day of the first time; None where a migration knows only that it was so.
    """

    __tablename__ = "nonconformity_participants"
    __recorded__ = False  # follows from the deeds, each of which has its entry
    __held__ = True  # independence rests on it

    id: Mapped[int] = mapped_column(primary_key=True)
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformities.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    part: Mapped[Part] = mapped_column(word(Part))
    since: Mapped[date | None]

    nonconformity: Mapped[Nonconformity] = relationship(back_populates="participants")

    # the table of who had a hand in a record: asked of each record and person
    __table_args__ = (UniqueConstraint("nonconformity_id", "person_id", "part"),)


class Response(Base):
    """Cause and plan as submitted: holds from a day (None: from the beginning) until it is taken back."""

    __tablename__ = "nonconformity_responses"

    id: Mapped[int] = mapped_column(primary_key=True)
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformities.id"), index=True)
    held_from: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    responded_on: Mapped[date | None]
    responded_entered_on: Mapped[date | None]
    responded_late: Mapped[bool] = mapped_column(default=False)
    effect_due_on: Mapped[date | None]
    effect_limit_on: Mapped[date | None]

    nonconformity: Mapped[Nonconformity] = relationship(back_populates="responses")

    __table_args__ = (
        CheckConstraint("withdrawn_on IS NULL OR held_from IS NULL OR withdrawn_on >= held_from", name="withdrawn_after_held"),
        CheckConstraint("(effect_due_on IS NULL) = (effect_limit_on IS NULL)", name="effect_limit_known"),
    )


class NonconformityEvent(Base):
    """A closing or a reopening; on the same day the reopening is the later one."""

    __tablename__ = "nonconformity_events"

    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformities.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    event: Mapped[EventKind] = mapped_column(word(EventKind), primary_key=True)
    entered_on: Mapped[date]
    late: Mapped[bool]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str | None] = mapped_column(Text)

    nonconformity: Mapped[Nonconformity] = relationship(back_populates="events")


class Action(Base):
    """A corrective action: removes a cause, has an owner and a due day."""

    __tablename__ = "actions"

    id: Mapped[int] = mapped_column(primary_key=True)
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformities.id"))
    number: Mapped[str] = mapped_column(String(20))
    description: Mapped[str] = mapped_column(Text)
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    owner_text: Mapped[str | None] = mapped_column(String(200))
    added_on: Mapped[date | None]
    due_on: Mapped[date]
    moved_to: Mapped[date | None]
    moved_on: Mapped[date | None]
    move_counts: Mapped[bool] = mapped_column(default=False)
    completed_on: Mapped[date | None]
    completed_entered_on: Mapped[date | None]
    completed_late: Mapped[bool] = mapped_column(default=False)
    completed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    result: Mapped[str | None] = mapped_column(Text)
    cancelled_on: Mapped[date | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    state: Mapped[ActionState] = mapped_column(word(ActionState), default=ActionState.OPEN)
    taken_over: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column()

    nonconformity: Mapped[Nonconformity] = relationship(back_populates="actions")
    owner: Mapped[Person | None] = relationship(foreign_keys=[owner_id])
    completed_by: Mapped[Person | None] = relationship(foreign_keys=[completed_by_id])

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("nonconformity_id", "number"),
        CheckConstraint("(state = 'done') = (completed_on IS NOT NULL) OR taken_over IS TRUE", name="done_has_day"),
        CheckConstraint("(state = 'cancelled') = (cancelled_on IS NOT NULL) OR taken_over IS TRUE", name="cancelled_has_day"),
        CheckConstraint("owner_id IS NULL OR owner_text IS NULL", name="one_owner"),
        CheckConstraint("(moved_to IS NULL) = (moved_on IS NULL)", name="moved_both_or_none"),
    )

    @property
    def reference(self) -> str:
        """ "NC-2026-014/2", as papers and the evaluation name it."""
        return f"{self.nonconformity.code}/{self.number}"

    @property
    def unit_id(self) -> int:
        """The unit whose nonconformity this action belongs to; permissions are asked there."""
        return self.nonconformity.unit_id

    @property
    def owner_name(self) -> str:
        """Full name of the owner, or the free name a register brought."""
        return self.owner.full_name if self.owner is not None else self.owner_text or ""


class Photo(Base):
    """A photo that shows what came of an action, or what the verdict on the effect rests on: then it has no action."""

    __tablename__ = "nonconformity_photos"

    id: Mapped[int] = mapped_column(primary_key=True)
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformities.id"))
    action_id: Mapped[int | None] = mapped_column(ForeignKey("actions.id"), index=True)
    number: Mapped[int]
    file_id: Mapped[int] = mapped_column(ForeignKey("files.id"), index=True)

    nonconformity: Mapped[Nonconformity] = relationship(back_populates="photos")
    file: Mapped[StoredFile] = relationship()

    __table_args__ = (UniqueConstraint("nonconformity_id", "number"),)


class NonconformityPaper(Base):
    """The printed record of a closed nonconformity: its bytes are kept and served again (7.5.3).

    ``basis`` names the record as it was: reopened and closed anew it is another paper.
    """

    __tablename__ = "nonconformity_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    nonconformity_id: Mapped[int] = mapped_column(ForeignKey("nonconformities.id"))
    basis: Mapped[str] = mapped_column(String(80))
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("nonconformity_id", "basis"), CheckConstraint("size > 0", name="not_empty"))
