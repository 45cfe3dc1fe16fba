"""Proving who one is: a password or a code, counted before it is looked at. Each function opens ``writing()`` where it needs it.

Unknown names, wrong passwords, locked and closed accounts take the same statements and one argon2 each (ASVS 6.3.8).
"""

from dataclasses import dataclass

from flask import current_app

from qms.accounts import devices, service, throttle
from qms.accounts.events import AccountLocked
from qms.accounts.models import Person
from qms.accounts.passwords import matches
from qms.accounts.second_factor import service as second_factor
from qms.accounts.service import KIND, code_of
from qms.accounts.throttle import Attempt
from qms.kernel.db import writing
from qms.kernel.events import announce
from qms.kernel.moment import Moment
from qms.trail.service import record

UNKNOWN = "unknown"
"""What the trail calls the account of a user name that nobody has; the name itself may be a password typed in the wrong field."""


@dataclass(frozen=True)
class Proof:
    """What came of a password: the person it proves, or nobody; and whether this address has tried too often."""

    person: Person | None
    source_tired: bool = False


def by_password(username: str, password: str, moment: Moment) -> Proof:
    """The person whose user name and password these are.

    An address that has tried too often strikes no account any more, or one machine could lock everybody out. A browser
    that the person has used before is counted by itself alone, so nobody behind the same address keeps its owner out.
    """
    name = username.strip()
    person = service.find(name)
    number = devices.known(None if person is None else person.id)
    subject = throttle.account(name) if number is None else throttle.device(number)
    stored = None if person is None or person.disabled else person.password_hash
    with writing():
        rested = number is not None or throttle.allow_source(moment.address, moment.instant)
        attempt = throttle.strike(subject, moment.instant) if rested else Attempt(allowed=False)
    if matches(stored if attempt.allowed else None, password):
        with writing():
            if number is None:  # the address first, as when they were counted: nobody waits for one and holds the other
                throttle.give_back(throttle.source(moment.address))
            throttle.clear(subject)
        return Proof(person)
    current_app.logger.warning("%s a sign-in from %s failed", moment.request_id, moment.address)
    if attempt.locks_until is not None:
        with writing():
            tell_locked(person, attempt, moment)
    return Proof(None, source_tired=not rested)


def by_own_password(person: Person, password: str, moment: Moment) -> bool:
    """Whether it is the password of somebody who is signed in: counted as at the sign-in, as an open session is no place to
    guess it at. The address is not counted: from here nobody else's account can be locked.
    """
    number = devices.known(person.id)
    subject = throttle.account(person.username) if number is None else throttle.device(number)
    stored = person.password_hash
    with writing():
        attempt = throttle.strike(subject, moment.instant)
    if matches(stored if attempt.allowed else None, password):
        with writing():
            throttle.clear(subject)
        return True
    current_app.logger.warning("%s a password from %s was not right", moment.request_id, moment.address)
    if attempt.locks_until is not None:
        with writing():
            tell_locked(person, attempt, moment)
    return False


def by_code(person: Person, typed: str, moment: Moment, recovery_hash: str | None) -> bool:
    """Whether it is a code of the person's app, or the recovery code with that hash; inside the caller's ``writing()``."""
    subject = throttle.second_step(person.id)
    attempt = throttle.strike(subject, moment.instant)
    if attempt.allowed:
        right = second_factor.use_code(person, typed, moment) or second_factor.use_recovery_code(person, recovery_hash, moment)
        if right:
            throttle.clear(subject)
            return True
    current_app.logger.warning("%s a code from %s was not right", moment.request_id, moment.address)
    if attempt.locks_until is not None:
        tell_locked(person, attempt, moment)
    return False


def recovery_hash(person: Person, typed: str) -> str | None:
    """The hash to look for when something else than a code of an app was typed; slow, so before ``writing()``."""
    return None if typed.isdigit() else second_factor.recovery_hash(person.id, typed)


def tell_locked(person: Person | None, attempt: Attempt, moment: Moment) -> None:
    """The trail and whoever listens hear that an account has locked."""
    until = None if attempt.locks_until is None else attempt.locks_until.isoformat()
    code, unit_id = (UNKNOWN, None) if person is None else (code_of(person), person.unit_id)
    record(moment, KIND, code, "lock", unit_id=unit_id, changes={"locked_until": [None, until]})
    if person is not None and attempt.locks_until is not None:
        announce(AccountLocked(person.id, attempt.locks_until, moment))


def forget_failures(person: Person) -> None:
    """After a reset by link the account is open again; inside the caller's ``writing()``."""
    throttle.clear(throttle.account(person.username))
