"""What reaches the database, for tests that count statements or look for a writing one."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask.testing import FlaskClient
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


def asked_again(client: FlaskClient, address: str) -> list[str]:
    """The statements of a page that is asked a second time: by then the process keeps the figures of the menu."""
    assert client.get(address).status_code == 200
    with statements() as seen:
        assert client.get(address).status_code == 200
    return seen
