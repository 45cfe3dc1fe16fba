"""A list page asks the database as often for many records as for few."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from qms.accounts.permissions import Role
from qms.kernel.db import db
from qms.units.models import Unit
from tests.conftest import SignIn
from tests.office import Office


@contextmanager
def counted() -> Iterator[list[str]]:
    """Every statement that is sent meanwhile."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def _fill(office: Office, ward: Unit, start: int, count: int) -> None:
    for number in range(start, start + count):
        unit = office.unit(f"U{number}", parent=ward)
        leader = office.person(f"truong{number}", unit=unit)
        office.procedure(unit, f"QT-{number}")
        office.audit(unit, f"ĐG-{number}", lead_auditor_id=leader.id)
        nonconformity = office.nonconformity(unit, f"NC-{number}")
        office.action(nonconformity, owner_id=leader.id)
        office.review(ward, held_on=date(2025, 1, 1 + number))


@pytest.mark.parametrize(
    "page", ["/", "/units", "/procedures", "/audits", "/nonconformities", "/reviews", "/evaluation", "/jobs"]
)
def test_a_list_needs_no_more_statements_for_more_records(
    app: Flask, office: Office, client: FlaskClient, sign_in: SignIn, page: str
) -> None:
    ward = office.agency("P")
    office.person("thu.ky", unit=ward, role=Role.QUALITY_OFFICER)
    sign_in(client, "thu.ky")
    _fill(office, ward, 0, 2)
    client.get(page, follow_redirects=True)
    with counted() as few:
        assert client.get(page, follow_redirects=True).status_code == 200
    _fill(office, ward, 2, 12)
    with counted() as many:
        assert client.get(page, follow_redirects=True).status_code == 200
    assert len(many) == len(few), "\n".join(many)
