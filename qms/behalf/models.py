"""Forms that somebody filled in for the person who answers for them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.models import Person
from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone
from qms.units.models import Unit


class PreparedState(State):
    """The life of a prepared form."""

    WAITING = "waiting", _l("Waiting for confirmation"), Tone.ATTENTION, "clock"
    CONFIRMED = "confirmed", _l("Confirmed"), Tone.GOOD, "circle-check"
    DECLINED = "declined", _l("Declined"), Tone.NEUTRAL, "x"
    WITHDRAWN = "withdrawn", _l("Withdrawn"), Tone.NEUTRAL, "x"


class PreparedForm(Base):
    """What was filled in, for which step of which record, by whom, and for whom. Nothing of it counts before it is confirmed."""

    __tablename__ = "prepared_forms"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(200))
    step: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    prepared_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    prepared_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_on: Mapped[date]
    for_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str | None] = mapped_column(Text)
    state: Mapped[PreparedState] = mapped_column(word(PreparedState), default=PreparedState.WAITING)
    version: Mapped[int] = mapped_column()

    unit: Mapped[Unit] = relationship()
    prepared_by: Mapped[Person] = relationship(foreign_keys=[prepared_by_id])
    for_person: Mapped[Person] = relationship(foreign_keys=[for_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("(state = 'waiting') = (decided_at IS NULL)", name="decided_has_instant"),
        CheckConstraint("decided_by_id IS NULL OR state <> 'confirmed' OR decided_by_id <> prepared_by_id", name="two_people"),
        CheckConstraint("state <> 'declined' OR reason IS NOT NULL", name="declined_has_reason"),
        # of each step of a record one form waits at most
        Index(
            "uq_prepared_forms_waiting",
            "kind",
            "code",
            "step",
            unique=True,
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        # what waits for a person; what a person filled in; what waits on a record
        Index("ix_prepared_forms_for", "for_id", "state"),
        Index("ix_prepared_forms_by", "prepared_by_id", "id"),
        Index("ix_prepared_forms_record", "kind", "code", "state"),
    )
