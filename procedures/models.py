"""Documented procedures, the units they apply to, and the administrative procedures (TTHC) of units."""

from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from qms.kernel.db import Base, ExactDecimal, word
from qms.kernel.language import _l
from qms.kernel.workflow import State, Tone
from qms.units.models import TitledEnum, Unit

KIND = "procedure"
"""How the journal and other features call a procedure."""


class ProcedureKind(TitledEnum):
    """Kinds of documented information (7.5)."""

    POLICY = "policy", _l("Policy")
    MODEL = "model", _l("QMS model document")
    SYSTEM_PROCEDURE = "system_procedure", _l("System procedure")
    OPERATIONAL_PROCEDURE = "operational_procedure", _l("Operational procedure")
    INTERNAL_PROCEDURE = "internal_procedure", _l("Internal procedure")
    INSTRUCTION = "instruction", _l("Work instruction")
    FORM = "form", _l("Form")
    EXTERNAL = "external", _l("Document of external origin")


PROVING_KINDS = (ProcedureKind.SYSTEM_PROCEDURE, ProcedureKind.OPERATIONAL_PROCEDURE, ProcedureKind.INSTRUCTION)
"""The kinds that prove documented operation (4.4.2)."""

UNREVIEWED_KINDS = (ProcedureKind.FORM, ProcedureKind.EXTERNAL)
"""The kinds that need no yearly review of their own."""


class Validity(State):
    """Whether a procedure is in force; derived from its days, never typed."""

    COMING = "coming", _l("Not yet in force"), Tone.ACCENT, "clock"
    IN_FORCE = "in_force", _l("In force"), Tone.GOOD, "circle-check"
    REVIEW_DUE = "review_due", _l("Review overdue"), Tone.ATTENTION, "alert-triangle"
    WITHDRAWN = "withdrawn", _l("Withdrawn"), Tone.NEUTRAL, "archive"


class Procedure(Base):
    """A document of a unit, its code unique there. Review days are stored: databases do not add months alike."""

    __tablename__ = "procedures"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    code: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(Text)
    kind: Mapped[ProcedureKind] = mapped_column(word(ProcedureKind))
    issue: Mapped[str | None] = mapped_column(String(40))
    issued_on: Mapped[date | None]
    effective_on: Mapped[date]
    effective_entered_on: Mapped[date]
    effective_late: Mapped[bool]
    effective_review_due_on: Mapped[date]
    reviewed_on: Mapped[date | None]
    reviewed_entered_on: Mapped[date | None]
    reviewed_late: Mapped[bool] = mapped_column(default=False)
    reviewed_review_due_on: Mapped[date | None]
    withdrawn_on: Mapped[date | None]
    clauses: Mapped[str | None] = mapped_column(Text)
    folded: Mapped[str] = mapped_column(Text)

    unit: Mapped[Unit] = relationship()
    services: Mapped[list["ProcedureService"]] = relationship(cascade="all, delete-orphan", order_by="ProcedureService.position")
    applications: Mapped[list["ProcedureUnit"]] = relationship(back_populates="procedure")

    __table_args__ = (
        UniqueConstraint("unit_id", "code"),
        CheckConstraint("withdrawn_on IS NULL OR issued_on IS NULL OR withdrawn_on >= issued_on", name="withdrawn_after_issued"),
    )


class ProcedureService(Base):
    """A TTHC code that a procedure names; the code need not be in the register of services."""

    __tablename__ = "procedure_services"

    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedures.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    service_code: Mapped[str] = mapped_column(String(80))

    # "which procedures name this TTHC": services_covered
    __table_args__ = (Index("ix_procedure_services_service_code", "service_code", "procedure_id"),)


class ProcedureUnit(Base):
    """A procedure of one unit applies to another, from a day to a day."""

    __tablename__ = "procedure_units"

    id: Mapped[int] = mapped_column(primary_key=True)
    procedure_id: Mapped[int] = mapped_column(ForeignKey("procedures.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"), index=True)
    from_on: Mapped[date]
    from_entered_on: Mapped[date]
    from_late: Mapped[bool]
    to_on: Mapped[date | None]

    procedure: Mapped[Procedure] = relationship(back_populates="applications")
    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        UniqueConstraint("procedure_id", "unit_id"),
        CheckConstraint("to_on IS NULL OR to_on >= from_on", name="ends_after_start"),
    )


class Service(Base):
    """An administrative procedure (TTHC) that a unit handles, with its national code."""

    __tablename__ = "services"

    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    code: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(200))
    decision: Mapped[str | None] = mapped_column(String(200))
    time_limit_days: Mapped[Decimal | None] = mapped_column(ExactDecimal)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    folded: Mapped[str] = mapped_column(Text)

    unit: Mapped[Unit] = relationship()

    __table_args__ = (
        UniqueConstraint("unit_id", "code"),
        Index("ix_services_code", "code"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="ends_after_start"),
    )
