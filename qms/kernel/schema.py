"""Creating and upgrading the schema: always through the migrations, never by create_all.

Whether the schema is the right one is asked at every start, so that is answered without the library that changes it.
"""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, column, inspect, select, table

from qms.kernel.db import db
from qms.kernel.later import later

if TYPE_CHECKING:
    from alembic import command, config
else:
    command = later("alembic.command")
    config = later("alembic.config")

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
_VERSION = table("alembic_version", column("version_num"))
_REVISION = re.compile(r'^(revision|down_revision) = "(.+)"$', re.MULTILINE)


def _config() -> "config.Config":
    found = config.Config()
    found.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return found


def upgrade(revision: str = "head") -> None:
    """Brings the database to a revision, by default the newest."""
    if revision != "head" or not is_current():
        command.upgrade(_config(), revision)


def run_migrations(connection: Connection, *, commit: bool = True) -> None:
    """Runs all migrations on a connection; the caller ends the transaction when ``commit`` is off."""
    prepared = _config()
    prepared.attributes.update(connection=connection, commit=commit)
    command.upgrade(prepared, "head")


def downgrade(revision: str) -> None:
    """Takes the database back to an earlier revision ("base" for none)."""
    command.downgrade(_config(), revision)


def current_revision() -> str | None:
    """The revision the database is at; None when it is empty."""
    with db.engine.connect() as connection:
        if not inspect(connection).has_table(_VERSION.name):
            return None
        found: str | None = connection.scalar(select(_VERSION.c.version_num))
        return found


def head_revision() -> str:
    """The newest revision this program knows: the one that no other one follows."""
    told: list[tuple[str, str]] = [
        found for path in (MIGRATIONS / "versions").glob("*.py") for found in _REVISION.findall(path.read_text(encoding="utf-8"))
    ]
    (head,) = {name for kind, name in told if kind == "revision"} - {name for kind, name in told if kind == "down_revision"}
    return head


def is_current() -> bool:
    """Whether the database has the schema this program needs."""
    return current_revision() == head_revision()


def new_revision(message: str) -> None:
    """Writes a revision file from the difference between models and database; for developers."""
    command.revision(_config(), message=message, autogenerate=True)
