"""The second factor: codes of an app (TOTP, RFC 6238) and recovery codes on paper. The verbs write; they never commit."""

import hmac
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import pyotp
from argon2.low_level import Type, hash_secret_raw
from sqlalchemy import func, select

from qms.accounts import sessions
from qms.accounts.actor import actor_of
from qms.accounts.models import Passkey, Person, RecoveryCode
from qms.accounts.second_factor.sealing import seal, unseal
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.trail.service import record

ISSUER = "QMS"
STEP_SECONDS = 30
NEIGHBOURS = (-1, 0, 1)
"""Clocks differ: the code before and the code after the present one are taken too."""
RECOVERY_CODES = 10
LETTERS = "23456789abcdefghjkmnpqrstvwxyz"
"""Nothing that is read for something else; ten of them are 49 bits (ASVS 6.5.3 asks for 20)."""
HALF = 5
SALT_BYTES, HASH_BYTES = 8, 24


def new_secret() -> str:
    """A secret for an authenticator app: 160 bits."""
    return pyotp.random_base32()


def address_for(person: Person, secret: str) -> str:
    """What the QR code holds: the address by which an app takes the secret over."""
    return pyotp.TOTP(secret).provisioning_uri(name=person.username, issuer_name=ISSUER)


def seal_secret(person_id: int, secret: str) -> str:
    """The secret as the database keeps it; opens for this person only."""
    return seal(secret, f"totp:{person_id}")


def secret_of(person: Person) -> str | None:
    """The secret of the person's app; None when there is none, or when it was sealed with another secret key."""
    return None if person.totp_secret is None else unseal(person.totp_secret, f"totp:{person.id}")


def step_at(instant: datetime) -> int:
    """The number of the half minute."""
    return int(instant.timestamp()) // STEP_SECONDS


def code_at(secret: str, step: int) -> str:
    """The code of a half minute."""
    return pyotp.TOTP(secret).generate_otp(step)


def next_step(person: Person, instant: datetime) -> int | None:
    """The first half minute around an instant whose code has not been used yet; None when all three have."""
    near = (step_at(instant) + offset for offset in (0, *NEIGHBOURS))
    return next((step for step in near if person.totp_counter is None or step > person.totp_counter), None)


def _matching_step(secret: str, code: str, instant: datetime, used: int | None) -> int | None:
    """Which half minute the code belongs to; None for a wrong code and for one that is not newer than the last one used."""
    found = None
    for offset in NEIGHBOURS:
        step = step_at(instant) + offset
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode("utf-8", "surrogatepass")) and (
            used is None or step > used
        ):
            found = step
    return found


def has_second_factor(person: Person) -> bool:
    """Whether the person has an authenticator app or a passkey, also one that is doubted.

    A doubted passkey opens nothing, yet whoever has it gets no other second factor in by the password alone: somebody may be
    using a copy of it, and may know the password too. An administrator takes it away.
    """
    any_passkey = select(Passkey.id).where(Passkey.person_id == person.id)
    return person.totp_secret is not None or db.session.scalar(any_passkey.limit(1)) is not None


def has_passkey(person: Person) -> bool:
    """Whether the person has a passkey that is still accepted."""
    usable = select(Passkey.id).where(Passkey.person_id == person.id, Passkey.doubted_at.is_(None))
    return db.session.scalar(usable.limit(1)) is not None


def set_up(person: Person, secret: str, code: str, moment: Moment) -> None:
    """Takes an app over as the second factor, once its first code is right. Raises ``Refused`` for a wrong code."""
    step = _matching_step(secret, code, moment.instant, None)
    if step is None:
        raise Refused([Refusal("code_wrong", _l("This code is not right. Take the one that the app shows now."))])
    deed = "set_up_second_factor" if person.totp_secret is None else "replace_second_factor"
    person.totp_secret = seal_secret(person.id, secret)
    person.totp_counter = step
    record(moment, KIND, code_of(person), deed, unit_id=person.unit_id)


def use_code(person: Person, code: str, moment: Moment) -> bool:
    """Whether the code of the app is right; it is used up then. The caller tells the trail what for.

    Which codes were used is read under the lock: of two requests at once with the same code the second one finds it used.
    """
    db.session.flush()
    db.session.refresh(person, ["totp_secret", "totp_counter"], with_for_update=True)
    secret = secret_of(person)
    step = None if secret is None else _matching_step(secret, code, moment.instant, person.totp_counter)
    if step is not None:
        person.totp_counter = step
    return step is not None


def remove(person: Person, moment: Moment) -> None:
    """Gives the app up. Raises ``Refused`` for somebody whose role needs a second factor and who has no other one."""
    needed = actor_of(person, moment.today).needs_second_factor
    refuse_if(
        Refusal("second_factor_needed", _l("Your role needs a second factor. Set up another one first."))
        if needed and not has_passkey(person)
        else None
    )
    _forget_app(person)
    _delete_all(_codes(person))
    record(moment, KIND, code_of(person), "remove_second_factor", unit_id=person.unit_id)


def reset_second_factor(person: Person, moment: Moment) -> None:
    """Takes app, recovery codes and passkeys away from somebody who lost them, and ends every session of the person.

    Whoever needs a second factor sets one up at the next sign-in. Raises ``Refused`` for the own one.
    """
    refuse_if(
        Refusal("own_second_factor", _l("Another administrator must do this for you."))
        if moment.person.person_id == person.id
        else None
    )
    _forget_app(person)
    _delete_all(_codes_and_passkeys(person))
    sessions.end_all(person.id, moment.instant)
    record(moment, KIND, code_of(person), "reset_second_factor", unit_id=person.unit_id)


def new_recovery_codes() -> tuple[list[str], list[str]]:
    """Ten codes for paper, and what the database keeps of them. Slow on purpose, so to be called outside ``writing()``."""
    salt = secrets.token_bytes(SALT_BYTES)
    codes = ["".join(secrets.choice(LETTERS) for _ in range(2 * HALF)) for _ in range(RECOVERY_CODES)]
    return [f"{code[:HALF]}-{code[HALF:]}" for code in codes], [_hash(code, salt) for code in codes]


def keep_recovery_codes(person: Person, hashes: Sequence[str], moment: Moment) -> None:
    """Replaces the recovery codes of a person by new ones."""
    _delete_all(_codes(person))
    db.session.add_all(RecoveryCode(person_id=person.id, code_hash=one) for one in hashes)
    record(moment, KIND, code_of(person), "make_recovery_codes", unit_id=person.unit_id)


def recovery_codes_left(person: Person) -> int:
    """How many recovery codes of the person have not been used."""
    unused = select(func.count()).where(RecoveryCode.person_id == person.id, RecoveryCode.used_at.is_(None))
    return db.session.scalar(unused) or 0


def recovery_hash(person_id: int, typed: str) -> str | None:
    """What a typed recovery code would be kept as; None when the person has none left. Slow, so before ``writing()``."""
    kept = select(RecoveryCode.code_hash).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    one = db.session.scalar(kept.limit(1))
    db.session.rollback()
    bare = "".join(letter for letter in typed.lower() if letter in LETTERS)
    return None if one is None else _hash(bare, bytes.fromhex(one[: 2 * SALT_BYTES]))


def use_recovery_code(person: Person, hashed: str | None, moment: Moment) -> bool:
    """Whether it is one of the person's codes; it is used up then. The caller tells the trail what for."""
    found = db.session.scalar(
        select(RecoveryCode)
        .where(RecoveryCode.person_id == person.id, RecoveryCode.code_hash == hashed, RecoveryCode.used_at.is_(None))
        .with_for_update()
    )
    if found is not None:
        found.used_at = moment.instant
    return found is not None


def _hash(code: str, salt: bytes) -> str:
    """Salt and argon2id hash: short codes need the slow kind (ASVS 6.5.2). The codes of one set share their salt."""
    raw = hash_secret_raw(code.encode(), salt, time_cost=2, memory_cost=19456, parallelism=1, hash_len=HASH_BYTES, type=Type.ID)
    return (salt + raw).hex()


def _forget_app(person: Person) -> None:
    person.totp_secret = None
    person.totp_counter = None


def _codes(person: Person) -> Collection[RecoveryCode]:
    with db.session.no_autoflush:  # what the deed has changed so far goes to the database with the rest
        return db.session.scalars(select(RecoveryCode).where(RecoveryCode.person_id == person.id)).all()


def _codes_and_passkeys(person: Person) -> Collection[RecoveryCode | Passkey]:
    """Both in one statement: each code beside each passkey, which are ten and a few."""
    both = (
        select(RecoveryCode, Passkey)
        .select_from(Person)
        .outerjoin(RecoveryCode, RecoveryCode.person_id == Person.id)
        .outerjoin(Passkey, Passkey.person_id == Person.id)
        .where(Person.id == person.id)
    )
    with db.session.no_autoflush:
        return {one for row in db.session.execute(both) for one in row if one is not None}


def _delete_all(things: Collection[Any]) -> None:
    for thing in things:
        db.session.delete(thing)
