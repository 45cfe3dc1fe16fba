"""The audit trail: rows that the database refuses to change or remove, the seals that chain them, and the daily heads.

What tells who somebody is (user name, address, old and new name) stands beside the chain in ``trail_personal``; the
chained row holds only its salted hash. So a person can be forgotten and every chain still holds.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import TypeDecorator

from qms.kernel.db import Base, UtcDateTime
from qms.trail.canonical import canonical, from_canonical

USERNAME, ADDRESS, ON_BEHALF_OF, PREPARED_BY = "username", "address", "on_behalf_of", "prepared_by"
"""Personal fields of every entry; an entry about a person has others, such as ``full_name``."""
OWN_FIELDS = frozenset({USERNAME, ADDRESS, ON_BEHALF_OF, PREPARED_BY})
ABOUT = "about_"
"""Before the name of a changed field that is called like one of these: the user name that changed, not that of whoever did it."""


class CanonicalJson(TypeDecorator[dict[str, Any]]):
    """A mapping kept as its one canonical text, so that the bytes which are hashed are the bytes that are stored."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: dict[str, Any] | None, dialect: Dialect) -> str:
        return canonical(value or {})

    def process_result_value(self, value: str | None, dialect: Dialect) -> dict[str, Any]:
        return from_canonical(value)


class TrailEntry(Base):
    """One deed on one record. Codes and ids, no foreign keys: the trail outlives what it speaks of.

    ``personal`` is field → salted hash of the values that stand beside the chain. A person is named by ``person_id``.
    """

    __tablename__ = "trail"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    person_id: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(200))
    unit_id: Mapped[int | None]
    deed: Mapped[str] = mapped_column(String(60))
    changes: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)
    reason: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[str | None] = mapped_column(String(40))
    personal: Mapped[dict[str, Any]] = mapped_column(CanonicalJson)

    personal_values: Mapped[list["TrailPersonal"]] = relationship(lazy="selectin", viewonly=False)

    __table_args__ = (
        # a record's history, newest last
        Index("ix_trail_record", "kind", "code", "id"),
        # what a person did, newest last
        Index("ix_trail_person", "person_id", "id"),
        # what happened in the units one may see
        Index("ix_trail_unit", "unit_id", "id"),
    )

    def personal_value(self, field: str) -> str | None:
        """A value beside the chain; None when there is none or it was forgotten."""
        return next((one.value for one in self.personal_values if one.field == field), None)

    @property
    def username(self) -> str | None:
        """Who did it; None when that was forgotten."""
        return self.personal_value(USERNAME)

    @property
    def on_behalf_of(self) -> str | None:
        """In whose name it was done, by a deputy; None when in the own."""
        return self.personal_value(ON_BEHALF_OF)

    @property
    def prepared_by(self) -> str | None:
        """Who filled the form in that was then confirmed; None when the same person did."""
        return self.personal_value(PREPARED_BY)

    @property
    def address(self) -> str | None:
        """The network address it came from; None for the clock, for commands, and when it was forgotten."""
        return self.personal_value(ADDRESS)


class TrailPersonal(Base):
    """A personal value of an entry. Only one change is allowed by the database: value and salt are emptied together."""

    __tablename__ = "trail_personal"
    __held__ = False  # the entry holds the salted hash of each value

    entry_id: Mapped[int] = mapped_column(ForeignKey("trail.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    salt: Mapped[str | None] = mapped_column(String(32))
    value: Mapped[str | None] = mapped_column(Text)


class TrailSeal(Base):
    """The place of an entry in the chain of its agency: number, and SHA-256 over the entry and the seal before it."""

    __tablename__ = "trail_seals"
    __recorded__ = False  # a seal says nothing of its own, it holds what was said

    chain: Mapped[str] = mapped_column(String(80), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("trail.id"))
    hash: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("entry_id"),)


class TrailHead(Base):
    """The head of a day: every chain with its last number and hash as canonical text, sealed by HMAC with a named key."""

    __tablename__ = "trail_heads"

    day: Mapped[date] = mapped_column(primary_key=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    body: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(40))
    seal: Mapped[str] = mapped_column(String(64))


class TrailWrite(Base):
    """How every row stood after a transaction that changed it, numbered and told by its writer under a key of its own.

    ``body`` is canonical text: table → key → how the row stands (see ``qms/trail/standing.py``), None for a row that went. The
    entries of the trail that the transaction wrote are among the rows, so an entry of another hand is known by being in none.
    """

    __tablename__ = "trail_writes"
    __recorded__ = False  # it says how what was recorded stands

    id: Mapped[int] = mapped_column(primary_key=True)
    writer: Mapped[str] = mapped_column(String(16))
    number: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    key_id: Mapped[str] = mapped_column(String(40))
    mac: Mapped[str] = mapped_column(String(64))

    __table_args__ = (UniqueConstraint("writer", "number"),)
