"""What this package stores about a person: account, ways in, sessions, roles, deputies, invitations, handovers.

Secrets are only counted.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import case, or_, select
from sqlalchemy.orm import aliased

from qms.accounts.models import Deputy, DirectoryIdentity, Grant, OneTimeLink, Passkey, Person, Session
from qms.kernel.language import LANGUAGES, _
from qms.kernel.stored import Stored
from qms.kernel.together import Query
from qms.kernel.web import day_text, moment_text
from qms.people.handover.models import Handover
from qms.people.invitations import queries as inviting
from qms.units.models import Unit

LANGUAGE_NAMES = dict(zip(LANGUAGES, ("Tiếng Việt", "English"), strict=True))


def stored_about(person_id: int) -> Sequence[Stored]:
    """Account, ways in, roles, deputies, invitations and handovers. Secrets are only counted."""
    account = (
        select(
            Person.id,
            Person.username,
            Person.full_name,
            Person.title,
            Person.email,
            Unit.name.label("unit"),
            Person.language,
            Person.password_hash.is_not(None).label("has_password"),
            Person.disabled,
            Person.active_on,
            Person.leaves_on,
        )
        .join(Unit, Unit.id == Person.unit_id)
        .where(Person.id == person_id)
    )
    began = select(Session.began_at, Session.seen_at, Session.ended_at, Session.address, Session.browser)
    roles = (
        select(
            Grant.role,
            Unit.name.label("unit"),
            Grant.valid_from,
            Grant.valid_to,
            Grant.revoked_at,
            Grant.reason,
        )
        .join(Unit, Unit.id == Grant.unit_id)
        .where(Grant.person_id == person_id)
    )
    return [
        Stored(_("Account"), account, _account),
        *_ways_in(person_id),
        Stored(_("Sessions"), began.where(Session.person_id == person_id).order_by(Session.began_at.desc()), _session),
        Stored(_("Roles"), roles.order_by(Grant.id), _role),
        Stored(_("Deputies"), _deputies(person_id), _deputy),
        inviting.stored_about(person_id),
        Stored(_("Handovers"), _handovers(person_id), _handover),
    ]


def _account(row: Any) -> Mapping[str, Any]:
    return {
        _("Number"): row.id,
        _("User name"): row.username,
        _("Full name"): row.full_name,
        _("Position"): row.title or "",
        _("Work e-mail"): row.email or "",
        _("Unit"): row.unit,
        _("Language"): LANGUAGE_NAMES[row.language],
        _("Password"): _("kept as a hash that cannot be turned back") if row.has_password else _("none"),
        _("Disabled"): _yes(row.disabled),
        _("Last active"): day_text(row.active_on),
        _("Leaves on"): day_text(row.leaves_on),
    }


def _ways_in(person_id: int) -> Iterator[Stored]:
    heading = _("Ways in")
    app = select(Person.id).where(Person.id == person_id, Person.totp_secret.is_not(None))
    yield Stored(heading, app, lambda _row: _way_in(_("Application with codes")))
    keys = select(Passkey.title, Passkey.made_at, Passkey.used_at).where(Passkey.person_id == person_id).order_by(Passkey.id)
    yield Stored(heading, keys, lambda row: _way_in(_("Passkey"), row.title, row.made_at, row.used_at))
    links = select(OneTimeLink.purpose, OneTimeLink.made_at, OneTimeLink.used_at).where(OneTimeLink.person_id == person_id)
    yield Stored(
        heading, links.order_by(OneTimeLink.id), lambda row: _way_in(_("One-time link"), row.purpose, row.made_at, row.used_at)
    )
    known = select(DirectoryIdentity.issuer, DirectoryIdentity.subject).where(DirectoryIdentity.person_id == person_id)
    yield Stored(
        heading, known.order_by(DirectoryIdentity.id), lambda row: _way_in(_("Directory"), f"{row.issuer} {row.subject}")
    )


def _way_in(kind: str, name: str = "", made: datetime | None = None, used: datetime | None = None) -> Mapping[str, Any]:
    return {_("Kind"): kind, _("Name"): name, _("Made on"): moment_text(made), _("Used on"): moment_text(used)}


def _session(row: Any) -> Mapping[str, Any]:
    return {
        _("Began"): moment_text(row.began_at),
        _("Last seen"): moment_text(row.seen_at),
        _("Ended"): moment_text(row.ended_at),
        _("Network address"): row.address or "",
        _("Browser"): row.browser or "",
    }


def _role(row: Any) -> Mapping[str, Any]:
    return {
        _("Role"): str(row.role.title),
        _("Unit"): row.unit,
        _("From"): day_text(row.valid_from),
        _("Until"): day_text(row.valid_to),
        _("Taken back"): moment_text(row.revoked_at),
        _("Reason"): row.reason or "",
    }


def _deputies(person_id: int) -> Query:
    principal, deputy = aliased(Person), aliased(Person)
    # why somebody else is away is that person's matter
    own_reason = case((Deputy.principal_id == person_id, Deputy.reason), else_="").label("reason")
    return (
        select(
            principal.full_name.label("principal"),
            deputy.full_name.label("deputy"),
            Deputy.valid_from,
            Deputy.valid_to,
            own_reason,
        )
        .select_from(Deputy)
        .join(principal, principal.id == Deputy.principal_id)
        .join(deputy, deputy.id == Deputy.deputy_id)
        .where(or_(Deputy.principal_id == person_id, Deputy.deputy_id == person_id))
        .order_by(Deputy.id)
    )


def _deputy(row: Any) -> Mapping[str, Any]:
    return {
        _("For"): row.principal,
        _("Deputy"): row.deputy,
        _("From"): day_text(row.valid_from),
        _("Until"): day_text(row.valid_to),
        _("Reason"): row.reason,
    }


def _handovers(person_id: int) -> Query:
    giver, receiver = aliased(Person), aliased(Person)
    return (
        select(
            Handover.made_at,
            giver.full_name.label("giver"),
            receiver.full_name.label("receiver"),
            Handover.leaves_on,
            Handover.things,
        )
        .join(giver, giver.id == Handover.giver_id)
        .join(receiver, receiver.id == Handover.receiver_id)
        .where(or_(Handover.giver_id == person_id, Handover.receiver_id == person_id))
        .order_by(Handover.id)
    )


def _handover(row: Any) -> Mapping[str, Any]:
    return {
        _("Made on"): moment_text(row.made_at),
        _("From"): row.giver,
        _("To"): row.receiver,
        _("Leaves on"): day_text(row.leaves_on),
        _("Things"): sum(len(lines) for lines in row.things.values()),
    }


def _yes(given: bool) -> str:
    return str(_("yes") if given else _("no"))
