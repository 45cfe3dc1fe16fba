"""Backup and restore: one zip with the database, the files, the settings and a list of hashes."""

import hashlib
import json
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
from pathlib import Path

from sqlalchemy.engine import make_url

from qms import __version__
from qms.config import Settings

FORMAT = 1


class BackupError(Exception):
    """A backup that cannot be made or used; the message is one sentence."""


def back_up(settings: Settings, target: Path, *, with_keys: bool = False) -> None:
    """Writes database (SQLite's backup API or pg_dump), files and settings; the secret key only when asked.

    Raises ``BackupError``, ``OSError``. The target appears only when it is complete.
    """
    with tempfile.TemporaryDirectory(dir=target.resolve().parent) as scratch:
        dump = Path(scratch, "database")
        _dump(settings, dump)
        parts = {"database": dump}
        if settings.files.is_dir():
            parts |= {f"files/{path.relative_to(settings.files)}": path for path in settings.files.rglob("*") if path.is_file()}
        named = ["settings.toml", *(["secret_key"] if with_keys else [])]
        parts |= {name: settings.instance / name for name in named if (settings.instance / name).is_file()}
        whole = Path(scratch, "whole.zip")
        with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, path in parts.items():
                archive.write(path, name)
            head = {
                "format": FORMAT,
                "version": __version__,
                "database": "sqlite" if settings.is_sqlite else "postgresql",
                "sha256": {name: _sha256(path) for name, path in parts.items()},
            }
            archive.writestr("manifest.json", json.dumps(head, indent=1, sort_keys=True))
        whole.chmod(0o600)
        shutil.move(whole, target)


def restore_into(settings: Settings, source: Path) -> None:
    """Restores into an instance without a database. Raises ``BackupError`` when it is not empty or a hash differs."""
    try:
        with zipfile.ZipFile(source) as archive, tempfile.TemporaryDirectory(dir=settings.instance) as scratch:
            head = json.loads(archive.read("manifest.json"))
            if head.get("format") != FORMAT:
                raise BackupError(f"{source.name} is a backup of an unknown format.")
            wanted = "sqlite" if settings.is_sqlite else "postgresql"
            if head["database"] != wanted:
                raise BackupError(f"{source.name} holds a {head['database']} database, this instance uses {wanted}.")
            for name, digest in head["sha256"].items():
                part = Path(scratch, name).resolve()
                if not part.is_relative_to(Path(scratch).resolve()):
                    raise BackupError(f"{source.name} names a file outside the instance.")
                part.parent.mkdir(parents=True, exist_ok=True)
                with archive.open(name) as packed, part.open("wb") as unpacked:
                    shutil.copyfileobj(packed, unpacked)
                if _sha256(part) != digest:
                    raise BackupError(f"{source.name} is damaged: {name} is not what was backed up.")
            _load(settings, Path(scratch, "database"))
            for name in head["sha256"]:
                if name != "database":
                    place = (
                        settings.files / name.removeprefix("files/") if name.startswith("files/") else settings.instance / name
                    )
                    place.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copyfile(Path(scratch, name), place)
                    if name == "secret_key":
                        place.chmod(0o600)
    except (zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise BackupError(f"{source.name} is not a backup of this program, or it is damaged.") from error


def _sqlite_path(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def _libpq_url(settings: Settings) -> str:
    return make_url(settings.database_url).set(drivername="postgresql").render_as_string(hide_password=False)


def _dump(settings: Settings, target: Path) -> None:
    if settings.is_sqlite:
        with sqlite3.connect(_sqlite_path(settings)) as live, sqlite3.connect(target) as copy:
            live.backup(copy)
        copy.close()
        live.close()
        return
    _tool(["pg_dump", "--format=custom", "--no-owner", f"--file={target}", f"--dbname={_libpq_url(settings)}"])


def _load(settings: Settings, dump: Path) -> None:
    if settings.is_sqlite:
        place = _sqlite_path(settings)
        if place.exists() and place.stat().st_size:
            raise BackupError(f"There is a database at {place} already; a backup is restored into an empty instance only.")
        shutil.copyfile(dump, place)
        return
    _tool(["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", f"--dbname={_libpq_url(settings)}", str(dump)])


def _tool(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError as error:
        raise BackupError(f"The program {command[0]} of PostgreSQL is needed and was not found.") from error
    if done.returncode:
        raise BackupError(
            f"{command[0]} failed: {done.stderr.strip().splitlines()[-1] if done.stderr.strip() else done.returncode}."
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
