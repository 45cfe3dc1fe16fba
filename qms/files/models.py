"""Files that belong to records: the bytes lie in the instance folder under their hash."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base, UtcDateTime


class StoredFile(Base):
    """One uploaded file; who may see it is decided by the record that holds it."""

    __tablename__ = "files"

    id: Mapped[int] = mapped_column(primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(80))
    size: Mapped[int]
    uploaded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))

    __table_args__ = (CheckConstraint("size > 0", name="not_empty"),)
