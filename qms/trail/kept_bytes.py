"""Holds the bytes that stand in rows against the hash beside them: papers are served again as they were issued, or found.

No text of a row covers its bytes (``qms/trail/standing.py``); it covers the column ``sha256`` beside them. Every table that has
both is checked here, whichever feature brings it, so no feature has to think of it.
"""

import hashlib
from collections.abc import Iterator

from sqlalchemy import LargeBinary, Table, select
from sqlalchemy.exc import DBAPIError

from qms.kernel.db import Base, db
from qms.trail.findings import Finding, Progress
from qms.trail.standing import key_text, stored_columns

HASH = "sha256"
"""Name of the column that holds the hash of the bytes in the same row."""
AT_ONCE = 10
"""Rows read in one piece: a paper has up to some megabytes."""


def tables_with_bytes() -> dict[Table, list[str]]:
    """Every table of the house that holds bytes, with the names of those columns."""
    found = {
        table: [column.name for column in table.columns if isinstance(column.type, LargeBinary)]
        for table in Base.metadata.sorted_tables
    }
    return {table: names for table, names in found.items() if names}


def changed_bytes(progress: Progress) -> Iterator[Finding]:
    """Rows whose bytes do not give their hash."""
    for table, names in tables_with_bytes().items():
        progress(table.name, 0)
        try:
            yield from _changed_in(table, names)
        except DBAPIError as error:
            db.session.rollback()
            yield Finding("table_unreadable", table.name, type(error.orig).__name__)


def _changed_in(table: Table, names: list[str]) -> Iterator[Finding]:
    keys = [column.name for column in table.primary_key]
    columns = stored_columns(table, db.engine.dialect, [*keys, HASH, *names])
    rows = db.session.execute(select(*columns).select_from(table), execution_options={"yield_per": AT_ONCE})
    for *beside, content in rows:
        digest = beside[len(keys)]
        if not isinstance(content, bytes) or hashlib.sha256(content).hexdigest() != digest:
            yield Finding("bytes_changed", table.name, key_text(beside[: len(keys)]))
