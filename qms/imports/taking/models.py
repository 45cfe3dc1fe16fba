"""Mappings that an agency keeps for the file of the next year."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base, UtcDateTime

LONGEST_NAME = 80


class KeptMapping(Base):
    """How the workbooks of an agency become a register, under a name of its own.

    It changes no record: every take-over by it is shown before, confirmed, and tells the trail; so the trail is not told of it.
    """

    __tablename__ = "kept_mappings"
    __recorded__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    """The agency of whoever kept it, or that person's unit where there is none."""
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    register: Mapped[str] = mapped_column(String(40))
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    kept_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        Index("uq_kept_mappings_name", "unit_id", "name", unique=True),
    )
