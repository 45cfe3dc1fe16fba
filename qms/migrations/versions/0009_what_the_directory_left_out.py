"""What the directory left out at the newest sign-in.

Revision ID: 0009
Revises: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("directory_identities", sa.Column("untold", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("directory_identities") as batch:
        batch.drop_column("untold")
