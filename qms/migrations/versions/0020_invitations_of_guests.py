"""People of other agencies take part by an invitation that both agencies see."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """A table of its own; nothing is moved."""
    op.create_table(
        "invitations",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("unit_id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=80), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column(
            "role",
            sa.Enum(
                "administrator",
                "quality_officer",
                "management_representative",
                "leader",
                "unit_head",
                "auditor",
                "staff",
                "provincial_officer",
                "inspector",
                "publisher",
                "reader",
                name="role",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("invited_by_id", sa.Integer(), nullable=False),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "waiting",
                "accepted",
                "declined",
                "withdrawn",
                "ended",
                name="invitationstate",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("answered_by_id", sa.Integer(), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("grant_id", sa.Integer(), nullable=True),
        sa.Column("ended_by_id", sa.Integer(), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'ended') = (ended_at IS NOT NULL)", name=op.f("ck_invitations_ended_has_instant")),
        sa.CheckConstraint("(state = 'waiting') = (answered_at IS NULL)", name=op.f("ck_invitations_answered_has_instant")),
        sa.CheckConstraint(
            "(state IN ('accepted', 'ended')) = (grant_id IS NOT NULL)", name=op.f("ck_invitations_accepted_has_grant")
        ),
        sa.CheckConstraint(
            "answered_by_id IS NULL OR state NOT IN ('accepted', 'ended') OR answered_by_id <> invited_by_id",
            name=op.f("ck_invitations_two_people"),
        ),
        sa.CheckConstraint(
            "person_id IS NOT NULL OR state IN ('waiting', 'withdrawn')", name=op.f("ck_invitations_somebody_answers")
        ),
        sa.CheckConstraint("role IN ('auditor', 'staff')", name=op.f("ck_invitations_guest_role")),
        sa.CheckConstraint("state <> 'declined' OR answer IS NOT NULL", name=op.f("ck_invitations_declined_has_reason")),
        sa.CheckConstraint("valid_to >= valid_from", name=op.f("ck_invitations_ends_after_start")),
        sa.ForeignKeyConstraint(["answered_by_id"], ["people.id"], name=op.f("fk_invitations_answered_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["people.id"], name=op.f("fk_invitations_ended_by_id")),
        sa.ForeignKeyConstraint(["grant_id"], ["grants.id"], name=op.f("fk_invitations_grant_id")),
        sa.ForeignKeyConstraint(["invited_by_id"], ["people.id"], name=op.f("fk_invitations_invited_by_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_invitations_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_invitations_unit_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
    )
    op.create_index("ix_invitations_person", "invitations", ["person_id", "id"])
    op.create_index("ix_invitations_unit", "invitations", ["unit_id", "id"])
    op.create_index(
        "uq_invitations_waiting",
        "invitations",
        ["unit_id", "role", "username"],
        unique=True,
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    """The invitations go; the roles that came of them stay, as they would have been given otherwise."""
    op.drop_table("invitations")
