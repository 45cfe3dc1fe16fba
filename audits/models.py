"""Audits of units, their checklist, and the evidence that answers refer to (9.2; ISO 19011)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, LargeBinary, String, Table, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from nonconformities.models import Nonconformity
from qms.accounts.models import Person
from qms.files.models import StoredFile
from qms.kernel.db import Base, UtcDateTime, word
from qms.kernel.language import _l
from qms.kernel.numbers import Numbering
from qms.kernel.workflow import State, Tone
from qms.units.models import TitledEnum, Unit


class AuditKind(TitledEnum):
    """Why an audit is held."""

    PLANNED = "planned", _l("Planned audit")
    FOR_CAUSE = "for_cause", _l("Audit for cause")
    THEMATIC = "thematic", _l("Thematic audit")
    FOLLOW_UP = "follow_up", _l("Follow-up audit")
    INSPECTION = "inspection", _l("Inspection by the authority")


PROVING_KINDS = (AuditKind.PLANNED, AuditKind.FOR_CAUSE, AuditKind.THEMATIC)
"""The kinds that prove internal audit (9.2)."""


class AuditState(State):
    """The life of an audit."""

    PLANNED = "planned", _l("Planned"), Tone.NEUTRAL, "calendar"
    UNDER_WAY = "under_way", _l("Under way"), Tone.ACCENT, "player-play"
    REPORTED = "reported", _l("Reported"), Tone.GOOD, "circle-check"
    CANCELLED = "cancelled", _l("Cancelled"), Tone.NEUTRAL, "x"


class Answer(State):
    """What the auditor found; "not yet asked" is an answer of its own, never a nonconformity."""

    OPEN = "open", _l("Not yet asked"), Tone.NEUTRAL, "circle-dashed"
    CONFORMS = "conforms", _l("Conforms"), Tone.GOOD, "circle-check"
    OBSERVATION = "observation", _l("Observation"), Tone.NEUTRAL, "eye"
    MINOR = "minor", _l("Minor"), Tone.ATTENTION, "alert-triangle"
    MAJOR = "major", _l("Major"), Tone.BAD, "alert-octagon"
    NOT_APPLICABLE = "not_applicable", _l("Not applicable"), Tone.NEUTRAL, "minus"


FINDINGS = (Answer.OBSERVATION, Answer.MINOR, Answer.MAJOR)
"""Answers that need words: what was seen, where."""

NONCONFORMING = (Answer.MINOR, Answer.MAJOR)
"""Answers from which a nonconformity has to be raised."""


class EvidenceKind(TitledEnum):
    """What an answer rests on."""

    RECORD = "record", _l("Record seen")
    PHOTO = "photo", _l("Photo")
    FACT = "fact", _l("Record of this system")


class PaperKind(TitledEnum):
    """What is printed of an audit."""

    PLAN = "plan", _l("Audit plan")
    CHECKLIST = "checklist", _l("Audit checklist")
    REPORT = "report", _l("Audit report")


class Audit(Base):
    """One audit of one unit. ``clause_mask`` holds which of the 28 clauses its list reaches (bit 0 is 4.1)."""

    __tablename__ = "audits"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(80), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("units.id"))
    kind: Mapped[AuditKind] = mapped_column(word(AuditKind), default=AuditKind.PLANNED)
    planned_on: Mapped[date]
    started_on: Mapped[date | None]
    reported_on: Mapped[date | None]
    reported_entered_on: Mapped[date | None]
    reported_late: Mapped[bool] = mapped_column(default=False)
    cancelled_on: Mapped[date | None]
    cancel_reason: Mapped[str | None] = mapped_column(Text)
    lead_auditor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    independence_exception: Mapped[str | None] = mapped_column(String(200))
    edition: Mapped[str] = mapped_column(String(40))
    clauses: Mapped[str | None] = mapped_column(Text)
    clause_mask: Mapped[int] = mapped_column(BigInteger, default=0)
    conclusion: Mapped[str | None] = mapped_column(Text)
    state: Mapped[AuditState] = mapped_column(word(AuditState), default=AuditState.PLANNED)
    taken_over: Mapped[bool] = mapped_column(default=False)
    folded: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column()

    unit: Mapped[Unit] = relationship()
    lead_auditor: Mapped[Person | None] = relationship()
    questions: Mapped[list["Question"]] = relationship(back_populates="audit", order_by="Question.number")
    evidence: Mapped[list["EvidenceItem"]] = relationship(back_populates="audit", order_by="EvidenceItem.number")

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        CheckConstraint("(state = 'reported') = (reported_on IS NOT NULL) OR taken_over IS TRUE", name="reported_has_day"),
        CheckConstraint("state <> 'under_way' OR started_on IS NOT NULL OR taken_over IS TRUE", name="started_has_day"),
        CheckConstraint(
            "state NOT IN ('under_way', 'reported') OR lead_auditor_id IS NOT NULL OR taken_over IS TRUE", name="started_has_lead"
        ),
        CheckConstraint("(state = 'cancelled') = (cancelled_on IS NOT NULL) OR taken_over IS TRUE", name="cancelled_has_day"),
        CheckConstraint("reported_on IS NULL OR started_on IS NULL OR reported_on >= started_on", name="reported_after_started"),
        # the audits of a unit that were reported in a window: the evaluation
        Index("ix_audits_unit_reported", "unit_id", "reported_on"),
        Index("ix_audits_state_planned", "state", "planned_on", "id"),
    )


question_evidence = Table(
    "question_evidence",
    Base.metadata,
    Column("question_id", ForeignKey("audit_questions.id"), primary_key=True),
    Column("evidence_id", ForeignKey("audit_evidence.id"), primary_key=True, index=True),
)


NUMBERING = Numbering("ĐG", 2, Audit.code)
"""Of audits: ĐG-2026-07."""


class Question(Base):
    """A question of the checklist, copied from the template when the audit starts, with its answer.

    What was typed stays whatever the answer is. ``incomplete``: the answer still lacks words or evidence that it needs
    before the audit can be reported.
    """

    __tablename__ = "audit_questions"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"))
    number: Mapped[int]
    template_code: Mapped[str] = mapped_column(String(40))
    clause: Mapped[str] = mapped_column(String(20))
    text_vi: Mapped[str] = mapped_column(Text)
    text_en: Mapped[str] = mapped_column(Text)
    look_vi: Mapped[str] = mapped_column(Text, default="")
    look_en: Mapped[str] = mapped_column(Text, default="")
    answer: Mapped[Answer] = mapped_column(word(Answer), default=Answer.OPEN)
    finding: Mapped[str | None] = mapped_column(Text)
    requirement: Mapped[str | None] = mapped_column(Text)
    statement: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    incomplete: Mapped[bool] = mapped_column(default=False)
    nonconformity_id: Mapped[int | None] = mapped_column(ForeignKey("nonconformities.id"), unique=True)
    version: Mapped[int] = mapped_column()

    audit: Mapped[Audit] = relationship(back_populates="questions")
    nonconformity: Mapped[Nonconformity | None] = relationship()
    evidence: Mapped[list["EvidenceItem"]] = relationship(secondary=question_evidence, order_by="EvidenceItem.number")

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        UniqueConstraint("audit_id", "number"),
        CheckConstraint(
            "answer NOT IN ('observation', 'minor', 'major') OR finding IS NOT NULL OR incomplete IS TRUE",
            name="finding_has_words",
        ),
        CheckConstraint(
            "answer <> 'not_applicable' OR reason IS NOT NULL OR incomplete IS TRUE", name="not_applicable_has_reason"
        ),
        CheckConstraint("nonconformity_id IS NULL OR incomplete IS FALSE", name="raised_is_complete"),
        CheckConstraint("nonconformity_id IS NULL OR answer IN ('minor', 'major')", name="raised_from_finding"),
    )

    @property
    def reference(self) -> str:
        """ "ĐG-2026-12/18": audit and number of the question."""
        return f"{self.audit.code}/{self.number}"


class AnswerReceipt(Base):
    """That an answer which a client sent under an id of its own has been stored: the same sent twice counts once."""

    __tablename__ = "audit_answer_receipts"
    __recorded__ = False  # the answer itself has its entry in the trail

    client_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("audit_questions.id"), index=True)
    version: Mapped[int]
    """Of the question, after this answer."""
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class AuditPaper(Base):
    """A printed paper of an audit: issued once for the same facts, its bytes are kept and served again (7.5.3).

    ``basis`` names the facts: a plan of another day or another lead is another paper.
    """

    __tablename__ = "audit_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"))
    kind: Mapped[PaperKind] = mapped_column(word(PaperKind))
    basis: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("audit_id", "kind", "basis"), CheckConstraint("size > 0", name="not_empty"))


class EvidenceItem(Base):
    """Evidence of an audit; one item may serve many questions."""

    __tablename__ = "audit_evidence"

    id: Mapped[int] = mapped_column(primary_key=True)
    audit_id: Mapped[int] = mapped_column(ForeignKey("audits.id"))
    number: Mapped[int]
    kind: Mapped[EvidenceKind] = mapped_column(word(EvidenceKind))
    text: Mapped[str] = mapped_column(Text)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("files.id"), index=True)
    record_kind: Mapped[str | None] = mapped_column(String(40))
    record_code: Mapped[str | None] = mapped_column(String(200))

    audit: Mapped[Audit] = relationship(back_populates="evidence")
    file: Mapped[StoredFile | None] = relationship()

    __table_args__ = (
        UniqueConstraint("audit_id", "number"),
        CheckConstraint("kind <> 'photo' OR file_id IS NOT NULL", name="photo_has_file"),
        CheckConstraint("kind <> 'fact' OR record_code IS NOT NULL", name="fact_has_record"),
    )
