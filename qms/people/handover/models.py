"""The minute of a handover: what a person who leaves gave over, to whom, and when."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.models import Person
from qms.kernel.db import Base, UtcDateTime


class Handover(Base):
    """Everything given over in one step. ``things`` lists it as it stood then: feature → lines; the minute is printed from it."""

    __tablename__ = "handovers"

    id: Mapped[int] = mapped_column(primary_key=True)
    giver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    receiver_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    leaves_on: Mapped[date | None]
    note: Mapped[str | None] = mapped_column(Text)
    things: Mapped[dict[str, Any]] = mapped_column(JSON)

    giver: Mapped[Person] = relationship(foreign_keys=[giver_id])
    receiver: Mapped[Person] = relationship(foreign_keys=[receiver_id])
    made_by: Mapped[Person | None] = relationship(foreign_keys=[made_by_id])

    __table_args__ = (CheckConstraint("giver_id <> receiver_id", name="two_people"),)
