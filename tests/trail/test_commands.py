"""`qms verify` and `qms trail` as a person at a terminal meets them."""

import json
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from qms.cli import main
from qms.kernel.db import db
from qms.trail import verify_trail

from .conftest import Trail


@pytest.fixture
def qms(any_app: Flask, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> object:
    """``qms("verify")`` on the database of the test; answers with exit code, standard output and standard error."""
    for name in [name for name in os.environ if name.startswith("QMS_")]:
        monkeypatch.delenv(name)
    settings = any_app.extensions["qms.settings"]
    monkeypatch.setenv("QMS_INSTANCE", str(settings.instance))
    monkeypatch.setenv("QMS_DATABASE_URL", settings.database_url)

    def call(*arguments: object) -> tuple[int, str, str]:
        db.session.rollback()
        capfd.readouterr()
        try:
            code = main([str(argument) for argument in arguments])
        except SystemExit as end:
            code = end.code
        told = capfd.readouterr()
        return int(code or 0), told.out, told.err

    return call


def test_verify_says_what_holds_and_how_many_rows_are_not_sealed_yet(trail: Trail, qms) -> None:
    trail.days()
    trail.deeds(1)
    code, out, _err = qms("verify")
    assert code == 0
    assert "Dòng đã chốt: 38" in out
    assert "Dòng chưa chốt: 4" in out
    assert out.splitlines()[-1] == "Nhật ký nguyên vẹn."
    code, out, _err = qms("verify", "--format", "json")
    told = json.loads(out)
    assert (code, told["intact"], told["sealed"], told["not_sealed_yet"]) == (0, True, 38, 4)


def test_heads_and_export_are_written_and_checked_by_anybody(trail: Trail, qms, tmp_path: Path) -> None:
    trail.days()
    heads, whole = tmp_path / "heads.jsonl", tmp_path / "trail.jsonl"
    assert qms("trail", "heads", heads)[0] == 0
    assert qms("trail", "export", whole)[0] == 0
    assert stat.S_IMODE(whole.stat().st_mode) == 0o600, "it holds names and addresses"
    assert len(heads.read_text(encoding="utf-8").splitlines()) == 3
    assert verify_trail.main([str(whole), str(heads)]) == 0
    assert qms("verify", "--heads", heads)[0] == 0
    text = whole.read_text(encoding="utf-8")
    whole.write_text(text.replace('"10.0.0.7"', '"10.0.0.8"', 1), encoding="utf-8")
    assert verify_trail.main([str(whole), str(heads)]) == 1


def test_a_key_is_rotated_by_command(trail: Trail, qms) -> None:
    trail.days(1)
    code, out, _err = qms("trail", "rotate-key")
    assert code == 0
    keys = json.loads((Path(os.environ["QMS_INSTANCE"]) / "trail_keys.json").read_text(encoding="ascii"))
    assert keys["current"] in out
    assert len(keys["keys"]) == 2
    trail.days(1)
    assert qms("verify")[0] == 0


def test_what_cannot_be_read_is_one_sentence(trail: Trail, qms, tmp_path: Path) -> None:
    nonsense = tmp_path / "heads.jsonl"
    nonsense.write_text("no heads", encoding="utf-8")
    for arguments in (("verify", "--heads", nonsense), ("verify", "--heads", tmp_path / "missing")):
        code, out, err = qms(*arguments)
        assert (code > 0, out, len(err.strip().splitlines())) == (True, "", 1), err
    (Path(os.environ["QMS_INSTANCE"]) / "trail_keys.json").write_text("broken", encoding="ascii")
    code, out, err = qms("verify")
    assert (code, out) == (1, "")
    assert "trail_keys.json" in err


def test_verify_fails_when_something_was_changed(app: Flask, office, monkeypatch, capfd: pytest.CaptureFixture[str]) -> None:
    Trail(office).days(1)
    file = Path(db.engine.url.database or "")
    monkeypatch.setenv("QMS_INSTANCE", str(app.extensions["qms.settings"].instance))
    monkeypatch.setenv("QMS_DATABASE_URL", f"sqlite:///{file}")
    db.session.rollback()
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("DROP TRIGGER trail_no_update")
        connection.execute("UPDATE trail SET deed = 'x' WHERE id = 1")
        connection.commit()
    with pytest.raises(SystemExit) as end:
        main(["verify", "--format", "json"])
    assert end.value.code == 1
    told = json.loads(capfd.readouterr().out)
    assert [(one["what"], one["chain"], one["number"], one["entry_id"]) for one in told["faults"]] == [
        ("row_changed", "PMA", 1, 1)
    ]
