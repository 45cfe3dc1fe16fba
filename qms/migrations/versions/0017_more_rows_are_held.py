"""Who took part in an answer, and on which evidence it rests, is held from now on

The schema stays. That the revision moves has the upgrade take stock, so that the rows which stand there count as told.
"""

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Nothing: see above."""


def downgrade() -> None:
    """Nothing: an earlier version does not ask for what was told of these rows."""
