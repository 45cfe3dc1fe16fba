"""Whom a unit buys services from."""

from datetime import date

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.kernel.db import Base
from qms.units.models import Unit


class Provider(Base):
    """A provider, and when it was last assessed (8.4.1)."""

    __tablename__ = "providers"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    name: Mapped[str] = mapped_column(String(200))
    assessed_on: Mapped[date]
    folded: Mapped[str] = mapped_column(String(200))
    unit: Mapped[Unit] = relationship()
