"""What this package brings to the house."""

from flask import url_for
from sqlalchemy import select

from qms.accounts.events import AccountLocked
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND
from qms.kernel.db import db
from qms.kernel.feature import Feature, MenuEntry, RecordKind, Work
from qms.kernel.language import _l
from qms.people import queries
from qms.people.accounts import forgotten_views as forgotten
from qms.people.accounts import views as accounts
from qms.people.deputies import views as deputies
from qms.people.handover import views as handover
from qms.people.handover.models import Handover
from qms.people.invitations import queries as inviting
from qms.people.invitations import views as invitations
from qms.people.invitations.service import TELLING
from qms.people.invitations.workflow import WORKFLOW
from qms.people.listeners import tell_of_lock
from qms.people.pages import blueprint
from qms.people.privacy import views as privacy
from qms.people.privacy.jobs import EMPTY_OLD_LETTERS
from qms.people.privacy.personal import NAME
from qms.people.privacy.stored import stored_about
from qms.people.roles import matrix_views as matrix
from qms.people.roles import views as grants
from qms.people.roster import views as roster
from qms.people.roster.listing import LIST
from qms.sheets.contents import NotContained

_VIEWS = (accounts, deputies, forgotten, grants, handover, invitations, matrix, privacy, roster)
"""Imported so that the blueprint knows its pages."""


def _person_url(code: str) -> str | None:
    found = code.isdecimal() and db.session.scalar(select(Person.id).where(Person.id == int(code)))
    return url_for("people.show", person_id=found) if found else None


def _handover_url(code: str) -> str | None:
    found = code.isdecimal() and db.session.scalar(select(Handover.id).where(Handover.id == int(code)))
    return url_for("people.minute", handover_id=found) if found else None


FEATURE = Feature(
    NAME,
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("People"), "people.listing", "users", "foot", 80, Permission.ACCOUNTS_READ),),
    workflows=(WORKFLOW,),
    work=Work(inviting.work, inviting.work_count),
    words={"invitation.invite": _l("Invite a guest")},
    chores=(TELLING,),
    listeners={AccountLocked: tell_of_lock},
    jobs=(EMPTY_OLD_LETTERS,),
    records=(
        RecordKind(KIND, _l("Person"), _person_url),
        RecordKind("handover", _l("Handover"), _handover_url),
        RecordKind(inviting.KIND, _l("Invitation of a guest"), inviting.address_of),
    ),
    search=queries.search,
    called=_l("person, people, official, officials"),
    notices={
        "account_changed": _l("An administrator changed the address of your account."),
        "account_locked": _l("Your account was locked until %(until)s: too many wrong passwords, from %(address)s."),
        "second_factor_reset": _l("An administrator took away your second factor. Set up a new one at the next sign-in."),
        "role_given": _l("You were given a role in %(unit)s."),
        "role_ended": _l("A role of yours in %(unit)s ends."),
        "deputy_named": _l("You are the deputy of %(name)s from %(from)s to %(to)s."),
        "deputy_named_for_you": _l("%(name)s is your deputy from %(from)s to %(to)s."),
        "deputy_revoked": _l("%(deputy)s is no longer the deputy of %(name)s."),
        "guest_asked": _l("%(unit)s asks for one of your people as a guest: accept or decline."),
        "guest_invited": _l("%(unit)s invites you as a guest; your agency answers."),
        "guest_accepted": _l("Your invitation of a guest to %(unit)s was accepted."),
        "guest_declined": _l("Your invitation of a guest to %(unit)s was declined."),
        "guest_ended": _l("The work of a guest in %(unit)s was ended."),
        "handed_over": _l("%(giver)s handed over to %(receiver)s: %(count)s things."),
    },
    personal=stored_about,
    lists=(LIST,),
    long_work=(LIST.file.work,),
    not_in_sheets=(
        NotContained(
            _l("Days and reasons of roles, deputies, handovers and invitations of guests"),
            ("deputies", "handovers", "invitations"),
        ),
    ),
)
