"""The figure of the menu says what the list shows, and all figures are one statement."""

from collections.abc import Iterator
from contextlib import contextmanager

from flask import current_app
from sqlalchemy import event, select

from qms.accounts.layout import told
from qms.accounts.models import Person
from qms.dashboard.queries import works
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.moment import Moment
from tests.office import moment_of


@contextmanager
def statements() -> Iterator[list[str]]:
    """The statements that reach the database inside."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def everybody(moment: Moment) -> list[Moment]:
    return [moment_of(person, moment.today) for person in db.session.scalars(select(Person).order_by(Person.id))]


def test_what_is_counted_is_what_the_list_shows(loaded: Moment) -> None:
    with current_app.test_request_context():
        for moment in everybody(loaded):
            for work in works():
                if work.count is not None:
                    assert db.session.scalar(work.count(moment)) == len(work.mine(moment)), moment.person.username


def test_all_figures_of_the_menu_are_one_statement(loaded: Moment) -> None:
    entries = [entry for feature in house().features for entry in feature.menu if entry.endpoint != "dashboard.my_work"]
    moment = everybody(loaded)[0]
    with current_app.test_request_context(), statements() as seen:
        assert told(entries, moment)["audits.listing"].text
    assert len(seen) == 1, seen
