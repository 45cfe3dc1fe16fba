"""The queue of long work"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "works",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=True),
        sa.Column("request_id", sa.String(length=32), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "queued",
                "running",
                "done",
                "failed",
                "cancelled",
                name="workstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unwanted", sa.Boolean(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("kept_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sentence", sa.Text(), nullable=True),
        sa.Column("path", sa.String(length=500), nullable=True),
        sa.Column("file", sa.String(length=80), nullable=True),
        sa.Column("file_name", sa.String(length=200), nullable=True),
        sa.CheckConstraint("(state = 'running') = (owner IS NOT NULL)", name=op.f("ck_works_running_has_owner")),
        sa.CheckConstraint("(state IN ('queued', 'running')) = (finished_at IS NULL)", name=op.f("ck_works_over_has_instant")),
        sa.CheckConstraint("state != 'failed' OR sentence IS NOT NULL", name=op.f("ck_works_failed_says_why")),
        sa.CheckConstraint("state = 'done' OR (path IS NULL AND file IS NULL)", name=op.f("ck_works_only_done_has_result")),
        sa.CheckConstraint("(file IS NULL) = (file_name IS NULL)", name=op.f("ck_works_file_has_name")),
        sa.CheckConstraint("(finished_at IS NULL) = (kept_until IS NULL)", name=op.f("ck_works_over_is_kept_for_a_time")),
        sa.CheckConstraint("(owner IS NULL) = (until IS NULL)", name=op.f("ck_works_owner_has_lease")),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_works_done_within_total")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_works_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_works")),
    )
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_works_kept_until"), ["kept_until"], unique=False)
        batch_op.create_index("ix_works_person", ["person_id", "id"], unique=False)
        batch_op.create_index("ix_works_state", ["state", "id"], unique=False)
        batch_op.create_index(
            "uq_works_under_way",
            ["person_id", "fingerprint"],
            unique=True,
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )


def downgrade() -> None:
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_works_under_way",
            sqlite_where=sa.text("state IN ('queued', 'running')"),
            postgresql_where=sa.text("state IN ('queued', 'running')"),
        )
        batch_op.drop_index("ix_works_state")
        batch_op.drop_index("ix_works_person")
        batch_op.drop_index(batch_op.f("ix_works_kept_until"))

    op.drop_table("works")
