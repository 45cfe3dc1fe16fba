"""Passwords as argon2id hashes; slow on purpose, so never inside a transaction."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from qms.kernel.language import _l
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.text import nfc

SHORTEST = 14
"""Level 2 information systems without a second factor: at least 14 characters."""
LONGEST = 200

_hasher = PasswordHasher()  # argon2id, 64 MiB, three passes


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


def check_strength(password: str, username: str = "") -> None:
    """Raises ``Refused`` with a sentence unless the password may be used."""
    password = nfc(password)
    too_short = Refusal("password_short", _l("A password has at least %(count)s characters.", count=SHORTEST))
    too_long = Refusal("password_long", _l("A password has at most %(count)s characters.", count=LONGEST))
    is_name = Refusal("password_is_name", _l("A password must not contain the user name."))
    one_letter = Refusal("password_simple", _l("A password needs at least five different characters."))
    refuse_if(
        too_short if len(password) < SHORTEST else None,
        too_long if len(password) > LONGEST else None,
        is_name if username and username.casefold() in password.casefold() else None,
        one_letter if len(set(password)) < 5 else None,
    )


def hash_password(password: str) -> str:
    """The hash to store, with its salt; the text is brought into NFC first, as keyboards differ."""
    return _hasher.hash(nfc(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether the password fits. Without a stored hash it takes as long as with one and is always False."""
    try:
        right = _hasher.verify(stored or _nobodys(), nfc(password)[: LONGEST * 4])
    except (VerificationError, InvalidHashError):
        return False
    return right and stored is not None
