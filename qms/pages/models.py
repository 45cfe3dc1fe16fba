"""What people keep of lists for themselves."""

from typing import ClassVar

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from qms.kernel.db import Base

LONGEST_TITLE = 80


class SavedFilter(Base):
    """A list as somebody wants to see it again: the filters and the order of its address, under a name of one's own.

    Kept for convenience alone, seen by nobody else, so the trail is not told.
    """

    __tablename__ = "saved_filters"
    __recorded__: ClassVar[bool] = False

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    list_name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(LONGEST_TITLE))
    address: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_saved_filters_person_id", "person_id", "list_name", "title", unique=True),)
