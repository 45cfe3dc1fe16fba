"""Management reviews of agencies."""

from datetime import date

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.kernel.db import Base
from qms.units.models import Unit


class ManagementReview(Base):
    """That the leaders of an agency reviewed its QMS on a day (9.3), and the number of the minutes."""

    __tablename__ = "management_reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    held_on: Mapped[date]
    minutes: Mapped[str | None] = mapped_column(String(500))
    held_entered_on: Mapped[date]
    held_late: Mapped[bool]

    unit: Mapped[Unit] = relationship()

    __table_args__ = (UniqueConstraint("unit_id", "held_on"),)
