"""Numbers of new records: a counter for each kind and year, and never the same one twice."""

from functools import partial

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from audits.models import NUMBERING as AUDITS
from nonconformities.models import NUMBERING as NONCONFORMITIES
from qms.kernel.db import db, writing
from qms.kernel.numbers import LastNumber
from tests.office import Office
from tests.statements import statements
from tests.threads import at_once


def given(year: int = 2026) -> str:
    with writing():
        return NONCONFORMITIES.next_code(year)


def test_each_kind_and_each_year_counts_from_one(any_app: Flask) -> None:
    assert [given(), given(), given(2027), given()] == ["NC-2026-001", "NC-2026-002", "NC-2027-001", "NC-2026-003"]
    with writing():
        assert AUDITS.next_code(2026) == "ĐG-2026-01"
    counted = select(LastNumber.kind, LastNumber.year, LastNumber.number).order_by(LastNumber.kind, LastNumber.year)
    assert db.session.execute(counted).all() == [("NC", 2026, 3), ("NC", 2027, 1), ("ĐG", 2026, 1)]


def test_the_first_one_is_above_what_stands_there(any_app: Flask, office: Office) -> None:
    office.nonconformity(office.agency("VP"), "NC-2026-041")
    assert [given(), given()] == ["NC-2026-042", "NC-2026-043"]


def test_a_number_whose_record_was_not_made_is_given_again(any_app: Flask) -> None:
    given()
    with writing() as session:
        assert NONCONFORMITIES.next_code(2026) == "NC-2026-002"
        session.rollback()
    assert given() == "NC-2026-002"


@pytest.mark.parametrize("counted", [False, True])
def test_many_at_once_get_a_number_each(any_app: Flask, counted: bool) -> None:
    before = 1 if counted and given() else 0
    found = at_once(any_app, [partial(given) for _one in range(8)])
    assert sorted(found) == [f"NC-2026-{number:03d}" for number in range(before + 1, before + 9)]


def test_giving_one_reads_one_row_however_many_records_there_are(app: Flask) -> None:
    given()
    with statements() as seen, writing():
        NONCONFORMITIES.next_code(2026)
    assert len([one for one in seen if not one.startswith("BEGIN")]) == 1


def test_the_database_counts_from_one_too(any_app: Flask) -> None:
    given()
    with pytest.raises(IntegrityError), writing() as session:
        session.execute(text("UPDATE last_numbers SET number = 0"))
