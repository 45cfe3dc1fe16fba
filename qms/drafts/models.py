"""The table of drafts."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base, UtcDateTime


class Draft(Base):
    """A file that somebody works on in several steps, with what was said in them; the bytes lie in the instance folder.

    Nothing of it counts before its last step, which tells the trail, so the trail is not told of the draft.
    """

    __tablename__ = "drafts"
    __recorded__ = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(40))
    """What is made of the file: the name of the feature's work."""
    name: Mapped[str] = mapped_column(String(200))
    """The name of the file as the person knows it."""
    sha256: Mapped[str] = mapped_column(String(64))
    step: Mapped[str] = mapped_column(String(40))
    """Where the person goes on."""
    content: Mapped[dict[str, Any]] = mapped_column(JSON)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (
        CheckConstraint("name <> ''", name="has_name"),
        CheckConstraint("length(sha256) = 64", name="whole_hash"),
        CheckConstraint("changed_at >= begun_at", name="changed_after_beginning"),
        # the same file chosen again goes on where it was left
        Index("uq_drafts_file", "person_id", "kind", "sha256", unique=True),
    )
