"""What the directory left out at the newest sign-in.

Revision ID: 0011
Revises: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("directory_identities", sa.Column("untold", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("directory_identities") as batch:
        batch.drop_column("untold")
