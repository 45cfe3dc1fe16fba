"""The bytes of drafts in the instance folder, under their hash and the number of their owner; on no public path."""

import hashlib
import secrets
import time
from collections.abc import Callable, Collection
from datetime import timedelta
from pathlib import Path

from qms.config import present_settings
from qms.kernel.db import OWNER_ONLY

_LEFT_ALONE = timedelta(hours=1)
"""A file that no draft names belongs to one that is being begun, unless it has lain there for so long."""


def store(data: bytes, person_id: int) -> str:
    """Keeps the bytes and answers their hash; written beside and moved, so that nobody reads half a file."""
    sha256 = hashlib.sha256(data).hexdigest()
    path = _path(sha256, person_id)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fresh.touch(OWNER_ONLY)
    fresh.write_bytes(data)
    fresh.replace(path)
    return sha256


def load(sha256: str, person_id: int) -> bytes | None:
    """The very bytes that were kept; None when they are gone or others lie there."""
    try:
        data = _path(sha256, person_id).read_bytes()
    except FileNotFoundError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def remove(sha256: str, person_id: int) -> None:
    """Removes the bytes."""
    _path(sha256, person_id).unlink(missing_ok=True)


def sweep(named: Callable[[], Collection[tuple[str, int]]]) -> int:
    """Removes files that no draft names and that nobody has written for an hour; answers how many.

    ``named`` gives hash and owner of every draft, and is asked only when there are old files.
    """
    oldest = time.time() - _LEFT_ALONE.total_seconds()
    old = [path for path in present_settings().drafts.glob("*") if path.stat().st_mtime < oldest]
    kept = {_path(sha256, person_id) for sha256, person_id in named()} if old else set()
    left = [path for path in old if path not in kept]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _path(sha256: str, person_id: int) -> Path:
    return present_settings().drafts / f"{sha256}-{person_id}"
