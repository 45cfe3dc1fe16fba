"""A file may be worked on in several steps, and how a workbook becomes a register is kept."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables of their own; nothing is moved."""
    op.create_table(
        "drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_drafts_has_name")),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_drafts_whole_hash")),
        sa.CheckConstraint("changed_at >= begun_at", name=op.f("ck_drafts_changed_after_beginning")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_drafts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drafts")),
    )
    op.create_index("uq_drafts_file", "drafts", ["person_id", "kind", "sha256"], unique=True)
    op.create_index(op.f("ix_drafts_changed_at"), "drafts", ["changed_at"])
    op.create_table(
        "kept_mappings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("register", sa.String(length=40), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("kept_by_id", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_kept_mappings_has_name")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_kept_mappings_unit_id")),
        sa.ForeignKeyConstraint(["kept_by_id"], ["people.id"], name=op.f("fk_kept_mappings_kept_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_kept_mappings")),
    )
    op.create_index("uq_kept_mappings_name", "kept_mappings", ["unit_id", "name"], unique=True)


def downgrade() -> None:
    """What was begun is lost, and what was kept has to be said again."""
    op.drop_table("kept_mappings")
    op.drop_table("drafts")
