"""Passkeys (WebAuthn): a key on a phone, a computer or a stick proves who somebody is, and no password travels.

A key answers only for the address it was made for, so a false page learns nothing (OWASP ASVS 5, V6.5 and V6.3.3). Every
ceremony answers one challenge of ours: five minutes old at most, for one purpose, and given after the key was last used, so an
answer that was overheard is worth nothing. The name of the site comes from the settings, never from the request.
"""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from flask_babel import LazyString
from sqlalchemy import select

from qms.accounts.actor import SignedIn, actor_of
from qms.accounts.models import Passkey, Person
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.trail.service import record

if TYPE_CHECKING:
    import webauthn
    from webauthn import helpers
    from webauthn.helpers import exceptions, structs
else:
    webauthn = later("webauthn")
    helpers = later("webauthn.helpers")
    exceptions = later("webauthn.helpers.exceptions")
    structs = later("webauthn.helpers.structs")

LIFETIME = timedelta(minutes=5)
"""How long a challenge may be answered."""
MOST = 20
"""How many passkeys one person may have: every device of a lifetime, and no way to fill the database."""
LONGEST_TITLE = 100
LONGEST_ANSWER = 16_000
"""An answer of a key has some hundred bytes; more is not read."""
LONGEST_ID = 1023
"""Bytes of a credential id (WebAuthn level 2, 7.1)."""

_BROKEN = (ValueError, TypeError, KeyError, IndexError, OverflowError, RecursionError)
"""What the libraries below say of an answer that is no answer, besides the fault of their own."""


class Purpose(StrEnum):
    """What a challenge was given for; it counts for nothing else."""

    REGISTER = "register"
    SIGN_IN = "sign_in"
    SECOND_STEP = "second_step"
    CONFIRM = "confirm"


@dataclass(frozen=True)
class Site:
    """Who we are to a browser: the name passkeys are made for, and the address its pages have."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class Challenge:
    """A random number that one person (None: whoever signs in) may answer once, for one purpose, within ``LIFETIME``."""

    value: bytes
    purpose: Purpose
    given_at: datetime
    person_id: int | None = None

    def kept(self) -> dict[str, Any]:
        """As the signed session keeps it."""
        return {
            "value": helpers.bytes_to_base64url(self.value),
            "purpose": self.purpose.value,
            "given_at": self.given_at.isoformat(),
            "person_id": self.person_id,
        }

    def holds(self, purpose: Purpose, instant: datetime) -> bool:
        """Whether it was given for this and is not too old."""
        return self.purpose is purpose and timedelta(0) <= instant - self.given_at <= LIFETIME


@dataclass(frozen=True)
class Proof:
    """An accepted answer: whose it is, what that person may do today, and whether the device checked it (PIN, finger, face)."""

    person: Person
    actor: SignedIn
    verified: bool

    @property
    def weak(self) -> bool:
        """Whether the key alone is too little: only who can do little harm comes in without PIN, finger or face."""
        return not self.verified and not self.actor.is_light


NOT_ACCEPTED = Refusal("passkey_not_accepted", _l("This passkey was not accepted."))
"""The one answer to an unknown key, a removed one, a wrong signature, an old challenge and a disabled account."""
DOUBTED = Refusal(
    "passkey_doubted",
    _l(
        "This passkey is no longer accepted: its counter went backwards, so a copy of it may be in use. "
        "Sign in another way, remove the passkey and make a new one."
    ),
)
TOO_LATE = Refusal("passkey_too_late", _l("This took longer than five minutes. Please try again."))
NO_KEY = Refusal("passkey_unreadable", _l("The device did not send a passkey that can be used here."))
NEEDS_VERIFICATION = Refusal(
    "passkey_unverified",
    _l(
        "Your role needs a passkey that asks for a PIN, a finger or a face. Sign in with your password; "
        "this passkey can then be the second step."
    ),
)
LAST_FACTOR = Refusal(
    "passkey_last_factor",
    _l("Your role needs a second step, and this passkey is the only one you have. Set up another one first."),
)


def why_off(public_url: str) -> LazyString | None:
    """The sentence that says why browsers make no passkeys for this address; None when they do.

    WebAuthn needs a name (a number such as 127.0.0.1 is none) and a secure context: https, or localhost.
    """
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if _is_number(host):
        return _l(
            "Passkeys are off: browsers make them only for a name, and the address of this installation is the number %(host)s. "
            "Set QMS_PUBLIC_URL to a name (http://localhost:5000 on one's own machine).",
            host=host,
        )
    if parts.scheme != "https" and host != "localhost" and not host.endswith(".localhost"):
        return _l("Passkeys are off: browsers make them only for an address that begins with https.")
    return None


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def site(public_url: str) -> Site:
    """The site of an address for which ``why_off`` has nothing to say."""
    parts = urlsplit(public_url)
    host, port = parts.hostname or "", parts.port
    usual = {"https": 443, "http": 80}[parts.scheme]
    return Site(host, f"{parts.scheme}://{host}" + (f":{port}" if port and port != usual else ""))


def new_challenge(purpose: Purpose, instant: datetime, person: Person | None = None) -> Challenge:
    """A challenge that nobody can guess."""
    return Challenge(secrets.token_bytes(32), purpose, instant, None if person is None else person.id)


def kept_challenge(kept: Mapping[str, Any] | None) -> Challenge | None:
    """The challenge that the session kept; None when there is none."""
    if not kept:
        return None
    return Challenge(
        webauthn.base64url_to_bytes(kept["value"]),
        Purpose(kept["purpose"]),
        datetime.fromisoformat(kept["given_at"]),
        kept["person_id"],
    )


def of_person(person_id: int) -> Sequence[Passkey]:
    """The passkeys of a person, the oldest first."""
    return db.session.scalars(select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.made_at, Passkey.id)).all()


def usable(person_id: int) -> Sequence[Passkey]:
    """The passkeys of a person that open something."""
    return [passkey for passkey in of_person(person_id) if passkey.doubted_at is None]


def registration_options(person: Person, challenge: Challenge, here: Site, site_name: str) -> dict[str, Any]:
    """What the browser is asked to make: a key that it can offer by itself, and that is no second one on the same device.

    No attestation is asked for: which make a device has is nobody's business here.
    """
    present = of_person(person.id)
    options = webauthn.generate_registration_options(
        rp_id=here.rp_id,
        rp_name=site_name,
        user_id=webauthn.base64url_to_bytes(_handle(present, challenge)),
        user_name=person.username,
        user_display_name=person.full_name,
        challenge=challenge.value,
        timeout=int(LIFETIME.total_seconds() * 1000),
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED, user_verification=structs.UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=_descriptors(present),
    )
    return helpers.options_to_json_dict(options)


def request_options(challenge: Challenge, here: Site, passkeys: Sequence[Passkey] = ()) -> dict[str, Any]:
    """What the browser is asked to sign with; without passkeys it offers those that it has for this site."""
    options = webauthn.generate_authentication_options(
        rp_id=here.rp_id,
        challenge=challenge.value,
        timeout=int(LIFETIME.total_seconds() * 1000),
        allow_credentials=_descriptors(passkeys),
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    return helpers.options_to_json_dict(options)


def _descriptors(passkeys: Sequence[Passkey]) -> "list[structs.PublicKeyCredentialDescriptor]":
    return [
        structs.PublicKeyCredentialDescriptor(
            id=webauthn.base64url_to_bytes(passkey.credential_id),
            transports=[structs.AuthenticatorTransport(transport) for transport in passkey.transports] or None,
        )
        for passkey in passkeys
    ]


def _handle(present: Sequence[Passkey], challenge: Challenge) -> str:
    """What the authenticators of a person know instead of a name: as random as the challenge of the first passkey."""
    return present[0].user_handle if present else helpers.bytes_to_base64url(hashlib.sha256(challenge.value).digest())


def add(person: Person, answer: str, challenge: Challenge | None, here: Site, title: str, moment: Moment) -> Passkey:
    """Keeps a passkey that the browser has just made for the person. Raises ``Refused`` for anything else."""
    if challenge is None or not challenge.holds(Purpose.REGISTER, moment.instant) or challenge.person_id != person.id:
        raise Refused([TOO_LATE])
    title = title.strip()
    present = of_person(person.id)
    refuse_if(
        None if title else Refusal("passkey_title_empty", _l("A passkey needs a name, such as the device it is on.")),
        None if len(title) <= LONGEST_TITLE else Refusal("passkey_title_long", _l("The name of the passkey is too long.")),
        None
        if len(present) < MOST
        else Refusal("passkey_too_many", _l("You have %(count)s passkeys. Remove one that you no longer use.", count=MOST)),
    )
    try:
        credential = helpers.parse_registration_credential_json(_read(answer))
        _refuse_frames(credential.response.client_data_json)
        made = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge.value,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
        )
        helpers.decoded_public_key_to_cryptography(helpers.decode_credential_public_key(made.credential_public_key))
    except (exceptions.WebAuthnException, *_BROKEN) as error:
        raise Refused([NO_KEY]) from error
    credential_id = helpers.bytes_to_base64url(made.credential_id)
    known = db.session.scalar(select(Passkey.id).where(Passkey.credential_id == credential_id))
    if known is not None or len(made.credential_id) > LONGEST_ID:
        raise Refused([NO_KEY])
    passkey = Passkey(
        person_id=person.id,
        credential_id=credential_id,
        public_key=helpers.bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        user_handle=_handle(present, challenge),
        transports=[transport.value for transport in credential.response.transports or ()],
        title=title,
        made_at=moment.instant,
    )
    db.session.add(passkey)
    record(moment, KIND, code_of(person), "add_passkey", unit_id=person.unit_id, personal={"passkey": [None, title]})
    return passkey


def remove(passkey: Passkey, moment: Moment) -> None:
    """Forgets a passkey: it opens nothing any more. Raises ``Refused`` when somebody who needs a second step would have none."""
    person = passkey.person
    others = [one for one in usable(person.id) if one.id != passkey.id]
    needed = actor_of(person, moment.today).needs_second_factor
    refuse_if(LAST_FACTOR if needed and not others and person.totp_secret is None else None)
    db.session.delete(passkey)
    record(moment, KIND, code_of(person), "remove_passkey", unit_id=person.unit_id, personal={"passkey": [passkey.title, None]})


def prove(answer: str, challenge: Challenge | None, purpose: Purpose, here: Site, moment: Moment) -> Proof | Refusal:
    """Whether an answer of a browser proves who somebody is.

    To be called in a transaction: the passkey is read under the lock, so one answer is accepted once. The trail tells which
    passkey was used for what; a counter that went backwards is written down, too, though nobody is let in.
    """
    if challenge is None or not challenge.holds(purpose, moment.instant):
        return TOO_LATE
    try:
        credential = helpers.parse_authentication_credential_json(_read(answer))
        _refuse_frames(credential.response.client_data_json)
    except (exceptions.WebAuthnException, *_BROKEN):
        return NOT_ACCEPTED
    found = (
        select(Passkey).where(Passkey.credential_id == helpers.bytes_to_base64url(credential.raw_id)).with_for_update(of=Passkey)
    )
    passkey = db.session.scalar(found)
    if passkey is None or not _is_meant(passkey, challenge, credential.response.user_handle):
        return NOT_ACCEPTED
    try:
        answered = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge.value,
            expected_rp_id=here.rp_id,
            expected_origin=here.origin,
            credential_public_key=webauthn.base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=0,  # compared below: a copied key is told apart from a wrong one
        )
    except (exceptions.WebAuthnException, *_BROKEN):
        return NOT_ACCEPTED
    count = answered.new_sign_count
    if passkey.doubted_at is None and max(count, passkey.sign_count) > 0 and count <= passkey.sign_count:
        _doubt(passkey, moment)
    if passkey.doubted_at is not None:
        return DOUBTED
    passkey.sign_count = count
    passkey.used_at = moment.instant
    return Proof(passkey.person, _tell(passkey, "use_passkey", moment, purpose), answered.user_verified)


def _is_meant(passkey: Passkey, challenge: Challenge, handle: bytes | None) -> bool:
    """Whether this person may answer this challenge with this key now."""
    if passkey.person.disabled or (passkey.used_at is not None and challenge.given_at <= passkey.used_at):
        return False
    if challenge.person_id not in {None, passkey.person_id}:
        return False
    if handle is None:  # a key that was asked for by its id need not say whose it is
        return challenge.person_id is not None
    return helpers.bytes_to_base64url(handle) == passkey.user_handle


def _doubt(passkey: Passkey, moment: Moment) -> None:
    passkey.doubted_at = moment.instant
    _tell(passkey, "doubt_passkey", moment)


def _tell(passkey: Passkey, deed: str, moment: Moment, purpose: Purpose | None = None) -> SignedIn:
    """The entry of a key that answered, in the name of its owner."""
    person = passkey.person
    actor = actor_of(person, moment.today)
    record(
        replace(moment, person=actor),
        KIND,
        code_of(person),
        deed,
        unit_id=person.unit_id,
        changes={} if purpose is None else {"purpose": [None, purpose.value]},
        personal={"passkey": [None, passkey.title]},
    )
    return actor


def _read(answer: str) -> str:
    if len(answer) > LONGEST_ANSWER:
        raise ValueError("longer than any answer of a key")
    return answer


def _refuse_frames(client_data: bytes) -> None:
    if helpers.parse_client_data_json(client_data).cross_origin:
        raise ValueError("the page was shown inside a page of another site")
