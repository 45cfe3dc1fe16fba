"""What administrators do to accounts: make, invite, change, close. The verbs write; they never commit.

Whoever somebody is goes beside the chain of the trail, and so do reasons: they may tell of illness or discipline.
"""

from dataclasses import dataclass

from sqlalchemy import select

from qms.accounts import sessions
from qms.accounts.closing import close
from qms.accounts.directory import service as directory
from qms.accounts.holders import decide_alone
from qms.accounts.links import service as links
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.accounts.second_factor import service as second_factor
from qms.accounts.service import KIND, code_of, create_person
from qms.kernel.db import db
from qms.kernel.language import LANGUAGES, _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, reason_given, refuse_if
from qms.kernel.text import nfc, search_text
from qms.kernel.web import public_link
from qms.notices.addresses import mail_address
from qms.notices.service import mail_configured, notify, post
from qms.people import deeds
from qms.people.standing import standing_of
from qms.trail.service import record
from qms.units.models import Unit

BY_ADMINISTRATOR = "administrator"
INVITATION, RESET, LIFETIMES = links.INVITATION, links.RESET, links.LIFETIMES


@dataclass(frozen=True)
class Particulars:
    """Who somebody is, as the form says it; empty texts are None."""

    full_name: str
    title: str | None
    email: str | None
    language: str


@dataclass(frozen=True)
class Delivery:
    """How a one-time link reaches its person: by mail, or handed over by whoever made it, who sees it once."""

    address: str | None
    link: str | None


def usable_address(email: str | None) -> Refusal | None:
    """A work address can be written to, or there is none."""
    if not email or mail_address(email) is not None:
        return None
    return Refusal("address_unusable", _l("“%(address)s” is not a mail address.", address=email))


def add(username: str, particulars: Particulars, unit: Unit, moment: Moment) -> Person:
    """A new person of a unit, who gets in by an invitation. Raises ``Refused``: not_permitted, username_taken and others."""
    may = moment.person.may(Permission.ACCOUNTS_MANAGE, unit.id)
    refuse_if(
        None if may else Refusal("not_permitted", _l("Your role does not allow making accounts in this unit.")),
        usable_address(particulars.email),
    )
    return create_person(
        username,
        particulars.full_name,
        unit,
        moment,
        title=particulars.title,
        email=_stored_address(particulars.email),
        language=particulars.language,
    )


def edit(person: Person, particulars: Particulars, unit: Unit, moment: Moment) -> None:
    """Changes who somebody is and where the person belongs; the person is told when the address changes."""
    may = moment.person.may(Permission.ACCOUNTS_MANAGE, unit.id)
    refuse_if(
        *_in_the_way("edit", person, moment),
        None if may else Refusal("not_permitted", _l("Your role does not allow making accounts in this unit.")),
        None if particulars.full_name.strip() else Refusal("full_name_empty", _l("A person needs a full name.")),
        None if particulars.language in LANGUAGES else Refusal("language_unknown", _l("The language is vi or en.")),
        usable_address(particulars.email),
    )
    new = {
        "full_name": nfc(particulars.full_name).strip(),
        "title": particulars.title,
        "email": _stored_address(particulars.email),
    }
    personal = {name: [getattr(person, name), value] for name, value in new.items() if getattr(person, name) != value}
    changes = {}
    if person.unit_id != unit.id:
        changes["unit"] = [person.unit.code, unit.code]
    if person.language != particulars.language:
        changes["language"] = [person.language, particulars.language]
    if not personal and not changes:
        return
    for name, value in new.items():
        setattr(person, name, value)
    person.unit, person.unit_id, person.language = unit, unit.id, particulars.language
    person.folded = search_text(person.username, person.full_name, person.title)
    record(moment, KIND, code_of(person), "edit", unit_id=unit.id, changes=changes, personal=personal)
    if "email" in personal:
        _tell(person, "account_changed", moment)


def invite(person: Person, moment: Moment) -> Delivery:
    """A link for a first password; an earlier one is worth nothing from now on."""
    refuse_if(*_in_the_way("invite", person, moment))
    return deliver(person, INVITATION, moment)


def send_reset(person: Person, moment: Moment) -> Delivery:
    """A link for a new password; the old password holds until the link is used."""
    refuse_if(*_in_the_way("reset_password", person, moment))
    return deliver(person, RESET, moment)


def deliver(person: Person, purpose: str, moment: Moment) -> Delivery:
    """Makes a one-time link and posts it, or answers with it when no mail leaves this installation or reaches the person."""
    link = public_link("/link/" + links.make(person, purpose, moment))
    if not mail_configured() or mail_address(person.email) is None:
        return Delivery(None, link)
    values = {
        "full_name": person.full_name,
        "username": person.username,
        "url": link,
        "hours": int(LIFETIMES[purpose].total_seconds() // 3600),
    }
    post(str(person.email), purpose, person.language, moment, values=values, person_id=person.id)
    return Delivery(person.email, None)


def forgotten_password(typed: str, moment: Moment) -> int:
    """Posts a link for a new password to whoever the name or address belongs to; answers how many, which nobody is told.

    Nobody has proved anything: an account that is closed, or that no mail reaches, gets nothing.
    """
    typed = nfc(typed).strip()
    named = Person.username == typed if "@" not in typed else Person.email.in_({typed, typed.lower()})
    found = db.session.scalars(select(Person).where(named, Person.disabled.is_(False)).limit(5)).all()
    reached = [person for person in found if mail_address(person.email) is not None] if mail_configured() else []
    for person in reached:
        deliver(person, RESET, moment)
    return len(reached)


def reset_second_factor(person: Person, moment: Moment) -> None:
    """Takes away the application, the recovery codes and the passkeys, and ends all sessions: for a lost telephone.

    A role that demands a second factor makes the person set a new one at the next sign-in.
    """
    refuse_if(*_in_the_way("reset_second_factor", person, moment))
    second_factor.reset_second_factor(person, moment)
    _tell(person, "second_factor_reset", moment)


def end_sessions(person: Person, moment: Moment) -> int:
    """Signs the person out everywhere; answers of how many places. Links in letters open nothing any more, either."""
    refuse_if(*_in_the_way("end_sessions", person, moment))
    ended = sessions.end_all(person.id, moment.instant)
    links.close_all(person, moment.instant)
    record(moment, KIND, code_of(person), "end_sessions", unit_id=person.unit_id, changes={"sessions": [ended, 0]})
    return ended


def unlink_directory(person: Person, moment: Moment) -> None:
    """For whoever is somebody else in the directory now (a new account there): the next sign-in by user name links anew."""
    refuse_if(*_in_the_way("unlink_directory", person, moment))
    directory.unlink(person, moment)


def disable(person: Person, reason: str, moment: Moment) -> None:
    """Closes the account at once: sessions and links end; what it holds stays until it is handed over."""
    decide_alone()
    refuse_if(*_in_the_way("disable", person, moment), reason_given(reason))
    close(person, BY_ADMINISTRATOR, moment, reason.strip())


def enable(person: Person, reason: str, moment: Moment) -> None:
    """Opens the account again; a last day that was planned is forgotten, roles that ended meanwhile stay ended."""
    refuse_if(*_in_the_way("enable", person, moment), reason_given(reason))
    changes: dict[str, list[object]] = {"disabled": [True, False]}
    if person.leaves_on is not None:
        changes["leaves_on"] = [person.leaves_on.isoformat(), None]
    person.disabled, person.leaves_on = False, None
    person.active_on = moment.today  # the clock closes what lies unused; that counts from now on
    reasons = {"reason": [None, reason.strip()]}
    record(moment, KIND, code_of(person), "enable", unit_id=person.unit_id, changes=changes, personal=reasons)


def _in_the_way(name: str, person: Person, moment: Moment) -> list[Refusal]:
    standing = standing_of(person, moment, deeds.deed(name).permission)
    return deeds.hindrances(name, standing, moment)


def _stored_address(email: str | None) -> str | None:
    """Addresses are compared when a password is forgotten, so they are kept in one form."""
    return email.strip().lower() if email and email.strip() else None


def _tell(person: Person, name: str, moment: Moment) -> None:
    if person.id != moment.person.person_id:
        notify(person.id, name, KIND, code_of(person), moment, urgent=True)
