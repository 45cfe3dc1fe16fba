"""Whoever changes the database file is found, and the place is named."""

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError

from qms.kernel.db import Base, db, writing
from qms.trail import verify_trail
from qms.trail.heads import lines
from qms.trail.models import TrailEntry, TrailHead, TrailPersonal, TrailSeal
from qms.trail.reading import verify, whole_trail
from qms.trail.verify_trail import (
    COLUMNS,
    Report,
    check,
    check_file,
    export_lines,
    head_of_line,
    read_export,
    read_heads,
    row_hash,
)

from .conftest import Tamper, Trail

TABLES: tuple[type[Base], ...] = (TrailEntry, TrailSeal, TrailPersonal, TrailHead)
EVERY_COLUMN = [(model.__tablename__, column.name) for model in TABLES for column in model.__table__.columns]  # type: ignore[attr-defined]


def found(report: Report, what: str) -> list[tuple[Any, Any, Any]]:
    """Where a fault of that kind is."""
    return [(fault.chain, fault.number, fault.entry_id) for fault in report.faults if fault.what == what]


def place_of(entry_id: int) -> tuple[str, int, int]:
    """Where an entry is sealed."""
    seal = db.session.scalars(select(TrailSeal).where(TrailSeal.entry_id == entry_id)).one()
    return seal.chain, seal.number, entry_id


def test_an_untouched_trail_holds(any_app: Flask, trail: Trail) -> None:
    trail.days()
    trail.deeds(1)
    report = verify()
    assert (report.found, report.sealed, report.unsealed, report.heads) == (0, 38, 4, 3)
    assert report.chains == {"-": 14, "PMA": 12, "PMB": 12}
    assert report.newest_head == "2026-12-02"


@pytest.mark.parametrize(("table", "column"), EVERY_COLUMN, ids=[".".join(one) for one in EVERY_COLUMN])
def test_one_byte_changed_in_any_column_is_found(
    app: Flask, trail: Trail, tamper: Tamper, file: Path, table: str, column: str
) -> None:
    trail.days()
    chain, number, entry_id = place_of(16)
    day = "2026-12-01"
    where = {
        "trail": f"id = {entry_id}",
        "trail_seals": f"entry_id = {entry_id}",
        "trail_personal": f"entry_id = {entry_id} AND field = 'address'",
        "trail_heads": f"day = '{day}'",
    }[table]
    is_number = column in {"id", "person_id", "unit_id", "number", "entry_id"}
    changed = f"coalesce({column}, 0) + 64" if is_number else f"'~' || substr({column}, 2)"
    if column == "day":
        changed = "'2026-12-11'"
    report = tamper(f"UPDATE {table} SET {column} = {changed} WHERE {where}")
    assert report.found
    without_key = check_file(file, None)
    if table == "trail_heads":
        assert any(day in fault.detail for fault in report.faults)
        assert without_key.found, "nobody without the key would see it"
        return
    assert without_key.faults == report.faults
    said = [(fault.chain, fault.number, fault.entry_id) for fault in report.faults]
    if (table, column) == ("trail_seals", "chain"):
        assert (chain, number + 1) in {one[:2] for one in said}, "the gap is named"
    elif (table, column) == ("trail_seals", "number"):
        assert (chain, number + 64, entry_id) in said
    elif (table, column) == ("trail_seals", "entry_id"):
        assert (chain, number, entry_id + 64) in said
    else:
        assert (chain, number, entry_id) in said


def test_a_byte_flipped_in_the_file_itself_is_found(app: Flask, trail: Trail, tamper: Tamper, file: Path) -> None:
    trail.days(1)
    db.session.rollback()
    db.engine.dispose()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(file.read_bytes())
    at = content.index("Theo quyết định mới".encode())
    content[at] ^= 1
    file.write_bytes(content)
    report = check_file(file, None)
    assert [fault.what for fault in report.faults] == ["row_changed"]
    with closing(sqlite3.connect(file)) as connection:
        (entry_id,) = connection.execute("SELECT id FROM trail WHERE reason = 'Uheo quyết định mới'").fetchone()
    assert report.faults[0].entry_id == entry_id


def test_bytes_that_are_no_text_are_found_and_not_fatal(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days(1)
    where = place_of(5)
    assert found(tamper("UPDATE trail SET reason = CAST(x'C3' AS TEXT) WHERE id = 5"), "row_changed") == [where]
    assert found(tamper("UPDATE trail SET reason = x'C3' WHERE id = 5"), "row_changed") == [where]
    assert found(tamper("UPDATE trail SET at = 'yesterday' WHERE id = 5"), "row_changed") == [where]


def test_a_changed_hash_blames_its_own_row_alone(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days(1)
    report = tamper(
        "UPDATE trail_seals SET hash = CASE WHEN hash LIKE '0%' THEN '1' ELSE '0' END || substr(hash, 2)"
        " WHERE chain = 'PMA' AND number = 2"
    )
    assert [(fault.what, fault.chain, fault.number) for fault in report.faults] == [("row_changed", "PMA", 2)]


def test_the_last_rows_removed(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days()
    gone = "SELECT entry_id FROM trail_seals WHERE chain = 'PMA' AND number > 10"
    report = tamper(
        f"DELETE FROM trail_personal WHERE entry_id IN ({gone})",
        f"DELETE FROM trail WHERE id IN ({gone})",
        "DELETE FROM trail_seals WHERE chain = 'PMA' AND number > 10",
    )
    assert found(report, "chain_cut") == [("PMA", 10, None)]
    assert "2026-12-02: 12" in [fault.detail for fault in report.faults if fault.what == "chain_cut"]


def test_only_the_seals_of_the_last_rows_removed(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days()
    report = tamper("DELETE FROM trail_seals WHERE chain = 'PMA' AND number > 10")
    assert found(report, "chain_cut") == [("PMA", 10, None)]
    assert report.unsealed == 1 + 2  # the entry that tells of the newest head, and the two whose seals are gone


def test_rows_removed_in_the_middle(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days()
    gone = "SELECT entry_id FROM trail_seals WHERE chain = 'PMA' AND number BETWEEN 5 AND 7"
    report = tamper(
        f"DELETE FROM trail_personal WHERE entry_id IN ({gone})",
        f"DELETE FROM trail WHERE id IN ({gone})",
        "DELETE FROM trail_seals WHERE chain = 'PMA' AND number BETWEEN 5 AND 7",
    )
    assert [one[:2] for one in found(report, "number_gap")] == [("PMA", 8)]
    assert "5…" in [fault.detail for fault in report.faults]


def test_an_entry_removed_whose_seal_stays(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days(1)
    where = place_of(5)
    report = tamper("DELETE FROM trail WHERE id = 5")
    assert found(report, "row_missing") == [where]
    assert found(report, "row_unknown") == [(None, None, 5)] * 5, "its personal values belong to nobody any more"


def test_a_personal_value_removed_added_or_half_emptied(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days(1)
    where = place_of(5)
    assert found(tamper("DELETE FROM trail_personal WHERE entry_id = 5 AND field = 'owner'"), "beside_missing") == [where]
    assert found(tamper("UPDATE trail_personal SET salt = NULL WHERE entry_id = 6 AND field = 'owner'"), "beside_changed")
    assert found(tamper("INSERT INTO trail_personal VALUES (7, 'x', 'y', 'z')"), "beside_unknown") == [place_of(7)]


def test_a_whole_chain_removed(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days()
    gone = "SELECT entry_id FROM trail_seals WHERE chain = 'PMB'"
    report = tamper(
        f"DELETE FROM trail_personal WHERE entry_id IN ({gone})",
        f"DELETE FROM trail WHERE id IN ({gone})",
        "DELETE FROM trail_seals WHERE chain = 'PMB'",
    )
    assert found(report, "chain_missing") == [("PMB", None, None)]


def test_two_rows_swapped(app: Flask, trail: Trail, tamper: Tamper) -> None:
    trail.days(1)
    first, second = place_of(1), place_of(4)
    report = tamper(
        "UPDATE trail SET id = -1 WHERE id = 1", "UPDATE trail SET id = 1 WHERE id = 4", "UPDATE trail SET id = 4 WHERE id = -1"
    )
    assert found(report, "row_changed") == [first, second]


@pytest.mark.parametrize("day", ["2026-11-30", "2026-12-01", "2026-12-02"])
def test_a_head_removed(app: Flask, trail: Trail, tamper: Tamper, day: str) -> None:
    trail.days()
    report = tamper(f"DELETE FROM trail_heads WHERE day = '{day}'")
    assert day in [fault.detail for fault in report.faults if fault.what == "head_missing"]


def test_all_heads_removed_with_the_entries_that_tell_of_them_is_found_by_a_kept_head(
    app: Flask, trail: Trail, tamper: Tamper, tmp_path: Path
) -> None:
    trail.days(1)
    kept = list(lines())
    report = tamper("DELETE FROM trail_heads", "DELETE FROM trail_personal", "DELETE FROM trail", "DELETE FROM trail_seals")
    assert not report.found, "an empty trail tells nothing"
    report = verify([head_of_line(line) for line in kept])
    assert found(report, "chain_missing") == [("-", None, None), ("PMA", None, None), ("PMB", None, None)]
    assert [fault.detail for fault in report.faults if fault.what == "head_missing"] == ["2026-11-30"]


def rewrite(file: Path, reason: str) -> None:
    """What a clever forger does: changes a row, and makes all hashes after it anew; that needs no key."""
    with closing(sqlite3.connect(file)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("UPDATE trail SET reason = ? WHERE id = 4", (reason,))
        before = verify_trail.BEGINNING
        entry = ", ".join(f"t.{name}" for name in COLUMNS)
        query = f"SELECT s.number, {entry} FROM trail_seals s JOIN trail t ON t.id = s.entry_id WHERE s.chain = 'PMA' ORDER BY 1"
        for number, *row in connection.execute(query).fetchall():
            row[1] = verify_trail.sqlite_instant(row[1])
            before = row_hash(before, "PMA", number, row)
            connection.execute("UPDATE trail_seals SET hash = ? WHERE chain = 'PMA' AND number = ?", (before, number))
        connection.commit()


def test_a_chain_rewritten_with_right_hashes_is_found_by_the_heads(app: Flask, trail: Trail, file: Path) -> None:
    trail.days()
    db.session.rollback()
    rewrite(file, "gefälscht")
    report = verify()
    assert [one[:2] for one in found(report, "chain_rewritten")] == [("PMA", 4), ("PMA", 8), ("PMA", 12)]
    assert "2026-11-30; 1…4" in [fault.detail for fault in report.faults], "the rows that may be false are named"


def test_heads_rewritten_too_are_found_by_the_key_and_by_a_kept_head(app: Flask, trail: Trail, file: Path) -> None:
    trail.days()
    kept = [head_of_line(line) for line in lines()]
    db.session.rollback()
    rewrite(file, "gefälscht")
    before = None
    with closing(sqlite3.connect(file)) as connection:
        ends = dict(connection.execute("SELECT number, hash FROM trail_seals WHERE chain = 'PMA'"))
        for day, written in connection.execute("SELECT day, body FROM trail_heads ORDER BY day").fetchall():
            body = json.loads(written)
            for one in body["chains"]:
                if one["chain"] == "PMA":
                    one["hash"] = ends[one["number"]]
            body["previous"] = before
            false = verify_trail.canonical(body)
            before = verify_trail.sha256(false)
            connection.execute("UPDATE trail_heads SET body = ? WHERE day = ?", (false, day))
        connection.commit()
    report = verify()
    assert {fault.what for fault in report.faults} == {"head_seal", "head_changed"}
    assert "chain_rewritten" in {fault.what for fault in check_file(file, kept).faults}


def test_verify_says_how_many_rows_are_not_sealed_yet(any_app: Flask, trail: Trail) -> None:
    trail.deeds()
    assert (verify().sealed, verify().unsealed) == (0, 12)
    trail.seal()
    trail.deeds(1)
    assert (verify().sealed, verify().unsealed, verify().after_head) == (12, 3, 12)


def test_the_export_of_both_databases_is_checked_row_by_row(any_app: Flask, trail: Trail) -> None:
    trail.days()
    trail.deeds(1)
    with whole_trail() as (heads, rows):
        exported = list(export_lines(heads, rows))
    assert not check(*read_export(exported)).found
    assert check(*read_export(exported)).as_dict() == verify().as_dict()
    for number, line in enumerate(exported):
        if "Theo quyết định mới" in line and '"row":[null' not in line:
            exported[number] = line.replace("Theo quyết", "Theo quyêt")
            break
    assert [fault.what for fault in check(*read_export(exported)).faults] == ["row_changed"]
    assert found(check(*read_export(exported[:-10])), "chain_cut")


def test_verify_trail_runs_alone_on_a_copied_file(app: Flask, trail: Trail, file: Path, tmp_path: Path) -> None:
    trail.days()
    alone = tmp_path / "elsewhere"
    alone.mkdir()
    shutil.copy(verify_trail.__file__, alone / "verify_trail.py")
    (alone / "heads.jsonl").write_text("".join(lines()), encoding="utf-8")
    with whole_trail() as (heads, rows):
        (alone / "trail.jsonl").write_text("\n".join(export_lines(heads, rows)), encoding="utf-8")
    db.session.rollback()
    db.engine.dispose()
    shutil.copy(file, alone / "copy.sqlite3")

    def run(*arguments: str) -> tuple[int, str, str]:
        done = subprocess.run(
            [sys.executable, "-I", "verify_trail.py", *arguments], cwd=alone, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout, done.stderr

    for trail_file in ("copy.sqlite3", "trail.jsonl"):
        code, out, _err = run(trail_file, "heads.jsonl")
        assert code == 0, out
        assert "Dòng đã chốt: 38" in out
        assert "Nhật ký nguyên vẹn." in out
    with closing(sqlite3.connect(alone / "copy.sqlite3")) as connection:
        connection.execute("DROP TRIGGER trail_no_update")
        connection.execute("UPDATE trail SET deed = 'other' WHERE id = 5")
        connection.commit()
    code, out, _err = run("copy.sqlite3", "heads.jsonl", "--language", "en")
    assert code == 1
    assert "chain PMB, number 2, entry 5: the row is not what was sealed" in out
    assert "FAULTS FOUND: 1." in out
    for wrong in (("missing.sqlite3",), ("heads.jsonl",), ("copy.sqlite3", "trail.jsonl")):
        code, out, err = run(*wrong)
        assert (code, out) == (2, ""), wrong
        assert len(err.strip().splitlines()) == 1, err


def test_a_published_list_with_a_hole_or_a_false_line_is_found(any_app: Flask, trail: Trail) -> None:
    trail.days()
    published = list(lines())
    assert not verify(read_heads("\n".join(published))).found
    assert not verify(read_heads("\n".join(published[1:]))).found, "a list may begin on any day"
    with_a_hole = verify(read_heads(published[0] + published[2]))
    assert [(fault.what, fault.detail) for fault in with_a_hole.faults] == [("head_order", "2026-12-02")]
    false = verify(read_heads(published[0] + published[1].replace('"unsealed":0', '"unsealed":1') + published[2]))
    assert {fault.what for fault in false.faults} == {"head_changed", "head_order"}


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model.__tablename__)
def test_the_database_refuses_to_change_or_remove_anything(any_app: Flask, trail: Trail, model: type[Base]) -> None:
    trail.days(1)
    table = model.__tablename__
    statements = [f"DELETE FROM {table}"]
    statements += [f"UPDATE {table} SET {column.name} = {column.name}" for column in model.__table__.columns]  # type: ignore[attr-defined]
    if any_app.extensions["qms.settings"].is_sqlite:
        statements.append(f"REPLACE INTO {table} SELECT * FROM {table}")
    else:
        statements.append(f"TRUNCATE {table} CASCADE")
    for statement in statements:
        with pytest.raises(DatabaseError), writing() as session:
            session.execute(text(statement))
    assert not verify().found
