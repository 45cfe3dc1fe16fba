"""Whoever changes records straight in the database is found by the rows themselves, whatever the trail says."""

import pytest
from flask import Flask
from sqlalchemy import delete, text

from nonconformities.models import Nonconformity
from qms.accounts.models import Person
from qms.accounts.permissions import Role
from qms.journal.chains import chain_of
from qms.kernel.db import RECORDED, db, writing
from qms.kernel.schema_check import differences
from qms.kernel.staging import Staging
from qms.trail.holding import check_rows
from qms.trail.models import TrailWrite
from qms.trail.sealing import seal
from qms.trail.service import Deed, record, stage_deeds
from qms.trail.standing import held_tables
from qms.trail.stock import take_stock
from qms.workdays.models import SpecialDay
from tests.office import TODAY, Office, moment_of

from .conftest import Attack

OPTIONS = {RECORDED: True}


def found() -> list[tuple[str, str, str]]:
    """Everything that is wrong, as (what, where, which)."""
    return sorted((one.what, one.place, one.key) for one in check_rows(lambda _what, _count: None))


@pytest.fixture
def nc(any_app: Flask, office: Office) -> int:
    """The number of a nonconformity, as the builders make it."""
    made = office.nonconformity(office.agency("PMA"))
    assert found() == []
    return made.id


def test_what_the_program_writes_holds(any_app: Flask, office: Office, nc: int) -> None:
    office.person("can-bo", unit=office.unit("A"), role=Role.QUALITY_OFFICER)
    with writing() as session:
        session.get_one(Nonconformity, nc).statement = "Khác"
        record(office.moment(), "nonconformity", "NC", "edit")
    seal(moment_of(None, TODAY), chain_of, everything=True)
    assert found() == []


def test_a_text_changed_by_another_hand_is_found(nc: int, attack: Attack) -> None:
    attack(f"UPDATE nonconformities SET statement = 'Không có gì' WHERE id = {nc}")
    assert found() == [("row_changed", "nonconformities", str(nc))]


def test_a_record_that_went_is_found(nc: int, attack: Attack) -> None:
    attack(f"DELETE FROM nonconformities WHERE id = {nc}")
    assert found() == [("row_gone", "nonconformities", str(nc))]


def test_a_record_of_another_hand_is_found(nc: int, attack: Attack) -> None:
    attack("INSERT INTO special_days (day, working, title) VALUES ('2026-12-31', false, 'x')")
    assert [what for what, table, _key in found() if table == "special_days"] == ["row_foreign"]


def test_a_password_replaced_is_found(office: Office, attack: Attack) -> None:
    person = office.person("can-bo", unit=office.unit("A"))
    attack(f"UPDATE people SET password_hash = '$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aaaa' WHERE id = {person.id}")
    assert found() == [("row_changed", "people", str(person.id))]


def test_an_entry_put_into_the_trail_by_hand_is_found(office: Office, attack: Attack) -> None:
    office.unit("A")
    with writing():
        record(office.moment(), "unit", "A", "open")
    (last,) = db.session.execute(text("SELECT max(id) FROM trail")).one()
    columns = "at, person_id, kind, code, unit_id, deed, changes, reason, request_id, personal"
    attack(f"INSERT INTO trail (id, {columns}) SELECT {last + 1}, {columns} FROM trail WHERE id = {last}")
    assert found() == [("row_foreign", "trail", str(last + 1))]
    attack(f"DELETE FROM trail WHERE id >= {last}")
    assert found() == [("row_gone", "trail", str(last))]


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("UPDATE trail_writes SET body = replace(body, '\"units\"', '\"unity\"') WHERE id = {last}", "write_forged"),
        ("UPDATE trail_writes SET number = number + 1 WHERE id = {last}", "write_forged"),
        ("DELETE FROM trail_writes WHERE id = {before}", "write_missing"),
        ("DELETE FROM trail_writes WHERE id = {last}", "row_foreign"),
    ],
)
def test_what_a_writer_told_cannot_be_changed_or_left_out(office: Office, attack: Attack, statement: str, what: str) -> None:
    for code in "ABC":
        office.unit(code)
    (last,) = db.session.execute(text("SELECT max(id) FROM trail_writes")).one()
    attack(statement.format(last=last, before=last - 1))
    assert what in {one[0] for one in found()}


def test_a_row_taken_back_to_how_it_stood_before_is_found(office: Office, attack: Attack) -> None:
    unit = office.unit("A")
    for name in ("Một", "Hai"):
        with writing() as session:
            session.get_one(type(unit), unit.id).name = name
            record(office.moment(), "unit", "A", "rename")
    (last,) = db.session.execute(text("SELECT max(id) FROM trail_writes")).one()
    copied = (
        "INSERT INTO trail_writes (id, writer, number, body, key_id, mac) SELECT {0} + 1, writer, number + 2, body, key_id, mac"
    )
    attack("UPDATE units SET name = 'Một'", copied.format(last) + f" FROM trail_writes WHERE id = {last} - 1")
    assert {one[0] for one in found()} >= {"write_forged", "row_changed"}


def test_changes_in_bulk_are_told_too(any_app: Flask, office: Office) -> None:
    days = [{"day": TODAY.replace(day=n + 1), "working": False, "title": "Nghỉ bù"} for n in range(3)]
    with writing() as session:
        session.execute(SpecialDay.__table__.insert(), days, execution_options=OPTIONS)  # type: ignore[attr-defined]
        record(office.moment(), "workdays", "x", "add")
    assert found() == []
    with writing() as session:
        session.execute(SpecialDay.__table__.update().values(title="Nghỉ lễ"), execution_options=OPTIONS)  # type: ignore[attr-defined]
        record(office.moment(), "workdays", "x", "change")
    assert found() == []
    with writing() as session:
        session.execute(delete(SpecialDay).where(SpecialDay.day == TODAY.replace(day=1)), execution_options=OPTIONS)
        record(office.moment(), "workdays", "x", "remove")
    assert found() == []


def test_rows_that_land_from_a_staging_are_told_too(any_app: Flask, office: Office) -> None:
    day = {"working": False, "title": "Nghỉ bù"}
    with Staging() as staging:
        staging.insert(SpecialDay, [{"day": TODAY.replace(day=n + 1), **day} for n in range(3)])
        stage_deeds(staging, office.moment(), [Deed("workdays", "x", "add", None, {})])
        assert staging.land(lambda: True)
    assert found() == []
    with Staging() as staging:
        staging.delete(SpecialDay, [{"day": TODAY.replace(day=1)}])
        stage_deeds(staging, office.moment(), [Deed("workdays", "x", "remove", None, {})])
        assert staging.land(lambda: True)
    assert found() == []


def test_what_is_rolled_back_is_not_told(any_app: Flask, office: Office) -> None:
    unit = office.unit("A")

    def fail() -> None:
        with writing() as session:
            session.get_one(type(unit), unit.id).name = "Khác"
            session.flush()
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    office.unit("B")
    assert found() == []


def test_an_office_from_before_is_taken_stock_of_once(any_app: Flask, office: Office, attack: Attack) -> None:
    office.person("can-bo", unit=office.unit("A"))
    attack("DELETE FROM trail_writes")
    db.engine.dispose()  # as after a start: other connections, so other writers
    assert "row_foreign" in {one[0] for one in found()}
    assert take_stock("0003 → 0004", office.moment()) == 0
    assert found() == []
    attack("UPDATE units SET name = 'Khác'")
    assert found() == [("row_changed", "units", "1")]
    assert take_stock("0004 → 0005", office.moment()) == 1, "the trail says that one row was not as it was told"
    assert found() == []


def test_the_schema_is_that_of_the_migrations(any_app: Flask) -> None:
    assert differences() == []


def test_triggers_that_went_are_found(any_app: Flask, attack: Attack) -> None:
    if db.engine.dialect.name == "sqlite":
        attack("CREATE TABLE other (id INTEGER)")
    else:
        attack(
            "DROP TRIGGER trail_append_only ON trail",
            "ALTER TABLE trail_seals DISABLE TRIGGER ALL",
            "CREATE TABLE other (id INT)",
        )
    said = differences()
    assert any(what in {"missing", "changed"} and "trail" in part for what, part in said), said
    assert any(what == "foreign" and "other" in part for what, part in said), said


def test_every_record_is_held() -> None:
    assert {"people", "nonconformities", "audit_questions", "trail", "passkeys", "evaluation_runs"} <= set(held_tables())
    assert TrailWrite.__tablename__ not in held_tables() and Person.__tablename__ in held_tables()
