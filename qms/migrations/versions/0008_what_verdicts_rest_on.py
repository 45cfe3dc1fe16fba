"""What verdicts rest on: history taken over beside facts entered late, and what of the failing is past

Runs sealed before keep what they say: nothing of them was taken over, and of their failing records no page is known.
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("evaluation_units", schema=None) as batch_op:
        batch_op.add_column(sa.Column("agency_started_on", sa.Date(), nullable=True))
    with op.batch_alter_table("evaluation_results", schema=None) as batch_op:
        batch_op.add_column(sa.Column("taken_over", sa.Integer(), server_default="0", nullable=False))
        batch_op.drop_constraint(batch_op.f("ck_evaluation_results_met_within_total"), type_="check")
        batch_op.create_check_constraint(
            batch_op.f("ck_evaluation_results_met_within_total"), "met <= total AND late + taken_over <= met"
        )
    with op.batch_alter_table("evaluation_results", schema=None) as batch_op:
        batch_op.alter_column("taken_over", server_default=None)
    with op.batch_alter_table("evaluation_failing", schema=None) as batch_op:
        batch_op.alter_column(
            "reference", existing_type=sa.String(length=200), type_=sa.String(length=300), existing_nullable=False
        )
        batch_op.add_column(sa.Column("record_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("past_due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("settled", sa.Boolean(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("evaluation_failing", schema=None) as batch_op:
        batch_op.drop_column("settled")
        batch_op.drop_column("past_due_on")
        batch_op.drop_column("record_id")
        batch_op.alter_column(
            "reference", existing_type=sa.String(length=300), type_=sa.String(length=200), existing_nullable=False
        )
    with op.batch_alter_table("evaluation_results", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_evaluation_results_met_within_total"), type_="check")
        batch_op.create_check_constraint(batch_op.f("ck_evaluation_results_met_within_total"), "met <= total AND late <= met")
        batch_op.drop_column("taken_over")
    with op.batch_alter_table("evaluation_units", schema=None) as batch_op:
        batch_op.drop_column("agency_started_on")
