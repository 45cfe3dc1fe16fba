"""The standing of every unit, kept as rows: it follows from the records, so there is nothing to move; the clock fills it"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "standing_marks",
        sa.Column("name", sa.String(length=20), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("criteria_set", sa.String(length=80), nullable=False),
        sa.Column("settled", sa.Integer(), nullable=False),
        sa.Column("looked", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_standing_marks")),
    )
    op.create_table(
        "standing_periods",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column(
            "verdict",
            sa.Enum(
                "maintains",
                "to_supplement",
                "not_maintained",
                "building",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.CheckConstraint("until IS NULL OR until > since", name=op.f("ck_standing_periods_ends_after_start")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_standing_periods_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_standing_periods")),
        sa.UniqueConstraint("unit_id", "since", name=op.f("uq_standing_periods_unit_id_since")),
    )
    op.create_index("ix_standing_periods_since", "standing_periods", ["since", "unit_id"])

    op.create_table(
        "standing_results",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("criterion", sa.String(length=60), nullable=False),
        sa.Column(
            "result",
            sa.Enum("met", "not_met", "not_applicable", name="result", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("met", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("failing", sa.JSON(), nullable=False),
        sa.Column("changed_on", sa.Date(), nullable=True),
        sa.Column(
            "before",
            sa.Enum(
                "met", "not_met", "not_applicable", name="result_before", native_enum=False, create_constraint=True, length=40
            ),
            nullable=True,
        ),
        sa.Column("met_before", sa.Integer(), nullable=True),
        sa.Column("total_before", sa.Integer(), nullable=True),
        sa.CheckConstraint("met <= total", name=op.f("ck_standing_results_met_within_total")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_standing_results_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", "criterion", name=op.f("pk_standing_results")),
    )
    op.create_index("ix_standing_results_changed", "standing_results", ["changed_on", "unit_id"])

    op.create_table(
        "standing_units",
        sa.Column("unit_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "maintains",
                "to_supplement",
                "not_maintained",
                "building",
                name="verdict",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Integer(), nullable=False),
        sa.Column("badness", sa.Integer(), nullable=False),
        sa.CheckConstraint("score <= weight", name=op.f("ck_standing_units_score_within_weight")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_standing_units_unit_id")),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_standing_units")),
    )
    op.create_index("ix_standing_units_worst", "standing_units", ["badness", "unit_id"])


def downgrade() -> None:
    op.drop_table("standing_units")
    op.drop_table("standing_results")
    op.drop_table("standing_periods")
    op.drop_table("standing_marks")
