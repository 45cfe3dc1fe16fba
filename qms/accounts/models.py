"""People, what they may do where and when, and how they prove who they are."""

from datetime import date, datetime
from typing import Any

from flask_login import UserMixin
from sqlalchemy import JSON, BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.accounts.permissions import Role
from qms.kernel.db import Base, UtcDateTime, word
from qms.units.models import Unit


class Person(Base, UserMixin):
    """Somebody with a username; without a password hash the account cannot sign in by password yet.

    ``totp_secret`` is encrypted with a key derived from the secret key; ``totp_counter`` is the last time step that was used.
    ``leaves_on`` is the day on which the clock disables the account; ``active_on`` the last day somebody used it.
    """

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    full_name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    title: Mapped[str | None] = mapped_column(String(200))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    totp_secret: Mapped[str | None] = mapped_column(Text)
    totp_counter: Mapped[int | None]
    language: Mapped[str] = mapped_column(String(2), default="vi")
    disabled: Mapped[bool] = mapped_column(default=False)
    active_on: Mapped[date | None]
    leaves_on: Mapped[date | None]
    forgotten_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    folded: Mapped[str] = mapped_column(Text)

    unit: Mapped[Unit] = relationship()
    grants: Mapped[list["Grant"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", foreign_keys="Grant.person_id"
    )

    __table_args__ = (
        CheckConstraint("language IN ('vi', 'en')", name="known_language"),
        CheckConstraint("forgotten_at IS NULL OR disabled IS TRUE", name="forgotten_is_disabled"),
        CheckConstraint("forgotten_at IS NULL OR (email IS NULL AND password_hash IS NULL)", name="forgotten_is_empty"),
    )


class Grant(Base):
    """A role for a person in a unit and everything below it, from a day to a day."""

    __tablename__ = "grants"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id", ondelete="CASCADE"))
    role: Mapped[Role] = mapped_column(word(Role))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    by_directory: Mapped[bool] = mapped_column(default=False)
    """Given by the identity provider at sign-in, and taken back by it."""
    given_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str | None] = mapped_column(Text)
    """Why it was given, when that was said; asked for where one person holds duties that are kept apart elsewhere."""
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    """When it was taken back before its last day; from then on it gives nothing."""

    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    given_by: Mapped[Person | None] = relationship(foreign_keys=[given_by_id])
    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        Index("ix_grants_person_id_unit_id", "person_id", "unit_id"),
        Index("ix_grants_unit_id_role", "unit_id", "role"),
        CheckConstraint("valid_to IS NULL OR valid_from IS NULL OR valid_to >= valid_from", name="ends_after_start"),
    )


class Deputy(Base):
    """While it holds, the deputy has the grants of the principal beside the own ones; the trail names both."""

    __tablename__ = "deputies"

    id: Mapped[int] = mapped_column(primary_key=True)
    principal_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    deputy_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    reason: Mapped[str] = mapped_column(Text)
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    principal: Mapped[Person] = relationship(foreign_keys=[principal_id])
    deputy: Mapped[Person] = relationship(foreign_keys=[deputy_id])

    __table_args__ = (
        CheckConstraint("valid_to >= valid_from", name="ends_after_start"),
        CheckConstraint("deputy_id <> principal_id", name="two_people"),
    )


class Session(Base):
    """A sign-in of one browser. The cookie holds the token, the database only its hash; an ended session is over everywhere.

    ``proven_at``: when the person last proved who it is (dangerous steps ask again). ``second_factor``: whether that was more
    than a password. ``limited_to``: paths a session from a letter may open, None for a whole one.
    """

    __tablename__ = "sessions"
    __recorded__ = False  # sign-ins and sign-outs are told to the trail by their verbs, "seen" is not worth an entry

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    proven_at: Mapped[datetime] = mapped_column(UtcDateTime)
    second_factor: Mapped[bool] = mapped_column(default=False)
    limited_to: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    address: Mapped[str | None] = mapped_column(String(60))
    browser: Mapped[str | None] = mapped_column(String(200))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()

    __table_args__ = (
        # the open sessions of a person
        Index("ix_sessions_person", "person_id", "ended_at"),
    )


class Throttle(Base):
    """How often signing in has failed for an account or a source; shared by all workers, heals by itself with time."""

    __tablename__ = "throttles"
    __recorded__ = False

    subject: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of "account:name" or "source:address", so that the table names nobody."""
    failures: Mapped[int] = mapped_column(default=0)
    failed_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Passkey(Base):
    """A WebAuthn credential of a person.

    ``user_handle`` is random and the same for all passkeys of a person: what the authenticator knows instead of a name.
    ``doubted_at``: when its counter went backwards, so that a copy of it must be in use; it opens nothing since.
    """

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    credential_id: Mapped[str] = mapped_column(String(1400), unique=True)
    public_key: Mapped[str] = mapped_column(Text)
    sign_count: Mapped[int] = mapped_column(BigInteger, default=0)
    user_handle: Mapped[str] = mapped_column(String(90))
    transports: Mapped[list[str]] = mapped_column(JSON)
    title: Mapped[str] = mapped_column(String(100))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    doubted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()


class RecoveryCode(Base):
    """A code on paper that replaces the second factor once."""

    __tablename__ = "recovery_codes"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeLink(Base):
    """A link that lets one person in once: to set a first password, to reset it, or to what a letter is about."""

    __tablename__ = "one_time_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(20))
    limited_to: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    person: Mapped[Person] = relationship()

    __table_args__ = (
        CheckConstraint("purpose IN ('invitation', 'reset', 'letter')", name="known_purpose"),
        CheckConstraint("(purpose = 'letter') = (limited_to IS NOT NULL)", name="letter_is_limited"),
    )


class DirectoryIdentity(Base):
    """Who a person is at an OpenID Connect provider."""

    __tablename__ = "directory_identities"

    id: Mapped[int] = mapped_column(primary_key=True)
    issuer: Mapped[str] = mapped_column(String(300))
    subject: Mapped[str] = mapped_column(String(255))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    untold: Mapped[str | None] = mapped_column(String(200))
    """Claims that give roles here and that the newest sign-in did not tell: the roles stayed as they stood."""

    person: Mapped[Person] = relationship()

    __table_args__ = (UniqueConstraint("issuer", "subject"),)
