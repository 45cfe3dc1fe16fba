"""What a report tells beside the verdicts: figures of the year, causes that units stated, who leads the issuing unit

Runs sealed before have none of them, and their reports say so.
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "evaluation_figures",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("before", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 0 AND before >= 0", name=op.f("ck_evaluation_figures_counts")),
        sa.ForeignKeyConstraint(["run_id"], ["evaluation_runs.id"], name=op.f("fk_evaluation_figures_run_id_evaluation_runs")),
        sa.PrimaryKeyConstraint("run_id", "key", name=op.f("pk_evaluation_figures")),
    )
    op.create_table(
        "evaluation_causes",
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("unit_code", sa.String(length=80), nullable=False),
        sa.Column("unit_name", sa.String(length=300), nullable=False),
        sa.Column("unit_name_en", sa.String(length=300), nullable=True),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["evaluation_runs.id"], name=op.f("fk_evaluation_causes_run_id_evaluation_runs")),
        sa.PrimaryKeyConstraint("run_id", "position", name=op.f("pk_evaluation_causes")),
    )
    with op.batch_alter_table("evaluation_runs", schema=None) as batch_op:
        batch_op.add_column(sa.Column("signer_name", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("evaluation_runs", schema=None) as batch_op:
        batch_op.drop_column("signer_name")
    op.drop_table("evaluation_causes")
    op.drop_table("evaluation_figures")
