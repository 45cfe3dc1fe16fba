"""Alembic environment: the same revisions on SQLite and PostgreSQL."""

from alembic import context

import qms.app  # noqa: F401  imports every feature, and with them every table
from qms.kernel.db import Base, db


def _ours(name: str | None, kind: str, parents: dict[str, str | None]) -> bool:
    """Leaves tables alone that are no models (search shadow tables, temporary ones)."""
    return kind != "table" or name in Base.metadata.tables


connection = context.config.attributes.get("connection")
close = connection is None
if connection is None:
    connection = db.engine.connect()
try:
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=True,
        include_name=_ours,
        compare_type=True,
    )
    if sqlite:
        # a batch rebuild drops the parent table: with foreign keys on, its children would go with it
        # (said to the driver itself: within a transaction SQLite ignores this pragma)
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=OFF")
    with context.begin_transaction():
        context.run_migrations()
    if context.config.attributes.get("commit", True):
        connection.commit()
    if sqlite:
        broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
        if broken:
            raise RuntimeError(f"the migration left rows without their parent: {broken[:5]}")
        connection.commit()
        connection.connection.driver_connection.execute("PRAGMA foreign_keys=ON")
finally:
    if close:
        connection.close()
