"""Secrets at rest: sealed with a key derived from the secret key of the installation, so a copy of the database holds none."""

import base64
import os
from binascii import Error as NotBase64
from functools import lru_cache
from typing import TYPE_CHECKING

from qms.config import present_settings
from qms.kernel.later import later

if TYPE_CHECKING:
    from cryptography import exceptions
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.ciphers import aead
    from cryptography.hazmat.primitives.kdf import hkdf
else:
    exceptions = later("cryptography.exceptions")
    hashes = later("cryptography.hazmat.primitives.hashes")
    aead = later("cryptography.hazmat.primitives.ciphers.aead")
    hkdf = later("cryptography.hazmat.primitives.kdf.hkdf")

NONCE_BYTES = 12


@lru_cache(maxsize=8)
def _box(secret_key: str) -> "aead.AESGCM":
    derived = hkdf.HKDF(hashes.SHA256(), length=32, salt=None, info=b"qms: secrets of accounts").derive(secret_key.encode())
    return aead.AESGCM(derived)


def _present_box() -> "aead.AESGCM":
    return _box(present_settings().secret_key)


def seal(text: str, purpose: str) -> str:
    """The text encrypted (AES-256-GCM). ``purpose`` says what it is and whose, so that it opens nowhere else."""
    nonce = os.urandom(NONCE_BYTES)
    return base64.urlsafe_b64encode(nonce + _present_box().encrypt(nonce, text.encode(), purpose.encode())).decode()


def unseal(sealed: str, purpose: str) -> str | None:
    """The text again; None for what was sealed for another purpose, with another key, or was changed."""
    try:
        raw = base64.urlsafe_b64decode(sealed.encode())
        return _present_box().decrypt(raw[:NONCE_BYTES], raw[NONCE_BYTES:], purpose.encode()).decode()
    except (exceptions.InvalidTag, NotBase64, ValueError):
        return None
