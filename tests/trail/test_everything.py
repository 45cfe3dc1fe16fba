"""What is kept beside the rows is held too: runs by their seal, papers and files by their bytes; the night says so loudly."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import LargeBinary

from audits.models import AuditState, PaperKind, Question
from audits.papers import keeping as papers_of_audits
from nonconformities.models import NonconformityState
from nonconformities.paper import keeping as papers_of_nonconformities
from qms.accounts.permissions import Role
from qms.config import present_settings
from qms.evaluation.models import RunOrigin
from qms.evaluation.report import keep as keep_paper
from qms.evaluation.service import evaluate, store
from qms.files.service import Picture, keep, path_of, store_bytes
from qms.journal.heads import make_daily_head
from qms.journal.verification import last_night, nightly_period, verify_all, verify_nightly
from qms.kernel.db import Base, db, writing
from qms.kernel.language import LANGUAGES
from qms.kernel.moment import system_moment
from qms.trail.heads import newest
from qms.trail.kept_bytes import HASH, tables_with_bytes
from qms.trail.service import record
from qms.trail.standing import covered, held_tables
from tests.office import TODAY, Office, moment_of

from .conftest import Attack

SignIn = Callable[..., object]
OF_BYTES = {"sqlite": "BLOB", "postgresql": "BYTEA"}


def found() -> set[tuple[str, str]]:
    """Everything that is wrong beside the chains, as (what, where)."""
    return {(one.what, one.place) for one in verify_all(lambda _what, _count: None).findings if not one.what.startswith("schema")}


@pytest.fixture
def run(any_app: Flask, office: Office) -> int:
    """A stored run of two wards, with an issued paper."""
    for code in ("PMA", "PMB"):
        office.announcement(office.agency(code))
    outcome = evaluate(TODAY, office.moment())
    with writing():
        stored = store(outcome, office.moment(), RunOrigin.PERSON)
        keep_paper(stored, "pdf", LANGUAGES[0], b"%PDF the paper", office.moment())
        run_id = stored.id
    assert found() == set()
    return run_id


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        (
            ["UPDATE evaluation_units SET verdict = 'maintains', timely_verdict = 'maintains'"],
            ("run_changed", "evaluation_runs"),
        ),
        (["UPDATE evaluation_results SET met = 0, late = 0, total = 9"], ("run_changed", "evaluation_runs")),
        (["DELETE FROM evaluation_results WHERE position = 0"], ("run_changed", "evaluation_runs")),
        (["UPDATE evaluation_runs SET seal = '0'"], ("row_changed", "evaluation_runs")),
        (["DELETE FROM issued_papers", "DELETE FROM evaluation_runs"], ("row_gone", "evaluation_runs")),
        (["UPDATE issued_papers SET content = CAST('x' AS {bytes})"], ("bytes_changed", "issued_papers")),
        (["UPDATE issued_papers SET sha256 = 'x'"], ("row_changed", "issued_papers")),
    ],
)
def test_a_stored_run_or_paper_changed_by_another_hand_is_found(
    run: int, attack: Attack, statements: list[str], expected: tuple[str, str]
) -> None:
    attack(*(statement.format(bytes=OF_BYTES[db.engine.dialect.name]) for statement in statements))
    assert expected in found()


@pytest.mark.parametrize("table", ["audit_papers", "nonconformity_papers"])
def test_bytes_of_a_paper_of_a_record_that_changed_are_found(any_app: Flask, office: Office, attack: Attack, table: str) -> None:
    ward, moment = office.agency("PMA"), office.moment()
    audit, nc = office.audit(ward, state=AuditState.UNDER_WAY), office.nonconformity(ward, state=NonconformityState.CLOSED)
    with writing():
        papers_of_audits.keep(audit, PaperKind.PLAN, b"%PDF the plan", moment)
        papers_of_nonconformities.keep(nc, b"%PDF the record", moment)
    assert found() == set()
    attack(f"UPDATE {table} SET content = CAST('x' AS {OF_BYTES[db.engine.dialect.name]})")
    assert found() == {("bytes_changed", table)}
    if db.engine.dialect.name == "sqlite":
        attack(f"UPDATE {table} SET content = 'no bytes at all'")
        assert found() == {("bytes_changed", table)}, "and the check goes on"


def test_every_column_of_bytes_is_held_against_a_hash_that_is_held_itself(app: Flask) -> None:
    columns = {
        (table.name, column.name)
        for table in Base.metadata.tables.values()
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    checked = {(table.name, name) for table, names in tables_with_bytes().items() for name in names}
    assert columns == checked
    assert {("audit_papers", "content"), ("nonconformity_papers", "content"), ("issued_papers", "content")} <= columns
    for name, _column in columns:
        assert name in held_tables() and HASH in covered(name), f"the hash beside the bytes of {name} is held by nothing"


def test_bytes_of_a_file_that_changed_or_went_are_found(any_app: Flask, office: Office) -> None:
    office.unit("A")
    picture = Picture("anh.jpg", b"a picture", "0" * 64)
    store_bytes(picture, present_settings().files)
    with writing():
        keep(picture, office.moment())
        record(office.moment(), "file", "1", "upload")
    assert ("file_changed", "files") in found(), "the hash of the builder is not that of the bytes"
    path_of(present_settings().files, picture.sha256).unlink()
    assert ("file_gone", "files") in found()


def test_an_answer_of_an_audit_replaced_is_found(any_app: Flask, office: Office, attack: Attack) -> None:
    question = office.question(office.audit(office.agency("PMA")))
    assert found() == set()
    attack(f"UPDATE {Question.__tablename__} SET answer = 'not_applicable', reason = 'x' WHERE id = {question.id}")
    assert found() == {("row_changed", Question.__tablename__)}


def test_who_stands_above_a_unit_is_held_against_the_parents(any_app: Flask, office: Office, attack: Attack) -> None:
    ward = office.agency("PMA")
    division, other = office.unit("A", parent=ward), office.agency("PMB")
    assert found() == set()
    attack(f"INSERT INTO unit_ancestry (unit_id, ancestor_id) VALUES ({division.id}, {other.id})")
    assert found() == {("ancestry_changed", "unit_ancestry")}, "whoever has a role in the other agency would reach the division"
    attack(f"DELETE FROM unit_ancestry WHERE unit_id = {division.id} AND ancestor_id = {other.id}")
    assert found() == set()
    attack(f"DELETE FROM unit_ancestry WHERE unit_id = {division.id} AND ancestor_id = {ward.id}")
    assert found() == {("ancestry_changed", "unit_ancestry")}


def night(day: date) -> str:
    """What the clock does in a night; answers with what it tells the ledger."""
    moment = moment_of(None, day)
    step = verify_nightly(day.isoformat(), moment)
    with writing():
        return step()


def test_the_night_tells_the_trail_the_head_and_the_ledger(any_app: Flask, office: Office, attack: Attack) -> None:
    office.agency("PMA")
    with writing():
        record(office.moment(), "unit", "PMA", "open")
    assert night(TODAY).startswith("0 / ") or db.engine.dialect.name != "sqlite"
    attack("UPDATE units SET name = 'Khác'")
    night(TODAY + timedelta(days=1))
    last = last_night()
    assert last is not None
    assert last.found > 0
    assert any(sentence.startswith("units, 1") for sentence in last.named)
    make_daily_head(TODAY.isoformat(), moment_of(None, TODAY + timedelta(days=2)))
    head = newest()
    assert head is not None
    assert json.loads(head.body)["checked"] == {"day": last.day.isoformat(), "found": last.found}


def test_a_night_is_owed_once_a_day_after_the_first_deed(any_app: Flask, office: Office) -> None:
    late = datetime(2026, 12, 1, 20, tzinfo=UTC)  # three in the morning here
    assert nightly_period(late) is None, "nothing has happened yet"
    office.agency("PMA")
    with writing():
        record(office.moment(), "unit", "PMA", "open")
    assert nightly_period(late) == "2026-12-02"
    assert nightly_period(late - timedelta(hours=2)) is None, "the night's hour has not come"


def test_the_administrator_sees_it_loudly_and_nobody_else(
    app: Flask, office: Office, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward = office.agency("PMA")
    office.person("quan-tri", unit=ward, role=Role.ADMINISTRATOR)
    office.person("can-bo", unit=ward, role=Role.STAFF)
    for username, loud in (("quan-tri", True), ("can-bo", False)):
        client = app.test_client()
        sign_in(client, username)
        assert ("QMS_TRAIL_HEAD_TO" in client.get("/").text) is loud
        night_found(2)
        assert ("Đợt kiểm tra ngày" in client.get("/").text) is loud
    monkeypatch.setattr("qms.journal.alarms.mail_configured", lambda: True)
    object.__setattr__(app.extensions["qms.settings"], "trail_head_to", "luu-tru@example.vn")
    night_found(0)
    client = app.test_client()
    sign_in(client, "quan-tri")
    assert 'role="alert"' not in client.get("/").text


def night_found(number: int) -> None:
    """The entry of last night, as the clock writes it."""
    moment = system_moment()
    with writing():
        record(moment, "verification", moment.today.isoformat(), "verify", changes={"found": [None, number]})
