"""What is stored about a person, for the person and for whoever the law obliges to answer (Law 91/2025 on personal data)."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import joinedload, selectinload

from qms.accounts.models import Deputy, DirectoryIdentity, Grant, OneTimeLink, Passkey, Person, Session
from qms.accounts.service import KIND, code_of
from qms.journal.sentences import tell
from qms.journal.words import Words, words
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import LANGUAGES, _
from qms.kernel.moment import Moment
from qms.kernel.web import day_text, moment_text
from qms.people.handover.models import Handover
from qms.trail.forgetting import naming
from qms.trail.models import TrailEntry

Rows = Sequence[Mapping[str, Any]]
NAME = "people"
"""Of this feature."""
LAST_DEEDS = 10_000
"""How many entries of the trail the export holds, newest first; more is asked for with the trail's own export."""


def everything(person_id: int) -> dict[str, list[dict[str, Any]]]:
    """All headings of all features, this package's first; empty ones stay, as "nothing" is an answer, too."""
    found: dict[str, list[dict[str, Any]]] = {}
    for feature in sorted(house().features, key=lambda feature: feature.name != NAME):
        if feature.personal is not None:
            for heading, rows in feature.personal(person_id).items():
                found.setdefault(str(heading), []).extend(dict(row) for row in rows)
    return found


def readable(stored: Mapping[str, Rows]) -> dict[str, list[dict[str, str]]]:
    """The same in people's words: fields and states of features as the audit trail calls them, an empty value as nothing."""
    known = words(house())
    return {
        heading: [{known.field("", name): _in_words(known, name, value) for name, value in row.items()} for row in rows]
        for heading, rows in stored.items()
    }


def _in_words(known: Words, name: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if name == "state":
        return next((str(title) for key, title in known.states.items() if key.endswith(f".{value}")), str(value))
    return known.value("", name, value)


def stored_about(person_id: int) -> Mapping[str, Rows]:
    """Account, ways in, roles, deputies, handovers, and what the trail says of and by the person. Secrets are only counted."""
    person = db.session.get_one(Person, person_id)
    return {
        _("Account"): [_account(person)],
        _("Ways in"): _ways_in(person),
        _("Sessions"): _sessions(person_id),
        _("Roles"): _roles(person_id),
        _("Deputies"): _deputies(person_id),
        _("Handovers"): _handovers(person_id),
        _("Audit trail"): _deeds(person),
    }


def _account(person: Person) -> dict[str, Any]:
    return {
        _("Number"): person.id,
        _("User name"): person.username,
        _("Full name"): person.full_name,
        _("Position"): person.title or "",
        _("Work e-mail"): person.email or "",
        _("Unit"): person.unit.name,
        _("Language"): LANGUAGE_NAMES[person.language],
        _("Password"): _("kept as a hash that cannot be turned back") if person.password_hash else _("none"),
        _("Disabled"): _yes(person.disabled),
        _("Last active"): day_text(person.active_on),
        _("Leaves on"): day_text(person.leaves_on),
    }


LANGUAGE_NAMES = dict(zip(LANGUAGES, ("Tiếng Việt", "English"), strict=True))


def _ways_in(person: Person) -> list[dict[str, Any]]:
    rows = []
    if person.totp_secret is not None:
        rows.append({_("Kind"): _("Application with codes"), _("Name"): "", _("Made on"): "", _("Used on"): ""})
    for passkey in db.session.scalars(select(Passkey).where(Passkey.person_id == person.id).order_by(Passkey.id)):
        used = moment_text(passkey.used_at)
        rows.append(
            {_("Kind"): _("Passkey"), _("Name"): passkey.title, _("Made on"): moment_text(passkey.made_at), _("Used on"): used}
        )
    for link in db.session.scalars(select(OneTimeLink).where(OneTimeLink.person_id == person.id).order_by(OneTimeLink.id)):
        made, used = moment_text(link.made_at), moment_text(link.used_at)
        rows.append({_("Kind"): _("One-time link"), _("Name"): link.purpose, _("Made on"): made, _("Used on"): used})
    known = select(DirectoryIdentity).where(DirectoryIdentity.person_id == person.id).order_by(DirectoryIdentity.id)
    for identity in db.session.scalars(known):
        name = f"{identity.issuer} {identity.subject}"
        rows.append({_("Kind"): _("Directory"), _("Name"): name, _("Made on"): "", _("Used on"): ""})
    return rows


def _sessions(person_id: int) -> list[dict[str, Any]]:
    found = db.session.scalars(select(Session).where(Session.person_id == person_id).order_by(Session.began_at.desc()))
    return [
        {
            _("Began"): moment_text(one.began_at),
            _("Last seen"): moment_text(one.seen_at),
            _("Ended"): moment_text(one.ended_at),
            _("Network address"): one.address or "",
            _("Browser"): one.browser or "",
        }
        for one in found
    ]


def _roles(person_id: int) -> list[dict[str, Any]]:
    query = select(Grant).where(Grant.person_id == person_id).options(joinedload(Grant.unit)).order_by(Grant.id)
    return [
        {
            _("Role"): str(grant.role.title),
            _("Unit"): grant.unit.name,
            _("From"): day_text(grant.valid_from),
            _("Until"): day_text(grant.valid_to),
            _("Taken back"): moment_text(grant.revoked_at),
            _("Reason"): grant.reason or "",
        }
        for grant in db.session.scalars(query)
    ]


def _deputies(person_id: int) -> list[dict[str, Any]]:
    query = (
        select(Deputy)
        .where(or_(Deputy.principal_id == person_id, Deputy.deputy_id == person_id))
        .options(joinedload(Deputy.principal), joinedload(Deputy.deputy))
        .order_by(Deputy.id)
    )
    return [
        {
            _("For"): one.principal.full_name,
            _("Deputy"): one.deputy.full_name,
            _("From"): day_text(one.valid_from),
            _("Until"): day_text(one.valid_to),
            # why somebody else is away is that person's matter
            _("Reason"): one.reason if one.principal_id == person_id else "",
        }
        for one in db.session.scalars(query)
    ]


def _handovers(person_id: int) -> list[dict[str, Any]]:
    query = (
        select(Handover)
        .where(or_(Handover.giver_id == person_id, Handover.receiver_id == person_id))
        .options(joinedload(Handover.giver), joinedload(Handover.receiver))
        .order_by(Handover.id)
    )
    return [
        {
            _("Made on"): moment_text(one.made_at),
            _("From"): one.giver.full_name,
            _("To"): one.receiver.full_name,
            _("Leaves on"): day_text(one.leaves_on),
            _("Things"): sum(len(lines) for lines in one.things.values()),
        }
        for one in db.session.scalars(query)
    ]


def _deeds(person: Person) -> list[dict[str, Any]]:
    """What the person did, and what was done to the account with its details; other people's accounts stay numbers."""
    query = (
        select(TrailEntry)
        .where(or_(TrailEntry.person_id == person.id, _about(person), TrailEntry.id.in_(naming(person.id, person.username))))
        .options(selectinload(TrailEntry.personal_values))
        .order_by(TrailEntry.id.desc())
        .limit(LAST_DEEDS)
    )
    return [
        {
            _("When"): moment_text(told.at),
            _("Who"): told.who,
            _("Deed"): told.deed,
            _("Record"): told.record if told.kind != KIND or told.code == code_of(person) else f"#{told.code}",
            _("Details"): "; ".join(told.details) if (told.kind, told.code) == (KIND, code_of(person)) else "",
            _("Network address"): (told.address or "") if told.person_id == person.id else "",
        }
        for told in tell(db.session.scalars(query).all())
    ]


def _about(person: Person) -> ColumnElement[bool]:
    return and_(TrailEntry.kind == KIND, TrailEntry.code == code_of(person))


def as_json(person: Person, moment: Moment) -> dict[str, Any]:
    """The export as one document that a program reads."""
    return {"person": code_of(person), "made_at": _stamp(moment.instant), "stored": everything(person.id)}


def _stamp(instant: datetime) -> str:
    return instant.isoformat(timespec="seconds")


def _yes(given: bool) -> str:
    return str(_("yes") if given else _("no"))
