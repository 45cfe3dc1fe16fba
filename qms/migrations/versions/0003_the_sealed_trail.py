"""The sealed trail: personal values beside it, seals, daily heads

Rows of the first version are kept: user name and address move beside the chain with a salt, people are named by number,
and everything written so far is sealed by the first sealing after the upgrade.
"""

import hashlib
import json
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

AT_ONCE = 5_000
APPEND_ONLY = ("trail", "trail_seals", "trail_heads")
SAME_ROW = {
    "trail": "id = NEW.id",
    "trail_seals": "chain = NEW.chain AND number = NEW.number OR entry_id = NEW.entry_id",
    "trail_heads": "day = NEW.day",
    "trail_personal": "entry_id = NEW.entry_id AND field = NEW.field",
}
ABOUT_PEOPLE = {"person": ("full_name", "email", "title")}
NAMING_PEOPLE = ("lead_auditor", "owner")
"""What tells who somebody is, in entries about people and in all others."""
OF_EVERY_ENTRY = ("username", "address", "on_behalf_of", "prepared_by")
FORGOTTEN = "(forgotten)"

trail = sa.table(
    "trail",
    sa.column("id", sa.Integer),
    sa.column("username", sa.String),
    sa.column("address", sa.String),
    sa.column("person_id", sa.Integer),
    sa.column("kind", sa.String),
    sa.column("code", sa.String),
    sa.column("changes", sa.Text),
    sa.column("personal", sa.Text),
)
beside = sa.table(
    "trail_personal",
    sa.column("entry_id", sa.Integer),
    sa.column("field", sa.String),
    sa.column("salt", sa.String),
    sa.column("value", sa.Text),
)


def upgrade() -> None:
    _release_trail()
    op.create_table(
        "trail_heads",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("seal", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_trail_heads")),
    )
    with op.batch_alter_table("trail") as batch:
        batch.add_column(sa.Column("person_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("personal", sa.Text(), nullable=True))
        batch.alter_column(
            "changes", existing_type=sa.JSON(), type_=sa.Text(), existing_nullable=False, postgresql_using="changes::text"
        )
    op.create_table(
        "trail_personal",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=True),
        sa.Column("value", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["entry_id"], ["trail.id"], name=op.f("fk_trail_personal_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", "field", name=op.f("pk_trail_personal")),
    )
    op.create_table(
        "trail_seals",
        sa.Column("chain", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["trail.id"], name=op.f("fk_trail_seals_entry_id")),
        sa.PrimaryKeyConstraint("chain", "number", name=op.f("pk_trail_seals")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_trail_seals_entry_id")),
    )
    _move_beside()
    with op.batch_alter_table("trail") as batch:
        batch.alter_column("personal", existing_type=sa.Text(), nullable=False)
        batch.create_index(batch.f("ix_trail_at"), ["at"])
        batch.create_index("ix_trail_person", ["person_id", "id"])
        batch.create_index("ix_trail_unit", ["unit_id", "id"])
        batch.drop_column("username")
        batch.drop_column("address")
    _hold()


def downgrade() -> None:
    _release()
    with op.batch_alter_table("trail") as batch:
        batch.add_column(sa.Column("username", sa.String(length=80), nullable=True))
        batch.add_column(sa.Column("address", sa.String(length=60), nullable=True))
    _move_back()
    op.drop_table("trail_seals")
    op.drop_table("trail_personal")
    op.drop_table("trail_heads")
    with op.batch_alter_table("trail") as batch:
        batch.drop_index("ix_trail_unit")
        batch.drop_index("ix_trail_person")
        batch.drop_index("ix_trail_at")
        batch.alter_column("username", existing_type=sa.String(length=80), nullable=False)
        batch.alter_column(
            "changes", existing_type=sa.Text(), type_=sa.JSON(), existing_nullable=False, postgresql_using="changes::json"
        )
        batch.drop_column("personal")
        batch.drop_column("person_id")
    _hold_trail()


def _canonical(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _move_beside() -> None:
    """User name and address leave the row; what remains of them there is a salted hash."""
    connection = op.get_bind()
    people = dict(connection.execute(sa.text("SELECT username, id FROM people")).all())
    last = 0
    while True:
        rows = connection.execute(
            sa.select(trail.c.id, trail.c.username, trail.c.address, trail.c.kind, trail.c.code, trail.c.changes)
            .where(trail.c.id > last)
            .order_by(trail.c.id)
            .limit(AT_ONCE)
        ).all()
        if not rows:
            return
        last = rows[-1].id
        changed, values = [], []
        for row in rows:
            changes = json.loads(row.changes) if isinstance(row.changes, str) else row.changes
            named = {"username": row.username, "address": row.address}
            code = row.code
            if row.kind == "person":
                code = str(people.get(row.code, row.code))
            named |= {
                name: _canonical(changes.pop(name)) for name in ABOUT_PEOPLE.get(row.kind, NAMING_PEOPLE) if name in changes
            }
            hashes = {}
            for field, value in named.items():
                if value is None:
                    continue
                salt = secrets.token_hex(16)
                hashes[field] = hashlib.sha256(f"{salt}:{value}".encode()).hexdigest()
                values.append({"entry_id": row.id, "field": field, "salt": salt, "value": value})
            changed.append(
                {
                    "row": row.id,
                    "who": people.get(row.username),
                    "named": code,
                    "did": _canonical(changes),
                    "hashes": _canonical(hashes),
                }
            )
        connection.execute(beside.insert(), values)
        connection.execute(
            trail.update()
            .where(trail.c.id == sa.bindparam("row"))
            .values(
                person_id=sa.bindparam("who"),
                code=sa.bindparam("named"),
                changes=sa.bindparam("did"),
                personal=sa.bindparam("hashes"),
            ),
            changed,
        )


def _move_back() -> None:
    """What was forgotten stays forgotten; everything else returns into the row."""
    connection = op.get_bind()
    for field in ("username", "address"):
        value = sa.select(beside.c.value).where(beside.c.entry_id == trail.c.id, beside.c.field == field).scalar_subquery()
        connection.execute(trail.update().values({field: sa.func.coalesce(value, FORGOTTEN) if field == "username" else value}))
    people = {str(number): name for number, name in connection.execute(sa.text("SELECT id, username FROM people"))}
    told = sa.exists().where(beside.c.entry_id == trail.c.id, beside.c.field.not_in(OF_EVERY_ENTRY))
    about = sa.select(trail.c.id, trail.c.kind, trail.c.code, trail.c.changes).where(sa.or_(trail.c.kind == "person", told))
    for row in connection.execute(about.order_by(trail.c.id)).all():
        fields = sa.select(beside.c.field, beside.c.value).where(
            beside.c.entry_id == row.id, beside.c.field.not_in(OF_EVERY_ENTRY), beside.c.value.is_not(None)
        )
        changes = json.loads(row.changes) | {field: json.loads(value) for field, value in connection.execute(fields)}
        code = people.get(row.code, row.code) if row.kind == "person" else row.code
        connection.execute(trail.update().where(trail.c.id == row.id).values(code=code, changes=_canonical(changes)))


def _release_trail() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for deed in ("update", "delete"):
            op.execute(f"DROP TRIGGER trail_no_{deed}")
    else:
        op.execute("DROP TRIGGER trail_append_only ON trail")


def _hold_trail() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _sqlite_append_only("trail")
    else:
        _postgresql_append_only("trail")


def _sqlite_append_only(table: str) -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER {table}_no_{deed.lower()} BEFORE {deed} ON {table} "
            "BEGIN SELECT RAISE(ABORT, 'the trail is append only'); END"
        )


def _postgresql_append_only(table: str) -> None:
    op.execute(
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION trail_append_only()"
    )


def _hold() -> None:
    """Nothing of the trail is changed or removed; a personal value can only be emptied, with its salt."""
    kept = "NEW.value IS NOT NULL OR NEW.salt IS NOT NULL OR NEW.entry_id <> OLD.entry_id OR NEW.field <> OLD.field"
    if op.get_bind().dialect.name == "sqlite":
        for table in APPEND_ONLY:
            _sqlite_append_only(table)
        op.execute(
            f"CREATE TRIGGER trail_personal_no_update BEFORE UPDATE ON trail_personal WHEN {kept} "
            "BEGIN SELECT RAISE(ABORT, 'a personal value of the trail can only be forgotten'); END"
        )
        op.execute(
            "CREATE TRIGGER trail_personal_no_delete BEFORE DELETE ON trail_personal "
            "BEGIN SELECT RAISE(ABORT, 'the trail is append only'); END"
        )
        for table, same in SAME_ROW.items():  # REPLACE removes a row without asking the trigger of DELETE
            op.execute(
                f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) "
                "BEGIN SELECT RAISE(ABORT, 'the trail is append only'); END"
            )
        return
    for table in APPEND_ONLY:
        _postgresql_append_only(table)
    op.execute(
        "CREATE FUNCTION trail_only_forgotten() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'a personal value of the trail can only be forgotten'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER trail_personal_only_forgotten BEFORE UPDATE ON trail_personal FOR EACH ROW WHEN ({kept}) "
        "EXECUTE FUNCTION trail_only_forgotten()"
    )
    op.execute(
        "CREATE TRIGGER trail_personal_append_only BEFORE DELETE OR TRUNCATE ON trail_personal "
        "FOR EACH STATEMENT EXECUTE FUNCTION trail_append_only()"
    )


def _release() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for table in (*APPEND_ONLY, "trail_personal"):
            for deed in ("update", "delete", "replace"):
                op.execute(f"DROP TRIGGER {table}_no_{deed}")
        return
    for table in (*APPEND_ONLY, "trail_personal"):
        op.execute(f"DROP TRIGGER {table}_append_only ON {table}")
    op.execute("DROP TRIGGER trail_personal_only_forgotten ON trail_personal")
    op.execute("DROP FUNCTION trail_only_forgotten()")
