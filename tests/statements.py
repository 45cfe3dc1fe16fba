"""What reaches the database, for tests that count statements or look for a writing one."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event

from qms.kernel.db import db


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database inside, in their order."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)
