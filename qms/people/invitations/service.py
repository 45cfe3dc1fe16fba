"""Inviting a person of another agency, answering, and ending it: the only way in which agencies share people (5.3).

Whoever invites hears the same for every user name, and hears it after the same work: whom it concerns is told by the clock.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, String, cast, exists, literal, select, union_all

from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Role
from qms.kernel.db import db, writing
from qms.kernel.feature import Chore
from qms.kernel.language import LANGUAGES, _, force_locale
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, reason_given, refuse_if
from qms.kernel.text import nfc
from qms.notices.models import Notice
from qms.notices.service import notify
from qms.people import rules
from qms.people.invitations import queries
from qms.people.invitations import rules as guests
from qms.people.invitations.models import Invitation, InvitationState
from qms.people.invitations.queries import KIND
from qms.people.invitations.workflow import GIVE, WORKFLOW, acting, is_home
from qms.people.roles import service as granting
from qms.trail.service import record
from qms.units.models import Unit

ERASED = "-"
"""Stands for what was written about somebody who was forgotten."""
INVITED, ASKED = "guest_invited", "guest_asked"
"""What the person is told, and those of the home agency who answer."""
MOST_TOLD = 200


@dataclass(frozen=True)
class Wanted:
    """What is asked for: whom, as what, from when to when, and why."""

    username: str
    role: Role
    valid_from: date
    valid_to: date
    reason: str


def invite(unit: Unit, wanted: Wanted, moment: Moment) -> Invitation:
    """Asks the agency of a person for help in a unit. Whether there is such a person is not told, by nothing that is said.

    Raises ``Refused``: not_permitted, not_for_guests, begins_in_past, ends_before_start, too_long, known_already, both_sides,
    waits_already, reason_missing.
    """
    username = nfc(wanted.username).strip()
    found = queries.looked_up(username, unit, wanted.role, moment)
    refuse_if(
        rules.unit_in_reach(moment.person.may(GIVE, unit.id)),
        guests.role_for_guests(wanted.role),
        rules.period_ahead(wanted.valid_from, wanted.valid_to, moment.today),
        guests.guest_at_most_a_year(wanted.valid_from, wanted.valid_to),
        guests.not_known_here(found.known, username),
        guests.two_sides(found.own and not found.known, username),
        guests.not_asked_yet(found.waits),
        reason_given(wanted.reason),
    )
    assert moment.person.person_id is not None
    invitation = Invitation(
        unit=unit,
        username=username,
        person_id=found.person_id,
        role=wanted.role,
        valid_from=wanted.valid_from,
        valid_to=wanted.valid_to,
        reason=wanted.reason.strip(),
        invited_by_id=moment.person.person_id,
        invited_at=moment.instant,
        state=InvitationState.WAITING,
    )
    db.session.add(invitation)
    db.session.flush()
    changes = {
        "role": [None, wanted.role.value],
        "unit": [None, unit.code],
        "valid_from": [None, wanted.valid_from.isoformat()],
        "valid_to": [None, wanted.valid_to.isoformat()],
    }
    personal = {"username": [None, username], "reason": [None, invitation.reason]}
    record(moment, KIND, str(invitation.id), "invite", unit_id=unit.id, changes=changes, personal=personal)
    return invitation


def hindrances(invitation: Invitation, step: str, moment: Moment) -> list[Refusal]:
    """Everything that stands in the way of a step, for the page and for the verb."""
    if step == "withdraw":  # asks nothing about the person, nor do the pages of the host
        return WORKFLOW.hindrances(invitation, step, moment)
    found = WORKFLOW.hindrances(invitation, step, acting(invitation, moment))
    return [*found, *_against(invitation, moment)] if step == "accept" else found


def accept(invitation: Invitation, moment: Moment) -> Grant:
    """The home agency agrees: an ordinary role in the unit of the host, for the days that are left of the period.

    Raises ``Refused``: not_permitted, wrong_state, not_of_ours, invited_oneself, to_oneself, invitation_over, beyond_reach,
    person_disabled, known_already, given_already, duties_apart.
    """
    with db.session.no_autoflush:  # state, instant and grant go to the database together
        WORKFLOW.perform(invitation, "accept", acting(invitation, moment), *_against(invitation, moment))
        person = invitation.person
        assert person is not None
        grant = Grant(
            person=person,
            role=invitation.role,
            unit=invitation.unit,
            valid_from=max(invitation.valid_from, moment.today),
            valid_to=invitation.valid_to,
            given_by_id=invitation.invited_by_id,
            reason=_number(invitation),
        )
        granting.enter(grant, moment)
        invitation.grant = grant
        _answered(invitation, person.unit_id, "accept", moment)
    return grant


def decline(invitation: Invitation, reason: str, moment: Moment) -> None:
    """The home agency says no, with the reason. Raises ``Refused``: not_permitted, wrong_state, not_of_ours, reason_missing."""
    with db.session.no_autoflush:
        WORKFLOW.perform(invitation, "decline", acting(invitation, moment), reason=reason)
        assert invitation.person is not None
        invitation.answer = reason.strip()
        _answered(invitation, invitation.person.unit_id, "decline", moment)


def withdraw(invitation: Invitation, moment: Moment) -> None:
    """The host takes it back before it was answered; nobody is told. Raises ``Refused``: not_permitted, wrong_state."""
    with db.session.no_autoflush:
        WORKFLOW.perform(invitation, "withdraw", moment)
        _answered(invitation, invitation.unit_id, "withdraw", moment)


def end(invitation: Invitation, moment: Moment) -> None:
    """Either side ends it at once: the role gives nothing more. Raises ``Refused``: not_permitted, wrong_state, over_already."""
    home = invitation.grant is not None and is_home(invitation, moment)  # nothing is asked of whoever only waits
    with db.session.no_autoflush:
        WORKFLOW.perform(invitation, "end", acting(invitation, moment) if home else moment)
        assert invitation.grant is not None
        assert invitation.person is not None
        granting.finish(invitation.grant, moment)
        invitation.ended_by_id, invitation.ended_at = moment.person.person_id, moment.instant
        changes = {"state": [InvitationState.ACCEPTED.value, invitation.state.value]}
        where = invitation.person.unit_id if home else invitation.unit_id
        record(moment, KIND, str(invitation.id), "end", unit_id=where, changes=changes)
        _tell(invitation.invited_by_id if home else invitation.answered_by_id, "guest_ended", invitation, moment)


def forget(person_id: int, pseudonym: str) -> None:
    """Invitations of somebody who is forgotten stay under the number of the person, without what was written about it."""
    for invitation in db.session.scalars(select(Invitation).where(about(person_id))):
        invitation.username, invitation.reason = pseudonym, ERASED
        invitation.answer = None if invitation.answer is None else ERASED


def about(person_id: int) -> ColumnElement[bool]:
    """The invitations of a person."""
    return Invitation.person_id == person_id


def tell(moment: Moment) -> int:
    """Tells the person, and those of the home agency who answer, once each; answers how many were told.

    The clock does it, so that inviting somebody who exists takes no longer than inviting nobody.
    """
    waiting = Invitation.state == InvitationState.WAITING
    if not db.session.scalar(select(exists().where(waiting, Invitation.person_id.is_not(None)))):
        return 0
    answering, invited = queries.asked(moment.today).subquery("answering"), select(Invitation.person_id, Invitation.id)
    present = invited.join(Person, Person.id == Invitation.person_id).where(
        waiting, Person.disabled.is_(False), Invitation.valid_to >= moment.today
    )
    named = present.add_columns(literal(INVITED).label("name"))
    concerned = union_all(select(answering, literal(ASKED).label("name")), named).subquery("concerned")
    told = exists().where(
        Notice.person_id == concerned.c.person_id, Notice.kind == KIND, Notice.code == cast(concerned.c.id, String)
    )
    new = select(concerned, Unit.name.label("unit")).join(Invitation, Invitation.id == concerned.c.id)
    rows = db.session.execute(new.join(Unit, Unit.id == Invitation.unit_id).where(~told).limit(MOST_TOLD)).all()
    if rows:
        with writing():
            for row in rows:
                notify(
                    row.person_id, INVITED if row.name == INVITED else ASKED, KIND, str(row.id), moment, values={"unit": row.unit}
                )
    return len(rows)


TELLING = Chore("invitations", tell)


def _against(invitation: Invitation, moment: Moment) -> list[Refusal]:
    """What stands against accepting beside the table; nothing is said of it to anybody but those who answer for the person."""
    person = invitation.person
    if person is None or not is_home(invitation, moment):
        return []
    found = queries.stands_against(invitation, person, moment)
    refusals = (
        guests.account_reached(found.reached),
        rules.person_in_use(person),
        guests.not_known_here(found.known, invitation.username),
        rules.not_given_yet(found.given, person.full_name, invitation.role),
        rules.combined_with_reason(invitation.role, [Role(role) for role in found.met or ()], None),
    )
    return [refusal for refusal in refusals if refusal is not None]


def _number(invitation: Invitation) -> str:
    """Why the grant was given, in the language of the office: it is kept."""
    with force_locale(LANGUAGES[0]):
        return _("Invitation no. %(number)s", number=invitation.id)


def _answered(invitation: Invitation, unit_id: int, deed: str, moment: Moment) -> None:
    """Who, when, the trail of the side that acted, and the word to whoever invited."""
    invitation.answered_by_id, invitation.answered_at = moment.person.person_id, moment.instant
    changes = {"state": [InvitationState.WAITING.value, invitation.state.value]}
    personal = {"reason": [None, invitation.answer]} if invitation.answer else {}
    record(moment, KIND, str(invitation.id), deed, unit_id=unit_id, changes=changes, personal=personal)
    if deed != "withdraw":
        name = "guest_accepted" if deed == "accept" else "guest_declined"
        _tell(invitation.invited_by_id, name, invitation, moment)


def _tell(person_id: int | None, name: str, invitation: Invitation, moment: Moment) -> None:
    if person_id is not None and person_id != moment.person.person_id:
        notify(person_id, name, KIND, str(invitation.id), moment, values={"unit": invitation.unit.name})
