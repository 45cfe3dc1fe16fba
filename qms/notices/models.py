"""What people are told: the inbox, the letters that carry it by mail, and the ledger of reminders."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.models import Person
from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone


class LetterState(State):
    """How a letter stands."""

    WAITING = "waiting", _l("Waiting to be sent"), Tone.ACCENT, "clock"
    SENT = "sent", _l("Sent"), Tone.GOOD, "circle-check"
    DEAD = "dead", _l("Given up"), Tone.BAD, "alert-octagon"


class Letter(Base):
    """A mail in the outbox. Its Message-ID never changes, so a second delivery after an accident can be told apart."""

    __tablename__ = "letters"
    __recorded__ = False  # being told changes no record

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[str] = mapped_column(String(120), unique=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    template: Mapped[str] = mapped_column(String(40))
    subject: Mapped[str] = mapped_column(String(300))
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str | None] = mapped_column(Text)
    state: Mapped[LetterState] = mapped_column(word(LetterState), default=LetterState.WAITING)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    error: Mapped[str | None] = mapped_column(String(300))

    person: Mapped[Person | None] = relationship()

    __table_args__ = (
        CheckConstraint("(state = 'sent') = (sent_at IS NOT NULL)", name="sent_has_instant"),
        # what is to be sent now
        Index("ix_letters_state_next_try", "state", "next_try_at"),
    )


class Notice(Base):
    """One thing a person is told, in the inbox from the first moment; the digest or an urgent letter carries it by mail.

    ``name`` is a sentence of ``qms.notices.sentences``, ``values`` fills it. ``kind`` and ``code`` name the record.
    """

    __tablename__ = "notices"
    __recorded__ = False  # written with the record, whose own entry is in the trail

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(200))
    values: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    due_on: Mapped[date | None]
    urgent: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    letter_id: Mapped[int | None] = mapped_column(ForeignKey("letters.id"), index=True)

    person: Mapped[Person] = relationship()
    letter: Mapped[Letter | None] = relationship()

    __table_args__ = (
        # the inbox of a person, and how much of it is unread
        Index("ix_notices_person", "person_id", "read_at", "id"),
    )


class Reminder(Base):
    """That a person was told of a deadline: once for each person, subject, stage and due day, however often the clock looks."""

    __tablename__ = "reminders"
    __recorded__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    name: Mapped[str] = mapped_column(String(60))
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(200))
    due_on: Mapped[date]
    stage: Mapped[str] = mapped_column(String(10))
    told_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        UniqueConstraint("person_id", "name", "kind", "code", "due_on", "stage"),
        CheckConstraint("stage IN ('soon', 'overdue')", name="known_stage"),
    )
