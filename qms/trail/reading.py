"""The trail as the checks read it, on both databases: raw texts, row by row, as it stands at one instant."""

import hmac
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import text

from qms.kernel.db import db
from qms.trail.canonical import instant_text
from qms.trail.keys import load_keys
from qms.trail.verify_trail import Fault, Head, Report, Row, check, heads_of, open_sqlite, rows_of, sqlite_instant

AT_ONCE = 2_000


@contextmanager
def whole_trail() -> Iterator[tuple[list[Head], Iterator[Row]]]:
    """Heads, and rows one after the other; nothing that is written meanwhile is seen."""
    if db.engine.dialect.name == "sqlite":
        with closing(open_sqlite(Path(db.engine.url.database or ""))) as connection:
            yield heads_of(connection.execute, sqlite_instant), rows_of(connection.execute, sqlite_instant)
        return
    db.session.rollback()
    db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield heads_of(_query, _instant), rows_of(_query, _instant)
    finally:
        db.session.rollback()


def _query(statement: str) -> Iterator[Any]:
    for row in db.session.execute(text(statement), execution_options={"yield_per": AT_ONCE}):
        yield tuple(row)


def _instant(stored: datetime) -> str:
    return instant_text(stored)


def verify(published: list[Head] | None = None) -> Report:
    """Everything that ``verify_trail.py`` checks, and the seals of the heads with the keys of this instance."""
    with whole_trail() as (heads, rows):
        report = check(heads, rows, published)
    keys = load_keys()
    for head in heads:
        seal = keys.seal(head.body, head.key_id)
        if seal is None:
            report.add(Fault("head_key", detail=f"{head.day}: {head.key_id}"))
        elif not hmac.compare_digest(seal.encode(), head.seal.encode("utf-8", "surrogateescape")):
            report.add(Fault("head_seal", detail=head.day))
    return report
