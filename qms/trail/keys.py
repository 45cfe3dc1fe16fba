"""The keys of the daily heads: in a file of the instance folder, never in the database whose rows they protect.

A key has a name. A new one can be made current at any time; old ones stay, so that old heads can still be checked.
"""

import hashlib
import hmac
import json
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from qms.config import present_settings

FILE = "trail_keys.json"
WRITERS = b"QMS: how rows stand"
"""Purpose of the key of the writers: a head can never be taken for what a writer told, nor the other way round."""
WORKS = b"QMS: what a person asked the queue for"
"""Purpose of the key under which work waits in the queue."""


class KeysUnreadable(Exception):
    """The file of the keys is not what this program wrote; the message is one sentence."""


@dataclass(frozen=True)
class Keys:
    """Name of the current key, and every key by its name."""

    current: str
    keys: dict[str, bytes]

    def seal(self, body: str, key_id: str | None = None) -> str | None:
        """HMAC-SHA-256 of a text with the current or a named key; None when there is no such key."""
        key = self.keys.get(self.current if key_id is None else key_id)
        return None if key is None else hmac.new(key, body.encode(), hashlib.sha256).hexdigest()

    def writers(self, key_id: str | None = None) -> bytes | None:
        """The key under which writers tell how rows stand, made from the current or a named key; None when there is no such."""
        return self._made(WRITERS, key_id)

    def works(self, key_id: str | None = None) -> bytes | None:
        """The key under which work waits in the queue, made in the same way."""
        return self._made(WORKS, key_id)

    def _made(self, purpose: bytes, key_id: str | None) -> bytes | None:
        key = self.keys.get(self.current if key_id is None else key_id)
        return None if key is None else hmac.digest(key, purpose, "sha256")


def keys_file() -> Path:
    """Where the keys of this instance lie."""
    folder = present_settings().instance
    return folder / FILE


def load_keys() -> Keys:
    """The keys; makes the first one when there is none. Raises ``KeysUnreadable``, ``OSError``."""
    path = keys_file()
    if not path.exists():
        key_id, key = _new_key()
        with suppress(FileExistsError):  # another process was faster
            _put(path, Keys(key_id, {key_id: key}))
    return _read(path)


def present_keys() -> Keys:
    """The keys, read again only when the file changes: each transaction asks for them. Raises ``KeysUnreadable``, ``OSError``."""
    path = keys_file()
    try:
        changed = path.stat().st_mtime_ns
    except FileNotFoundError:
        load_keys()
        changed = path.stat().st_mtime_ns
    return _read_once(path, changed)


@lru_cache(maxsize=4)
def _read_once(path: Path, _changed: int) -> Keys:
    return _read(path)


def rotate_keys() -> str:
    """Adds a key and makes it the current one; answers with its name. Raises ``KeysUnreadable``, ``OSError``."""
    path = keys_file()
    old = load_keys()
    key_id, key = _new_key()
    _write_beside(path, Keys(key_id, {**old.keys, key_id: key})).replace(path)
    return key_id


def _new_key() -> tuple[str, bytes]:
    return f"k{secrets.token_hex(4)}", secrets.token_bytes(32)


def _read(path: Path) -> Keys:
    try:
        found = json.loads(path.read_text(encoding="ascii"))
        keys = Keys(found["current"], {name: bytes.fromhex(key) for name, key in found["keys"].items()})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeysUnreadable(f"{path} does not hold the keys of the trail; take the file from a backup.") from error
    if not keys.keys.get(keys.current):
        raise KeysUnreadable(f"{path} names a current key that it does not hold; take the file from a backup.")
    return keys


def _put(path: Path, keys: Keys) -> None:
    """Whole or not at all, and never over another one: a reader must not meet a file that is still being written."""
    beside = _write_beside(path, keys)
    try:
        os.link(beside, path)
    finally:
        beside.unlink()


def _write_beside(path: Path, keys: Keys) -> Path:
    text = json.dumps({"current": keys.current, "keys": {name: key.hex() for name, key in keys.keys.items()}}, indent=1)
    beside = path.with_name(f"{FILE}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(text + "\n")
        file.flush()
        os.fsync(file.fileno())
    return beside
