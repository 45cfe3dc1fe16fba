"""Answers are stored as they are tapped; no audit runs without a lead

An answer that still lacks words is marked incomplete instead of being refused, and each answer a client sent has a receipt.
An audit that an earlier version started without a lead auditor counts as taken over from it, as one from a register does.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

QUESTIONS, AUDITS = "audit_questions", "audits"


def upgrade() -> None:
    with op.batch_alter_table(QUESTIONS) as batch:
        batch.add_column(sa.Column("incomplete", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.drop_constraint(op.f("ck_audit_questions_finding_has_words"), type_="check")
        batch.drop_constraint(op.f("ck_audit_questions_not_applicable_has_reason"), type_="check")
        batch.create_check_constraint(
            op.f("ck_audit_questions_finding_has_words"),
            "answer NOT IN ('observation', 'minor', 'major') OR finding IS NOT NULL OR incomplete IS TRUE",
        )
        batch.create_check_constraint(
            op.f("ck_audit_questions_not_applicable_has_reason"),
            "answer <> 'not_applicable' OR reason IS NOT NULL OR incomplete IS TRUE",
        )
        batch.create_check_constraint(
            op.f("ck_audit_questions_raised_is_complete"), "nonconformity_id IS NULL OR incomplete IS FALSE"
        )
    with op.batch_alter_table(QUESTIONS) as batch:
        batch.alter_column("incomplete", existing_type=sa.Boolean(), existing_nullable=False, server_default=None)
    op.create_table(
        "audit_answer_receipts",
        sa.Column("client_id", sa.String(length=36), nullable=False),
        sa.Column("question_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["question_id"], ["audit_questions.id"], name=op.f("fk_audit_answer_receipts_question_id")),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_audit_answer_receipts")),
    )
    with op.batch_alter_table("audit_answer_receipts") as batch:
        batch.create_index(batch.f("ix_audit_answer_receipts_question_id"), ["question_id"])
    op.execute(
        "UPDATE audits SET taken_over = TRUE"
        " WHERE state IN ('under_way', 'reported') AND lead_auditor_id IS NULL AND taken_over IS FALSE"
    )
    with op.batch_alter_table(AUDITS) as batch:
        batch.create_check_constraint(
            op.f("ck_audits_started_has_lead"),
            "state NOT IN ('under_way', 'reported') OR lead_auditor_id IS NOT NULL OR taken_over IS TRUE",
        )


def downgrade() -> None:
    with op.batch_alter_table(AUDITS) as batch:
        batch.drop_constraint(op.f("ck_audits_started_has_lead"), type_="check")
    op.drop_table("audit_answer_receipts")
    # the earlier version refused such answers; what was typed stays in their fields
    op.execute("UPDATE audit_questions SET answer = 'open' WHERE incomplete IS TRUE")
    with op.batch_alter_table(QUESTIONS) as batch:
        batch.drop_constraint(op.f("ck_audit_questions_raised_is_complete"), type_="check")
        batch.drop_constraint(op.f("ck_audit_questions_finding_has_words"), type_="check")
        batch.drop_constraint(op.f("ck_audit_questions_not_applicable_has_reason"), type_="check")
        batch.create_check_constraint(
            op.f("ck_audit_questions_finding_has_words"),
            "answer NOT IN ('observation', 'minor', 'major') OR finding IS NOT NULL",
        )
        batch.create_check_constraint(
            op.f("ck_audit_questions_not_applicable_has_reason"), "answer <> 'not_applicable' OR reason IS NOT NULL"
        )
        batch.drop_column("incomplete")
