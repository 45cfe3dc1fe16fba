"""The organisation as it is remembered: units, their ancestry, the announcements of agencies."""

from datetime import date
from enum import StrEnum

from flask_babel import LazyString
from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.kernel.db import Base, word
from qms.kernel.language import _l


class TitledEnum(StrEnum):
    """An enumeration whose members carry their own title."""

    title: LazyString

    def __new__(cls, value: str, title: LazyString | str = "") -> "TitledEnum":
        member = str.__new__(cls, value)
        member._value_ = value
        member.title = title
        return member


class UnitKind(TitledEnum):
    """What a unit is (QĐ 19/2014 Art. 2; names as in official papers)."""

    PROVINCE = "province", _l("Province")
    COMMUNE = "commune", _l("Commune or ward")
    PARTY_BODY = "party_body", _l("Party body")
    FRONT_BODY = "front_body", _l("Fatherland Front body")
    DEPARTMENT = "department", _l("Specialised division")
    ADMINISTRATIVE_ORGANISATION = "administrative_organisation", _l("Administrative organisation")
    PUBLIC_SERVICE_UNIT = "public_service_unit", _l("Public service unit")


class Bloc(TitledEnum):
    """Which family of papers a unit writes."""

    STATE = "state", _l("State bloc")
    PARTY = "party", _l("Party")
    FRONT = "front", _l("Fatherland Front")


class Basis(TitledEnum):
    """Why a unit applies a QMS."""

    MANDATORY = "mandatory", _l("Mandatory by law")
    ENCOURAGED = "encouraged", _l("Encouraged by law")
    LOCAL_PLAN = "local_plan", _l("Required by local plan")


class ScopeState(TitledEnum):
    """How a unit stands to the QMS on a day; follows from its days."""

    IN_SCOPE = "in_scope", _l("In scope")
    OUTSIDE = "outside", _l("Not in scope")
    ENDED = "ended", _l("No longer in scope")


class Unit(Base):
    """A unit of the one tree; never deleted, it leaves scope and names a successor."""

    __tablename__ = "units"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(300))
    name_en: Mapped[str | None] = mapped_column(String(300))
    kind: Mapped[UnitKind] = mapped_column(word(UnitKind))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    agency: Mapped[bool] = mapped_column(default=False)
    bloc: Mapped[Bloc] = mapped_column(word(Bloc), default=Bloc.STATE)
    basis: Mapped[Basis] = mapped_column(word(Basis), default=Basis.LOCAL_PLAN)
    serves_public: Mapped[bool] = mapped_column(default=False)
    in_scope_from: Mapped[date | None]
    in_scope_to: Mapped[date | None]
    exclusion_reason: Mapped[str | None] = mapped_column(Text)
    exclusion_decision: Mapped[str | None] = mapped_column(String(200))
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("units.id"), index=True)
    not_applicable_clauses: Mapped[str | None] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)

    parent: Mapped["Unit | None"] = relationship(foreign_keys=[parent_id], remote_side=[id])
    successor: Mapped["Unit | None"] = relationship(foreign_keys=[successor_id], remote_side=[id])

    __table_args__ = (
        CheckConstraint("in_scope_from IS NOT NULL OR exclusion_reason IS NOT NULL", name="exclusion_has_reason"),
        CheckConstraint(
            "in_scope_to IS NULL OR in_scope_from IS NULL OR in_scope_to >= in_scope_from", name="scope_ends_after_start"
        ),
        CheckConstraint("parent_id <> id", name="not_own_parent"),
        CheckConstraint("successor_id <> id", name="not_own_successor"),
    )


class UnitAncestry(Base):
    """Each unit with itself and everything above it: a subtree is one indexed look-up, however many units there are."""

    __tablename__ = "unit_ancestry"
    __recorded__ = False  # follows from the parents, which are recorded, and is compared with them

    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)
    ancestor_id: Mapped[int] = mapped_column(ForeignKey("units.id"), primary_key=True)

    # "every unit at or below these": the scope of a grant
    __table_args__ = (Index("ix_unit_ancestry_below", "ancestor_id", "unit_id"),)


class Announcement(Base):
    """An announcement that the QMS of an agency conforms (QĐ 19/2014 Art. 4.3)."""

    __tablename__ = "announcements"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    number: Mapped[str] = mapped_column(String(80))
    announced_on: Mapped[date]
    confirmed_on: Mapped[date | None]
    notified_on: Mapped[date | None]
    posted_on: Mapped[date | None]
    scope: Mapped[str | None] = mapped_column(Text)
    edition: Mapped[str | None] = mapped_column(String(80))
    revoked_on: Mapped[date | None]
    announced_entered_on: Mapped[date]
    announced_late: Mapped[bool]

    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        UniqueConstraint("unit_id", "number"),
        CheckConstraint("revoked_on IS NULL OR revoked_on >= announced_on", name="revoked_after_announced"),
    )
