"""Creating and upgrading the schema: always through the migrations, never by create_all."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from qms.kernel.db import db

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


def upgrade(revision: str = "head") -> None:
    """Brings the database to a revision, by default the newest."""
    command.upgrade(_config(), revision)


def run_migrations(connection: Connection, *, commit: bool = True) -> None:
    """Runs all migrations on a connection; the caller ends the transaction when ``commit`` is off."""
    config = _config()
    config.attributes.update(connection=connection, commit=commit)
    command.upgrade(config, "head")


def downgrade(revision: str) -> None:
    """Takes the database back to an earlier revision ("base" for none)."""
    command.downgrade(_config(), revision)


def current_revision() -> str | None:
    """The revision the database is at; None when it is empty."""
    with db.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def head_revision() -> str:
    """The newest revision this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there are no migrations")
    return head


def is_current() -> bool:
    """Whether the database has the schema this program needs."""
    return current_revision() == head_revision()


def new_revision(message: str) -> None:
    """Writes a revision file from the difference between models and database; for developers."""
    command.revision(_config(), message=message, autogenerate=True)
