"""What one agency asks of another: that one of its people serves here for a time."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone
from qms.units.models import Unit


class InvitationState(State):
    """The life of an invitation."""

    WAITING = "waiting", _l("Waiting for an answer"), Tone.ATTENTION, "clock"
    ACCEPTED = "accepted", _l("Accepted"), Tone.GOOD, "circle-check"
    DECLINED = "declined", _l("Turned down"), Tone.NEUTRAL, "x"
    WITHDRAWN = "withdrawn", _l("Withdrawn"), Tone.NEUTRAL, "x"
    ENDED = "ended", _l("Ended"), Tone.NEUTRAL, "x"


class Invitation(Base):
    """An invitation for one role in one unit. ``username`` is what was typed; ``person`` is whoever has it, if anybody does.

    Whether there is a person is known to the agency of that person alone, until that agency has accepted.
    """

    __tablename__ = "invitations"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    username: Mapped[str] = mapped_column(String(80))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    role: Mapped[Role] = mapped_column(word(Role))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    invited_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    invited_at: Mapped[datetime] = mapped_column(UtcDateTime)
    state: Mapped[InvitationState] = mapped_column(word(InvitationState), default=InvitationState.WAITING)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    answer: Mapped[str | None] = mapped_column(Text)
    """Why it was declined."""
    grant_id: Mapped[int | None] = mapped_column(ForeignKey("grants.id"))
    ended_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    unit: Mapped[Unit] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])
    invited_by: Mapped[Person] = relationship(foreign_keys=[invited_by_id])
    answered_by: Mapped[Person | None] = relationship(foreign_keys=[answered_by_id])
    ended_by: Mapped[Person | None] = relationship(foreign_keys=[ended_by_id])
    grant: Mapped[Grant | None] = relationship()

    __table_args__ = (
        CheckConstraint("role IN ('auditor', 'staff')", name="guest_role"),
        CheckConstraint("valid_to >= valid_from", name="ends_after_start"),
        CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name="answered_has_instant"),
        CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name="ended_has_instant"),
        CheckConstraint("state <> 'declined' OR answer IS NOT NULL", name="declined_has_reason"),
        CheckConstraint("(state IN ('accepted', 'ended')) = (grant_id IS NOT NULL)", name="accepted_has_grant"),
        CheckConstraint("person_id IS NOT NULL OR state IN ('waiting', 'withdrawn')", name="somebody_answers"),
        CheckConstraint(
            "answered_by_id IS NULL OR state NOT IN ('accepted', 'ended') OR answered_by_id <> invited_by_id", name="two_people"
        ),
        # one name is asked for once at a time; and what waits, for those who answer and for the clock
        Index(
            "uq_invitations_waiting",
            "unit_id",
            "role",
            "username",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # what a unit asked for; what is asked of a person
        Index("ix_invitations_unit", "unit_id", "id"),
        Index("ix_invitations_person", "person_id", "id"),
    )
