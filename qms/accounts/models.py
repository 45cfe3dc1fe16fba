"""People, and what they may do where and when."""

from datetime import date

from flask_login import UserMixin
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.permissions import Role
from qms.kernel.db import Base, word
from qms.units.models import Unit


class Person(Base, UserMixin):
    """Somebody with a username; without a password hash the account cannot sign in yet."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254))
    title: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="vi")
    disabled: Mapped[bool] = mapped_column(default=False)
    session_stamp: Mapped[str] = mapped_column(String(32), default="")
    folded: Mapped[str] = mapped_column(Text)

    unit: Mapped[Unit] = relationship()
    grants: Mapped[list["Grant"]] = relationship(back_populates="person", cascade="all, delete-orphan")

    __table_args__ = (CheckConstraint("language IN ('vi', 'en')", name="known_language"),)


class Grant(Base):
    """A role for a person in a unit and everything below it, from a day to a day."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(word(Role))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    person: Mapped[Person] = relationship(back_populates="grants")
    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        Index("ix_grants_person_id_unit_id", "person_id", "unit_id"),
        Index("ix_grants_unit_id_role", "unit_id", "role"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="ends_after_start"),
    )
