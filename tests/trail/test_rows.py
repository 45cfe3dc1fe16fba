"""Whoever changes records straight in the database is found by the rows themselves, whatever the trail says."""

from datetime import date, timedelta

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import delete, select, text
from sqlalchemy.orm import Session

from audits.models import EvidenceItem, Question
from nonconformities.models import Nonconformity, Part, Participant
from qms.accounts.permissions import Role
from qms.cli import qms
from qms.journal.chains import chain_of
from qms.kernel.db import RECORDED, Base, db, writing
from qms.kernel.schema_check import differences
from qms.kernel.staging import Staging
from qms.trail.holding import check_rows
from qms.trail.models import TrailEntry
from qms.trail.sealing import seal
from qms.trail.service import Deed, record, stage_deeds
from qms.trail.standing import held_tables
from qms.trail.stock import take_stock, upgrade
from qms.units.models import Unit
from qms.workdays.models import SpecialDay
from tests.office import TODAY, Office, at, moment_of

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


@pytest.mark.parametrize(
    ("values", "what"),
    [
        ("'x', 1, 'no JSON', 'none', 'x'", "write_unreadable"),
        ("'x', 1, '[]', 'none', 'x'", "write_unreadable"),
        ("""'x', 1, '{"rows": {"units": 1}}', 'none', 'x'""", "write_unreadable"),
        ("""'x', 1, '{"rows": {"units": {"1": null}}}', 'none', 'x'""", "key_unknown"),
        ("""'x', 1, '{"entry": 1000000, "rows": {}}', 'none', 'x'""", "key_unknown"),
    ],
)
def test_whatever_another_hand_puts_beside_what_was_told_stops_no_check(
    any_app: Flask, office: Office, attack: Attack, values: str, what: str
) -> None:
    office.unit("A")
    attack(f"INSERT INTO trail_writes (id, writer, number, body, key_id, mac) VALUES (9999, {values})")
    told = {one[0] for one in found()}
    assert what in told
    assert told <= {what, "key_unknown", "row_back"}


def test_the_order_of_two_writers_cannot_be_turned(any_app: Flask, office: Office, attack: Attack) -> None:
    unit_id = office.unit("A").id

    def rename(name: str, day: date) -> None:
        db.session.rollback()
        db.engine.dispose()  # another connection, so another writer
        with writing() as session:
            session.get_one(Unit, unit_id).name = name
            record(moment_of(None, day), "unit", "A", "rename")

    rename("Một", TODAY - timedelta(days=1))
    rename("Hai", TODAY)
    assert found() == []
    (last,) = db.session.execute(text("SELECT max(id) FROM trail_writes")).one()
    attack(
        "UPDATE units SET name = 'Một'",
        f"UPDATE trail_writes SET id = -1 WHERE id = {last}",
        f"UPDATE trail_writes SET id = {last} WHERE id = {last - 1}",
        f"UPDATE trail_writes SET id = {last - 1} WHERE id = -1",
    )
    assert [one[0] for one in found()] == ["write_moved"]


@pytest.mark.parametrize("any_app", ["postgresql"], indirect=True)
def test_transactions_side_by_side_are_not_taken_for_a_turned_order(any_app: Flask, office: Office) -> None:
    office.unit("A")
    with db.engine.connect() as connection, Session(connection) as other:
        other.add(TrailEntry(at=at(TODAY), kind="unit", code="A", deed="first", changes={}, personal={}))
        other.flush()
        with writing():
            record(office.moment(), "unit", "A", "second")
        other.commit()
    assert found() == []


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


def test_what_was_told_and_then_emptied_is_found_and_no_start_forgives_it(
    any_app: Flask, office: Office, attack: Attack, caplog: pytest.LogCaptureFixture
) -> None:
    office.unit("A")
    with writing():
        record(office.moment(), "unit", "A", "open")
    attack("DELETE FROM trail_writes", "UPDATE units SET name = 'Khác'")
    db.engine.dispose()
    assert found() == [("writes_gone", "trail_writes", "")]
    upgrade(office.moment())
    assert "qms trail take-stock" in caplog.text
    assert found() == [("writes_gone", "trail_writes", "")], "a start takes no stock of that"
    office.unit("B")
    assert ("row_foreign", "units", "1") in found(), "the next save does not hide it"
    result = CliRunner().invoke(qms, ["trail", "take-stock"])
    assert result.exit_code == 2
    assert "--reason" in result.output
    take_stock("2026-11-30", office.moment(), "Khóa bị mất, đã đối chiếu với bản sao")
    assert found() == []
    newest = db.session.scalars(select(TrailEntry).order_by(TrailEntry.id.desc())).first()
    assert newest is not None
    assert (newest.deed, newest.reason) == ("take_stock", "Khóa bị mất, đã đối chiếu với bản sao")


def test_an_upgrade_takes_stock_unless_everything_told_was_gone_before(
    any_app: Flask, office: Office, attack: Attack, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.unit("A")
    with writing():
        record(office.moment(), "unit", "A", "open")
    monkeypatch.setattr("qms.kernel.schema.current_revision", lambda: "0016")
    attack("UPDATE units SET name = 'Khác'")  # as a migration does
    upgrade(office.moment())
    assert found() == []
    attack("DELETE FROM trail_writes")
    upgrade(office.moment())
    assert found() == [("writes_gone", "trail_writes", "")]


def test_who_took_part_and_on_what_an_answer_rests_are_held(any_app: Flask, office: Office, attack: Attack) -> None:
    ward, other = office.agency("PMA"), office.agency("PMB")
    people = [office.person(unit=ward), office.person(unit=other)]
    nc = office.nonconformity(ward)
    audit = office.audit(ward)
    question, items = office.question(audit), [office.evidence_item(audit), office.evidence_item(audit, number=2)]
    with writing() as session:
        took_part = Participant(nonconformity_id=nc.id, person_id=people[0].id, part=Part.WROTE)
        session.add(took_part)
        session.get_one(Question, question.id).evidence.append(session.get_one(EvidenceItem, items[0].id))
        record(office.moment(), "nonconformity", nc.code, "answer")
    part_id, question_id, first, second = took_part.id, question.id, items[0].id, items[1].id
    assert found() == []
    attack(
        f"UPDATE nonconformity_participants SET person_id = {people[1].id}",
        f"UPDATE question_evidence SET evidence_id = {second}",
    )
    assert found() == [
        ("row_changed", "nonconformity_participants", str(part_id)),
        ("row_foreign", "question_evidence", f"[{question_id}, {second}]"),
        ("row_gone", "question_evidence", f"[{question_id}, {first}]"),
    ]
    attack(f"UPDATE question_evidence SET evidence_id = {first}")
    with writing() as session:
        session.get_one(Question, question_id).evidence.clear()
        record(office.moment(), "audit", audit.code, "answer")
    assert {one[1] for one in found()} == {"nonconformity_participants"}
    attack(f"INSERT INTO question_evidence (question_id, evidence_id) VALUES ({question_id}, {first})")
    assert ("row_back", "question_evidence", f"[{question_id}, {first}]") in found()


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


NOT_HELD = {
    # by another seal or comparison
    "evaluation_excluded": "the seal of the run",
    "evaluation_failing": "the seal of the run",
    "evaluation_results": "the seal of the run",
    "evaluation_units": "the seal of the run",
    "trail_personal": "the salted hash in the entry",
    "trail_seals": "the chain, and the daily heads",
    "trail_writes": "the key of the writers, the number of each",
    "unit_ancestry": "compared with the parents",
    # derived, and made anew: docs/security.md says so
    "standing_marks": "computed again every day",
    "standing_periods": "derived from the records; what counts are the stored runs",
    "standing_results": "computed again every day",
    "standing_units": "computed again every day",
    # keeps the house running, and proves nothing
    "audit_answer_receipts": "that a sending has come; the answer is held",
    "drafts": "what is begun; its last step tells the trail",
    "job_runs": "the ledger of the clock",
    "kept_mappings": "a convenience of one agency; every take-over by one is shown, confirmed and told",
    "last_numbers": "counted on from the records, which refuse a number given twice",
    "leases": "which process is the clock",
    "letters": "what is mailed; loses its words after a year",
    "notices": "what somebody is told of records that are held",
    "reminders": "that somebody was reminded",
    "saved_filters": "a convenience of one person",
    "sessions": "change with every page",
    "throttles": "change with every failure",
    "works": "the queue; what was asked for is bound by a key of its own",
}
"""Every table of which the trail does not know how its rows stand, and why not."""


def test_every_table_is_held_or_says_why_not(app: Flask) -> None:
    assert {*Base.metadata.tables} - {*held_tables()} == {*NOT_HELD}, "held by nobody? Say why in NOT_HELD, or __held__ = True"
