"""Work in the queue is bound to what its person asked for

What is under way cannot be bound afterwards, as nobody knows whether it is still what was asked for: it is said to have failed,
and may be started again.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

works = sa.table(
    "works",
    sa.column("state", sa.String),
    sa.column("owner", sa.String),
    sa.column("until", sa.DateTime(timezone=True)),
    sa.column("finished_at", sa.DateTime(timezone=True)),
    sa.column("kept_until", sa.DateTime(timezone=True)),
    sa.column("sentence", sa.Text),
    sa.column("language", sa.String),
)
AGAIN = {
    "vi": "Hệ thống đã được nâng cấp trước khi việc này xong. Chưa có gì thay đổi; xin yêu cầu lại.",
    "en": "The system was upgraded before this was done. Nothing was changed; please start it again.",
}


def upgrade() -> None:
    now = datetime.now(UTC)
    if op.get_bind().dialect.name == "sqlite":
        now = now.replace(tzinfo=None)
    over = {"state": "failed", "owner": None, "until": None, "finished_at": now, "kept_until": now + timedelta(days=7)}
    sentence = sa.case((works.c.language == "en", AGAIN["en"]), else_=AGAIN["vi"])
    op.execute(works.update().where(works.c.finished_at.is_(None)).values(**over, sentence=sentence))
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.add_column(sa.Column("seal", sa.String(length=80), nullable=True))
        batch_op.create_check_constraint(
            batch_op.f("ck_works_sealed_while_under_way"), "(finished_at IS NULL) = (seal IS NOT NULL)"
        )


def downgrade() -> None:
    with op.batch_alter_table("works", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_works_sealed_while_under_way"), type_="check")
        batch_op.drop_column("seal")
