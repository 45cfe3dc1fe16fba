"""Many lists in one statement give what each would give alone, with its types, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import case, literal, select

from nonconformities.models import Nonconformity
from qms.accounts.models import Deputy, Person
from qms.kernel.db import db
from qms.kernel.together import Query, together
from qms.notices.models import Notice
from tests.office import TODAY, Office, past_the_trail
from tests.statements import statements

pytestmark = pytest.mark.usefixtures("any_app")

INSTANT = datetime(2026, 11, 30, 2, 15, 0, 123_000, tzinfo=UTC)
WORDS = 'Tổ "Một cửa" \\ số 1\n' + "a" * 200


@pytest.fixture
def lists(office: Office) -> list[Query]:
    """One of each type: numbers, words, days, instants, yes and no, states, JSON of every shape, and nothing."""
    unit = office.agency("W", name=WORDS)
    first, second = office.person("first", unit=unit), office.person("second", unit=unit)
    office.nonconformity(unit)
    for days in (3, 1, 2):
        office.deputy(first, second, valid_from=TODAY - timedelta(days=days))
    with past_the_trail() as session:
        for number, values in enumerate([{"name": WORDS, "of": [1, None, {"x": True}]}, {}], 1):
            session.add(
                Notice(
                    person_id=first.id,
                    name=f"told{number}",
                    kind="unit",
                    code="W",
                    values=values,
                    made_at=INSTANT,
                    due_on=TODAY if number == 1 else None,
                )
            )
    shifted = case((Deputy.valid_from < TODAY, Deputy.valid_to), else_=Deputy.valid_from).label("shifted")
    return [
        select(Deputy.id, Deputy.valid_from, Deputy.revoked_at, Deputy.reason, shifted).order_by(Deputy.valid_from),
        select(Notice.name, Notice.values, Notice.made_at, Notice.due_on).order_by(Notice.id.desc()),
        select(Nonconformity.state, Nonconformity.grade, Nonconformity.move_counts, Nonconformity.unit_id),
        select(Person.username, Person.totp_secret.is_(None).label("plain")).where(Person.username == "nobody"),
        select(Person.username, Person.totp_secret.is_(None).label("plain"), literal(WORDS).label("words")).order_by(Person.id),
    ]


def test_every_list_is_what_it_would_be_alone(lists: list[Query]) -> None:
    with statements() as seen:
        found = together(lists)
    assert len([one for one in seen if not one.startswith("BEGIN")]) == 1
    for query, rows in zip(lists, found, strict=True):
        alone = db.session.execute(query).all()
        assert [tuple(row) for row in rows.first] == [tuple(row) for row in alone]
        assert [list(map(type, row)) for row in rows.first] == [list(map(type, row)) for row in alone]
        assert rows.count == len(alone)
    assert found[1].first[1].values["name"] == WORDS


def test_only_the_first_rows_are_read_and_all_are_counted(lists: list[Query]) -> None:
    found = together(lists, 2)
    assert [(len(rows.first), rows.count) for rows in found] == [(2, 3), (2, 2), (1, 1), (0, 0), (2, 2)]
    assert [row.valid_from for row in found[0].first] == [TODAY - timedelta(days=3), TODAY - timedelta(days=2)]


def test_no_list_is_no_question() -> None:
    with statements() as seen:
        assert together([]) == []
    assert not seen
