"""One yearly run for a set, a day and a scope

An older version could store it twice: when the process died between the run and the ledger. All are kept, as they are sealed;
every one but the first is marked.
"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

YEARLY = "origin = 'yearly' AND NOT repeated"
SCOPED, WHOLE = f"{YEARLY} AND scope_unit_id IS NOT NULL", f"{YEARLY} AND scope_unit_id IS NULL"


def upgrade() -> None:
    op.add_column("evaluation_runs", sa.Column("repeated", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute(
        "UPDATE evaluation_runs SET repeated = true WHERE origin = 'yearly' AND EXISTS (SELECT 1 FROM evaluation_runs AS first "
        "WHERE first.origin = 'yearly' AND first.criteria_set = evaluation_runs.criteria_set "
        "AND first.as_of = evaluation_runs.as_of AND first.id < evaluation_runs.id "
        "AND coalesce(first.scope_unit_id, 0) = coalesce(evaluation_runs.scope_unit_id, 0))"
    )
    op.create_index(
        "uq_evaluation_runs_yearly",
        "evaluation_runs",
        ["criteria_set", "as_of", "scope_unit_id"],
        unique=True,
        sqlite_where=sa.text(SCOPED),
        postgresql_where=sa.text(SCOPED),
    )
    op.create_index(
        "uq_evaluation_runs_yearly_whole",
        "evaluation_runs",
        ["criteria_set", "as_of"],
        unique=True,
        sqlite_where=sa.text(WHOLE),
        postgresql_where=sa.text(WHOLE),
    )


def downgrade() -> None:
    op.drop_index("uq_evaluation_runs_yearly_whole", "evaluation_runs")
    op.drop_index("uq_evaluation_runs_yearly", "evaluation_runs")
    with op.batch_alter_table("evaluation_runs", schema=None) as batch_op:
        batch_op.drop_column("repeated")
