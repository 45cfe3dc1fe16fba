"""People who come in by the directory of the province (OpenID Connect): who they are here, and what the directory gives them.

The directory says who somebody is; what its claims mean in this house is decided here, in one place. See the decision record
"People may come in by the directory of the province". The verbs write; they never commit.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import exists, select

from qms.accounts import sessions
from qms.accounts.actor import not_over
from qms.accounts.directory.claims import roles_told, text_of, untold, username_of
from qms.accounts.models import DirectoryIdentity, Grant, Person
from qms.accounts.permissions import Role
from qms.accounts.service import KIND, code_of, create_person, find
from qms.config import DirectorySettings
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment, System
from qms.kernel.refusal import Refusal, Refused
from qms.trail.service import record
from qms.units.models import Unit

STRONG_AMR = frozenset({"mfa", "otp", "hwk", "swk", "sc"})
"""Methods of RFC 8176 that need more than a password: several factors, a one-time code, a key, a smart card."""
STRONG_ACR = frozenset(
    {
        "phr",
        "phrh",
        "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
        "https://refeds.org/profile/mfa",
    }
)
"""Classes that mean more than one factor wherever they are used; a directory's own ones stand in QMS_OIDC_STRONG_ACR."""
LONGEST_NAME = 200
LONGEST_ADDRESS = 254
LONGEST_ITEM = 120
LONGEST_UNTOLD = 200

NO_ACCOUNT = Refusal(
    "directory_no_account",
    _l("The directory knows you, but you have no account here yet. Please ask the administrator of your agency."),
)
"""One sentence for every way of having no account; the reason stands in the log."""


class NotAdmitted(Refused):
    """The directory knows the person, this house does not let the person in; the message is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__([NO_ACCOUNT])
        self.reason = reason


@dataclass(frozen=True)
class Wanted:
    """What the claims give: roles with the id of their unit, and the items that mean nothing here."""

    grants: frozenset[tuple[Role, int]]
    ignored: tuple[str, ...]


def is_strong(claims: Mapping[str, Any], settings: DirectorySettings) -> bool:
    """Whether the directory says that the person showed more than a password; otherwise our own second step follows."""
    methods = claims.get("amr")
    named = set(map(str, methods)) if isinstance(methods, list) else set()
    return bool(named & STRONG_AMR) or str(claims.get("acr", "")) in STRONG_ACR | settings.strong_acr


def admit(claims: Mapping[str, Any], settings: DirectorySettings, moment: Moment) -> Person:
    """The person of these claims, known by issuer and subject, linked now or made now; unit and roles are the directory's.

    What the directory does not tell stays as it stood, and that is told to the trail and on the person's page. ``claims`` have
    been verified. ``moment``: when, and from which address. Raises ``NotAdmitted``; then nothing of it is kept.
    """
    moment = replace(moment, person=System())
    identity = _linked(claims, settings)
    if identity is None:
        identity = _link(claims, settings, moment)
    person = identity.person
    if person.disabled:
        raise NotAdmitted(f"the account of person {person.id} is disabled")
    unit = unit_of(claims, settings)
    ignored = [] if unit is not None or not text_of(claims.get(settings.unit_claim)) else [_told(claims[settings.unit_claim])]
    if unit is not None and unit.id != person.unit_id:
        _move(person, unit, moment)
    wanted = wanted_grants(claims, settings, person.unit_id)
    missing = untold(claims, settings)
    _give_and_take(person, wanted.grants, moment, may_take=not missing)
    _refuse_administrators(person, settings, moment)  # also one who was linked before becoming an administrator
    _note_untold(identity, missing, moment)
    ignored += wanted.ignored
    if ignored:
        record(
            moment,
            KIND,
            code_of(person),
            "ignore_directory_claims",
            unit_id=person.unit_id,
            changes={"ignored": [None, ignored]},
        )
    return person


def ignored_claims(claims: Mapping[str, Any], settings: DirectorySettings, person: Person) -> list[str]:
    """What the directory says of the person that means nothing here; for the log."""
    unit = text_of(claims.get(settings.unit_claim))
    unknown = [_told(unit)] if unit and unit_of(claims, settings) is None else []
    return [*unknown, *wanted_grants(claims, settings, person.unit_id).ignored]


def unit_of(claims: Mapping[str, Any], settings: DirectorySettings) -> Unit | None:
    """The unit that the directory puts the person into, when there is such a unit here."""
    code = text_of(claims.get(settings.unit_claim))
    return db.session.scalar(select(Unit).where(Unit.code == code)) if code else None


def wanted_grants(claims: Mapping[str, Any], settings: DirectorySettings, home_unit_id: int) -> Wanted:
    """The roles of the claims, in the grammar of the register workbook: ``role`` (in the own unit) or ``role@unit``.

    A role or unit that does not exist here is ignored, and so is ``administrator`` unless the settings allow it.
    """
    grants, ignored = set(), []
    for item in dict.fromkeys(roles_told(claims, settings)):
        name, _at, code = (part.strip() for part in item.partition("@"))
        role = next((role for role in Role if role.value == name.casefold()), None)
        unit_id = home_unit_id if not code else db.session.scalar(select(Unit.id).where(Unit.code == code))
        forbidden = role is Role.ADMINISTRATOR and not settings.may_grant_administrator
        if role is None or unit_id is None or forbidden:
            ignored.append(_told(item))
        else:
            grants.add((role, unit_id))
    return Wanted(frozenset(grants), tuple(ignored))


def unknown_groups(settings: DirectorySettings) -> list[str]:
    """Lines of the table [oidc.groups] that name no role: a fault of the settings, found at start."""
    roles = {role.value for role in Role}
    return [group for group, role in settings.groups.items() if role.partition("@")[0].strip().casefold() not in roles]


def _told(item: object) -> str:
    return text_of(item)[:LONGEST_ITEM]


def _linked(claims: Mapping[str, Any], settings: DirectorySettings) -> DirectoryIdentity | None:
    known = select(DirectoryIdentity).where(
        DirectoryIdentity.issuer == settings.issuer, DirectoryIdentity.subject == str(claims["sub"])
    )
    return db.session.scalar(known)


def _link(claims: Mapping[str, Any], settings: DirectorySettings, moment: Moment) -> DirectoryIdentity:
    """The account that belongs to somebody who comes for the first time: the one of that user name, or a new one."""
    username, subject = username_of(claims, settings), str(claims["sub"])
    if username is None or len(subject) > 255:
        raise NotAdmitted(f"the claim {settings.username_claim} is no user name")
    person = find(username)
    if person is None:
        person = _make(username, claims, settings, moment)
    elif db.session.scalar(select(exists().where(DirectoryIdentity.person_id == person.id))):
        raise NotAdmitted(f"the account of person {person.id} belongs to somebody else in the directory")
    elif person.disabled:
        raise NotAdmitted(f"the account of person {person.id} is disabled")
    else:
        _refuse_administrators(person, settings, moment)
    identity = DirectoryIdentity(issuer=settings.issuer, subject=subject, person=person)
    db.session.add(identity)
    record(
        moment,
        KIND,
        code_of(person),
        "link_directory",
        unit_id=person.unit_id,
        changes={"issuer": [None, settings.issuer]},
        personal={"subject": [None, subject]},
    )
    return identity


def _make(username: str, claims: Mapping[str, Any], settings: DirectorySettings, moment: Moment) -> Person:
    unit = unit_of(claims, settings)
    if unit is None:
        raise NotAdmitted(f"the claim {settings.unit_claim} names no unit, so no account is made")
    address = text_of(claims.get("email")) if claims.get("email_verified", True) is True else ""
    name = text_of(claims.get("name")) or username
    return create_person(username, name[:LONGEST_NAME], unit, moment, email=address[:LONGEST_ADDRESS] or None)


def _refuse_administrators(person: Person, settings: DirectorySettings, moment: Moment) -> None:
    """Who runs the directory must not thereby run this house, unless the operator said so."""
    granted = exists().where(Grant.person_id == person.id, Grant.role == Role.ADMINISTRATOR, not_over(moment.today))
    if not settings.may_grant_administrator and db.session.scalar(select(granted)):
        raise NotAdmitted(f"person {person.id} is an administrator, whom the directory may not let in here")


def _move(person: Person, unit: Unit, moment: Moment) -> None:
    before = person.unit.code
    person.unit = unit
    db.session.flush()
    record(moment, KIND, code_of(person), "move", unit_id=unit.id, changes={"unit": [before, unit.code]})


def _give_and_take(person: Person, wanted: frozenset[tuple[Role, int]], moment: Moment, *, may_take: bool) -> None:
    """Gives what the directory newly gives; takes back what it gave and no longer gives, once it told everything."""
    given = select(Grant).where(Grant.person_id == person.id, Grant.by_directory.is_(True), not_over(moment.today))
    held = list(db.session.scalars(given.order_by(Grant.id)))
    for role, unit_id in sorted(wanted - {(grant.role, grant.unit_id) for grant in held}):
        grant = Grant(person_id=person.id, role=role, unit_id=unit_id, valid_from=moment.today, by_directory=True)
        db.session.add(grant)
        db.session.flush()
        changes: dict[str, Any] = {"role": [None, role.value], "unit": [None, grant.unit.code], "by_directory": [None, True]}
        record(moment, KIND, code_of(person), "give_role", unit_id=unit_id, changes=changes)
    for grant in held if may_take else ():
        if (grant.role, grant.unit_id) not in wanted:
            grant.revoked_at = moment.instant
            changes = {"role": [grant.role.value, None], "unit": [grant.unit.code, None], "by_directory": [True, None]}
            record(moment, KIND, code_of(person), "end_role", unit_id=grant.unit_id, changes=changes)


def _note_untold(identity: DirectoryIdentity, missing: tuple[str, ...], moment: Moment) -> None:
    """Keeps which claims the newest sign-in left out, and tells the trail when that changes, not at every sign-in."""
    before, after = identity.untold, "; ".join(missing)[:LONGEST_UNTOLD] or None
    if before == after:
        return
    identity.untold = after
    person, changes = identity.person, {"untold": [before, after]}
    record(moment, KIND, code_of(person), "note_untold_claims", unit_id=person.unit_id, changes=changes)


def unlink(person: Person, moment: Moment) -> None:
    """The bare change: the next one of this user name who comes by the directory is linked anew. Sessions of the old one end."""
    issuer = None
    for identity in db.session.scalars(select(DirectoryIdentity).where(DirectoryIdentity.person_id == person.id)).all():
        issuer = identity.issuer
        db.session.delete(identity)
    sessions.end_all(person.id, moment.instant)
    changes = {"issuer": [issuer, None]}
    record(moment, KIND, code_of(person), "unlink_directory", unit_id=person.unit_id, changes=changes)
