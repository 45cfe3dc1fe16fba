"""Backup and restore: one zip with the database, the files, the settings and a list of hashes."""

import hashlib
import json
import os
import re
import shutil
import sqlite3
import subprocess
import tempfile
import zipfile
import zlib
from contextlib import closing
from pathlib import Path

from sqlalchemy.engine import make_url

from qms import __version__
from qms.config import Settings
from qms.kernel.db import keep_to_owner

FORMAT = 1

KEY_FILES = ("secret_key", "trail_keys.json")
"""What must not lie beside the database it protects, unless it is asked for."""

UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, LookupError, ValueError, TypeError)
"""What reading a damaged or foreign zip may raise."""

SECRET_SETTING = re.compile(r"^[ \t]*\"?secret_key\"?[ \t]*=.*$\n?", re.MULTILINE)


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
        parts |= _instance_files(settings.instance, Path(scratch), with_keys)
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


def _instance_files(instance: Path, scratch: Path, with_keys: bool) -> dict[str, Path]:
    """The settings, and the secret key only when asked: a key that stands in the settings is left out like the file."""
    found = {name: instance / name for name in ("settings.toml", *KEY_FILES) if (instance / name).is_file()}
    if not with_keys:
        for name in KEY_FILES:
            found.pop(name, None)
        if "settings.toml" in found:
            public = scratch / "settings.toml"
            public.write_text(SECRET_SETTING.sub("", found["settings.toml"].read_text(encoding="utf-8")), encoding="utf-8")
            found["settings.toml"] = public
    return found


def restore_into(settings: Settings, source: Path) -> None:
    """Restores into an instance without a database. Every hash is checked before anything is put into place.

    Settings that are there already stay. Raises ``BackupError`` when there is a database or the backup is damaged.
    """
    with tempfile.TemporaryDirectory(dir=settings.instance) as folder:
        scratch = Path(folder)
        try:
            names = _unpack(settings, source, scratch)
        except UNREADABLE as error:
            raise BackupError(f"{source.name} is not a backup of this program, or it is damaged.") from error
        _load(settings, scratch / "database")
        for name in names:
            place = _place(settings, name)
            if place is None or (name == "settings.toml" and place.exists()):
                continue
            place.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(scratch / name, place)
            if not name.startswith("files/"):
                place.chmod(0o600)


def _unpack(settings: Settings, source: Path, scratch: Path) -> list[str]:
    """Unpacks what the manifest names, compares the hashes, and answers with the names."""
    with zipfile.ZipFile(source) as archive:
        head = json.loads(archive.read("manifest.json"))
        if head["format"] != FORMAT:
            raise BackupError(f"{source.name} is a backup of an unknown format.")
        wanted = "sqlite" if settings.is_sqlite else "postgresql"
        if head["database"] != wanted:
            raise BackupError(f"{source.name} holds a {head['database']} database, this instance uses {wanted}.")
        names = list(head["sha256"])
        if "database" not in names:
            raise BackupError(f"{source.name} holds no database.")
        for name in names:
            part = (scratch / name).resolve()
            if not part.is_relative_to(scratch.resolve()):
                raise BackupError(f"{source.name} names a file outside the instance.")
            part.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(name) as packed, part.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
            if _sha256(part) != head["sha256"][name]:
                raise BackupError(f"{source.name} is damaged: {name} is not what was backed up.")
    return names


def _place(settings: Settings, name: str) -> Path | None:
    """Where a part of the backup belongs; None for the database, which is loaded, and for what is no part of an instance."""
    if name in {"settings.toml", *KEY_FILES}:
        return settings.instance / name
    place = (settings.files / name.removeprefix("files/")).resolve()
    return place if name.startswith("files/") and place.is_relative_to(settings.files.resolve()) else None


def _sqlite_path(settings: Settings) -> Path:
    return Path(make_url(settings.database_url).database or "")


def _dump(settings: Settings, target: Path) -> None:
    if settings.is_sqlite:
        with closing(sqlite3.connect(_sqlite_path(settings))) as live, closing(sqlite3.connect(target)) as copy:
            live.backup(copy)
        return
    _tool(settings, ["pg_dump", "--format=custom", "--no-owner", f"--file={target}"])


def _load(settings: Settings, dump: Path) -> None:
    if settings.is_sqlite:
        place = _sqlite_path(settings)
        if place.exists() and place.stat().st_size:
            raise BackupError(f"There is a database at {place} already; a backup is restored into an empty instance only.")
        keep_to_owner(place)
        shutil.copyfile(dump, place)
        return
    _tool(settings, ["pg_restore", "--no-owner", "--exit-on-error", "--single-transaction", str(dump)])


def _tool(settings: Settings, command: list[str]) -> None:
    """Runs a program of PostgreSQL; the password goes by the environment, where other people of the machine cannot read it."""
    url = make_url(settings.database_url).set(drivername="postgresql")
    address = url._replace(password=None).render_as_string(hide_password=False)
    environment = dict(os.environ) | ({"PGPASSWORD": str(url.password)} if url.password else {})
    try:
        done = subprocess.run([*command, f"--dbname={address}"], capture_output=True, text=True, check=False, env=environment)
    except FileNotFoundError as error:
        raise BackupError(f"The program {command[0]} of PostgreSQL is needed and was not found.") from error
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise BackupError(f"{command[0]} failed: {last[0].rstrip('.')}.")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
