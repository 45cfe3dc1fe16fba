"""The papers of nonconformities are kept"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nonconformity_papers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nonconformity_id", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=80), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_nonconformity_papers_not_empty")),
        sa.ForeignKeyConstraint(
            ["nonconformity_id"], ["nonconformities.id"], name=op.f("fk_nonconformity_papers_nonconformity_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonconformity_papers")),
        sa.UniqueConstraint("nonconformity_id", "basis", name=op.f("uq_nonconformity_papers_nonconformity_id_basis")),
    )


def downgrade() -> None:
    op.drop_table("nonconformity_papers")
