"""Passwords as argon2id hashes; slow on purpose, so never inside a transaction.

The rule is length and a list of passwords that everybody tries first (ASVS 6.2: no composition, no expiry, paste allowed).
``common_passwords.txt`` holds those of at least eight characters: the most frequent ones of the list that comes with zxcvbn
(MIT licence, Dropbox, Inc.) and the ones usual in Vietnamese offices; in lower case, without marks and spaces.
"""

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from qms.accounts.models import Person
from qms.kernel.language import _l
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.text import fold, nfc

SHORTEST = 14
"""Level 2 information systems without a second factor: at least 14 characters."""
SHORTEST_WITH_SECOND_FACTOR = 8
LONGEST = 200
FEWEST_LETTERS = 5
PRODUCT_NAMES = ("qms", "iso9001", "tcvniso9001", "iso90012015", "quanlychatluong", "matkhau", "password")
"""Words of this place: with figures around them they are no password either."""
ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiopasdfghjklzxcvbnm", "01234567890123456789", "qazwsxedcrfvtgbyhnujmikolp")

_hasher = PasswordHasher()  # argon2id, 64 MiB, three passes


@cache
def _nobodys() -> str:
    return _hasher.hash("the password of nobody")


@cache
def common_passwords() -> frozenset[str]:
    """The passwords that everybody tries first."""
    return frozenset(Path(__file__).with_name("common_passwords.txt").read_text(encoding="utf-8").split())


def shortest_for(person: Person) -> int:
    """How long a password of the person must be: shorter when a code is asked at every sign-in too."""
    return SHORTEST if person.totp_secret is None else SHORTEST_WITH_SECOND_FACTOR


def check_strength(password: str, *, shortest: int = SHORTEST, names: Iterable[str] = ()) -> None:
    """Raises ``Refused`` with a sentence unless the password may be used; ``names``: of the person and of the agency."""
    password = nfc(password)
    bare = _bare(password)
    core = bare.strip("0123456789").strip()
    forbidden = {_bare(name) for name in names if len(_bare(name)) > 3}
    too_short = Refusal("password_short", _l("A password has at least %(count)s characters.", count=shortest))
    too_long = Refusal("password_long", _l("A password has at most %(count)s characters.", count=LONGEST))
    is_name = Refusal("password_is_name", _l("A password must not contain the user name or the name of the unit."))
    simple = Refusal("password_simple", _l("A password must not be one letter, word or row of keys repeated."))
    common = Refusal("password_common", _l("This password is one that is tried first; please choose another one."))
    refuse_if(
        too_short if len(password) < shortest else None,
        too_long if len(password) > LONGEST else None,
        is_name if any(name in bare for name in forbidden) else None,
        simple if _is_simple(bare) else None,
        common
        if password.casefold() in common_passwords() or common_passwords() & {bare, core} or core in PRODUCT_NAMES
        else None,
    )


def _bare(text: str) -> str:
    """Lower case, without marks, spaces and punctuation: how a guesser would write it."""
    return "".join(letter for letter in fold(text) if letter.isalnum())


def _is_simple(bare: str) -> bool:
    """Few different letters, a short piece over and over, or a row of keys there and back."""
    if len(set(bare)) < FEWEST_LETTERS:
        return True
    repeated = any(bare == (bare[:size] * len(bare))[: len(bare)] for size in range(1, len(bare) // 2 + 1))
    return repeated or any(bare in row * 2 or bare in row[::-1] * 2 for row in ROWS)


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
