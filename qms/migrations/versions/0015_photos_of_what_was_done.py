"""Photos of what an action brought, and of what the verdict on its effect rests on"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "nonconformity_photos",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nonconformity_id", sa.Integer(), nullable=False),
        sa.Column("action_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["nonconformity_id"], ["nonconformities.id"], name=op.f("fk_nonconformity_photos_nonconformity_id")
        ),
        sa.ForeignKeyConstraint(["action_id"], ["actions.id"], name=op.f("fk_nonconformity_photos_action_id")),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_nonconformity_photos_file_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonconformity_photos")),
        sa.UniqueConstraint("nonconformity_id", "number", name=op.f("uq_nonconformity_photos_nonconformity_id_number")),
    )
    op.create_index(op.f("ix_nonconformity_photos_action_id"), "nonconformity_photos", ["action_id"])
    op.create_index(op.f("ix_nonconformity_photos_file_id"), "nonconformity_photos", ["file_id"])


def downgrade() -> None:
    op.drop_table("nonconformity_photos")
