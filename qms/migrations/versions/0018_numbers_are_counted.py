"""Numbers of new records are counted: a row for each kind and year

Nothing is moved: the counter of a year is made of what stands there when the next number of that year is given.
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own."""
    op.create_table(
        "last_numbers",
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.CheckConstraint("number > 0", name=op.f("ck_last_numbers_counts_from_one")),
        sa.PrimaryKeyConstraint("kind", "year", name=op.f("pk_last_numbers")),
    )


def downgrade() -> None:
    """An earlier version finds the highest number by itself."""
    op.drop_table("last_numbers")
