"""A workbook between its preview and its confirmation: kept under its hash, named by a signed token, gone afterwards."""

import hashlib
import time
from pathlib import Path

from flask import current_app
from itsdangerous import BadSignature, URLSafeTimedSerializer

from qms.config import present_settings

_KEPT_SECONDS = 3600


def keep(data: bytes, person_id: int | None) -> str:
    """Keeps the bytes for an hour and returns the token that brings them back to the same person."""
    digest = hashlib.sha256(data).hexdigest()
    folder = _folder()
    folder.mkdir(parents=True, exist_ok=True)
    _sweep(folder)
    path = _path(digest, person_id)
    fresh = path.with_suffix(".part")
    fresh.write_bytes(data)
    fresh.replace(path)
    return str(_signer().dumps([digest, person_id]))


def fetch(token: str, person_id: int | None) -> bytes | None:
    """The very bytes that were kept; None when the token is not the person's, is too old, or the bytes are gone."""
    path = _named(token, person_id)
    try:
        data = path.read_bytes() if path is not None else None
    except FileNotFoundError:
        return None
    return data if data is not None and path is not None and path.name.startswith(hashlib.sha256(data).hexdigest()) else None


def forget(token: str, person_id: int | None) -> None:
    """Removes the bytes."""
    path = _named(token, person_id)
    if path is not None:
        path.unlink(missing_ok=True)


def _named(token: str, person_id: int | None) -> Path | None:
    try:
        digest, owner = _signer().loads(token, max_age=_KEPT_SECONDS)
    except BadSignature:
        return None
    return _path(str(digest), person_id) if owner == person_id else None


def _folder() -> Path:
    return present_settings().instance / "uploads"


def _path(digest: str, person_id: int | None) -> Path:
    return _folder() / f"{digest}-{person_id}.xlsx"


def _signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(str(current_app.secret_key), salt="qms.imports.uploads")


def _sweep(folder: Path) -> None:
    """Removes what nobody confirmed in time."""
    oldest = time.time() - _KEPT_SECONDS
    for path in folder.iterdir():
        try:
            if path.stat().st_mtime < oldest:
                path.unlink()
        except FileNotFoundError:  # another upload swept it
            continue
