"""The audit trail: rows that the database refuses to change or remove."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base, UtcDateTime


class TrailEntry(Base):
    """One deed on one record. Codes and ids, no foreign keys: the trail outlives what it speaks of."""

    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    username: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int | None]
    deed: Mapped[str] = mapped_column(String(60))
    changes: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    reason: Mapped[str | None] = mapped_column(Text)
    address: Mapped[str | None] = mapped_column(String(60))
    request_id: Mapped[str | None] = mapped_column(String(40))

    # a record's history, newest last
    __table_args__ = (Index("ix_trail_record", "kind", "code", "id"),)
