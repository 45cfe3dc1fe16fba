"""The papers of audits are kept: plan, checklist, report"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("audit_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum("plan", "checklist", "report", name="paperkind", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_audit_papers_not_empty")),
        sa.ForeignKeyConstraint(["audit_id"], ["audits.id"], name=op.f("fk_audit_papers_audit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_papers")),
        sa.UniqueConstraint("audit_id", "kind", "basis", name=op.f("uq_audit_papers_audit_id_kind_basis")),
    )


def downgrade() -> None:
    op.drop_table("audit_papers")
