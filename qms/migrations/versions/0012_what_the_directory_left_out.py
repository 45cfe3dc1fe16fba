"""What the directory left out at the newest sign-in.

Revision ID: 0012
Revises: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("directory_identities", sa.Column("untold", sa.String(length=200), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("directory_identities") as batch:
        batch.drop_column("untold")
