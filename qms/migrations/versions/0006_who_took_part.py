"""Who took part in the answer to a nonconformity, and who closed it

What is stored and what the trail tells fills the table of participants. A major nonconformity that one person verified and
closed before this revision keeps its closing in the events; who closed it stays empty in the record, so that the CHECK holds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_OF_DEEDS = (
    "CASE deed WHEN 'submit' THEN 'submitted' WHEN 'complete_action' THEN 'did' ELSE 'wrote' END",
    "('record_analysis', 'add_action', 'cancel_action', 'submit', 'complete_action')",
)
_FILL = f"""
INSERT INTO nonconformity_participants (nonconformity_id, person_id, part)
SELECT DISTINCT found.nonconformity_id, found.person_id, found.part FROM (
    SELECT id AS nonconformity_id, responded_by_id AS person_id, 'submitted' AS part FROM nonconformities
    UNION ALL SELECT id, responded_for_id, 'in_whose_name' FROM nonconformities
    UNION ALL SELECT id, prepared_by_id, 'filled_in' FROM nonconformities
    UNION ALL SELECT nonconformity_id, completed_by_id, 'did' FROM actions
    UNION ALL SELECT nonconformities.id, trail.person_id, {_OF_DEEDS[0]}
        FROM trail JOIN nonconformities ON nonconformities.code = trail.code
        WHERE trail.kind = 'nonconformity' AND trail.deed IN {_OF_DEEDS[1]}
    UNION ALL SELECT nonconformities.id, people.id,
        CASE trail_personal.field WHEN 'prepared_by' THEN 'filled_in' ELSE 'in_whose_name' END
        FROM trail JOIN nonconformities ON nonconformities.code = trail.code
        JOIN trail_personal ON trail_personal.entry_id = trail.id AND trail_personal.field IN ('on_behalf_of', 'prepared_by')
        JOIN people ON people.username = trail_personal.value
        WHERE trail.kind = 'nonconformity' AND trail.deed IN {_OF_DEEDS[1]}
) AS found JOIN people ON people.id = found.person_id
"""  # constants of this module
_CLOSED_BY = """
UPDATE nonconformities SET closed_by_id = (
    SELECT by_id FROM nonconformity_events AS closing
    WHERE closing.nonconformity_id = nonconformities.id AND closing.event = 'closed'
    ORDER BY closing."on" DESC LIMIT 1
) WHERE state = 'closed'
"""
_NOT_BY_ONE = """
UPDATE nonconformities SET closed_by_id = NULL
WHERE grade = 'major' AND closed_by_id = verified_by_id AND taken_over IS NOT TRUE
"""


def upgrade() -> None:
    op.create_table(
        "nonconformity_participants",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("nonconformity_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column(
            "part",
            sa.Enum(
                "wrote",
                "filled_in",
                "submitted",
                "did",
                "in_whose_name",
                name="part",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("since", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["nonconformity_id"], ["nonconformities.id"], name=op.f("fk_nonconformity_participants_nonconformity_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_nonconformity_participants_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nonconformity_participants")),
        sa.UniqueConstraint(
            "nonconformity_id", "person_id", "part", name=op.f("uq_nonconformity_participants_nonconformity_id_person_id_part")
        ),
    )
    op.create_index(op.f("ix_nonconformity_participants_person_id"), "nonconformity_participants", ["person_id"])
    with op.batch_alter_table("nonconformities") as batch:
        batch.add_column(sa.Column("closed_by_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(batch.f("fk_nonconformities_closed_by_id"), "people", ["closed_by_id"], ["id"])
    op.execute(_FILL)
    op.execute(_CLOSED_BY)
    op.execute(_NOT_BY_ONE)
    with op.batch_alter_table("nonconformities") as batch:
        batch.create_check_constraint(
            batch.f("ck_nonconformities_major_closed_by_another"),
            "grade <> 'major' OR closed_by_id IS NULL OR verified_by_id IS NULL OR closed_by_id <> verified_by_id"
            " OR taken_over IS TRUE",
        )
        batch.create_check_constraint(batch.f("ck_nonconformities_closer_of_closed"), "state = 'closed' OR closed_by_id IS NULL")


def downgrade() -> None:
    with op.batch_alter_table("nonconformities") as batch:
        batch.drop_constraint(batch.f("ck_nonconformities_closer_of_closed"), type_="check")
        batch.drop_constraint(batch.f("ck_nonconformities_major_closed_by_another"), type_="check")
        batch.drop_constraint(batch.f("fk_nonconformities_closed_by_id"), type_="foreignkey")
        batch.drop_column("closed_by_id")
    op.drop_table("nonconformity_participants")
