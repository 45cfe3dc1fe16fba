"""Whether the schema is that of the migrations: every table, column, constraint, index and trigger, compared with a fresh one.

The fresh one is made by the same migrations, on SQLite in a temporary file, on PostgreSQL in a schema of its own within a
transaction that is rolled back. So nothing has to be kept true beside the migrations.
"""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import ProgrammingError

from qms.kernel.db import db
from qms.kernel.schema import run_migrations

FRESH = "qms_fresh_schema"
"""Where the fresh tables stand on PostgreSQL, for as long as the transaction lasts."""

PARTS = {
    "column": """
        SELECT c.relname || '.' || a.attname,
            format_type(a.atttypid, a.atttypmod) || ' ' || a.attnotnull::text
                || ' ' || coalesce(pg_get_expr(d.adbin, d.adrelid), '')
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace)
            AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraint": """
        SELECT c.relname || '.' || k.conname, pg_get_constraintdef(k.oid) || ' ' || k.convalidated::text
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
        WHERE k.connamespace = CAST(CAST(:schema AS text) AS regnamespace) AND k.contype <> 'n'""",
    "index": "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = :schema",
    "trigger": """SELECT c.relname || '.' || t.tgname, pg_get_triggerdef(t.oid) || ' ' || t.tgenabled::text
        FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
        WHERE c.relnamespace = CAST(CAST(:schema AS text) AS regnamespace) AND NOT t.tgisinternal""",
    "function": """SELECT p.proname, p.prosrc || ' ' || p.prorettype::regtype::text FROM pg_proc p
        WHERE p.pronamespace = CAST(CAST(:schema AS text) AS regnamespace)""",
}
"""What makes a schema on PostgreSQL: name of the part, and its definition."""

Parts = Mapping[tuple[str, str], str]
"""(kind, name) → definition."""


class NotComparable(Exception):
    """The account of the program may not make a schema beside its own, so the comparison needs another one."""


def differences() -> list[tuple[str, str]]:
    """What is not as the migrations make it: ("missing", "changed" or "foreign"; kind and name). Raises ``NotComparable``."""
    expected, found = _of_sqlite() if db.engine.dialect.name == "sqlite" else _of_postgresql()
    wrong = [("missing" if part not in found else "changed", part) for part in expected if expected[part] != found.get(part)]
    wrong += [("foreign", part) for part in found if part not in expected]
    return sorted((what, " ".join(part)) for what, part in wrong)


def _of_sqlite() -> tuple[Parts, Parts]:
    with tempfile.TemporaryDirectory() as folder:
        fresh = create_engine(f"sqlite:///{Path(folder, 'fresh.sqlite3')}")
        try:
            with fresh.connect() as connection:
                run_migrations(connection)
                expected = _parts_of_sqlite(connection)
        finally:
            fresh.dispose()
    db.session.rollback()
    with db.engine.connect() as connection:
        return expected, _parts_of_sqlite(connection)


def _parts_of_sqlite(connection: Connection) -> Parts:
    rows = connection.execute(text("SELECT type, name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"))
    return {(kind, name): _in_one_order(re.sub(r"\s+", " ", definition or "")) for kind, name, definition in rows}


def _in_one_order(definition: str) -> str:
    """The parts of a table in the order of the alphabet: a rebuilt table has its constraints in any order."""
    if not definition.startswith("CREATE TABLE"):
        return definition
    head, _, body = definition.partition("(")
    parts, depth, quoted = [""], 0, False
    for letter in body.rpartition(")")[0]:
        quoted ^= letter == "'"
        depth += 0 if quoted else {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0 and not quoted:
            parts.append("")
        else:
            parts[-1] += letter
    return head + "(" + ", ".join(sorted(part.strip() for part in parts)) + ")" + body.rpartition(")")[2]


def _of_postgresql() -> tuple[Parts, Parts]:
    db.session.rollback()
    with db.engine.connect() as connection:
        own = connection.scalar(text("SELECT current_schema()")) or "public"
        found = _parts_of_postgresql(connection, own)
        try:
            connection.execute(text(f"CREATE SCHEMA {FRESH}"))
        except ProgrammingError as error:
            raise NotComparable(str(error.orig)) from error
        connection.execute(text(f"SET LOCAL search_path TO {FRESH}"))
        run_migrations(connection, commit=False)
        expected = _parts_of_postgresql(connection, FRESH)
        connection.rollback()
        return expected, found


def _parts_of_postgresql(connection: Connection, schema: str) -> Parts:
    return {
        (kind, name): definition.replace(f"{schema}.", "")
        for kind, statement in PARTS.items()
        for name, definition in connection.execute(text(statement), {"schema": schema})
    }
