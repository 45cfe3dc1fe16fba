"""Days on which the calendar of the office differs from weekends and public holidays."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base


class SpecialDay(Base):
    """A working day that is free (local holiday, swapped day) or a free day that is worked (its counterpart).

    What is not named here follows the public holidays of Vietnam, Tết included (Labour Code Art. 112).
    """

    __tablename__ = "special_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    title: Mapped[str] = mapped_column(String(200))
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
