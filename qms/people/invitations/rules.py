"""When a guest may be invited, and who answers: pure functions of plain facts (5.3; Law 91/2025 on personal data).

Whether a user name out of reach exists is nobody's business: no rule of inviting asks it.
"""

from datetime import date

from qms.accounts.permissions import Permission, Role
from qms.kernel.days import add_months
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from qms.kernel.workflow import Apart
from qms.people import rules
from qms.people.invitations.models import Invitation

GUEST_ROLES = (Role.AUDITOR, Role.STAFF)
"""Who may be asked to help: an auditor who leads audits, or somebody who does a corrective action."""
GUEST_MONTHS = 12
"""Nobody is a guest for longer; whoever stays longer is asked for again."""


# --- inviting


def role_for_guests(role: Role) -> Refusal | None:
    """Nobody of another agency decides here, lets people in or takes records away."""
    if role in GUEST_ROLES:
        return None
    return Refusal("not_for_guests", _l("“%(role)s” is not given to a guest.", role=role.title))


def guest_at_most_a_year(valid_from: date, valid_to: date) -> Refusal | None:
    """A guest helps for a time."""
    if valid_to < add_months(valid_from, GUEST_MONTHS):
        return None
    return Refusal("too_long", _l("A guest is invited for at most a year; for longer, invite again."))


def not_known_here(known: bool, username: str) -> Refusal | None:
    """Whoever can be chosen already is not invited. The host sees these people, so nothing is told by it."""
    if not known:
        return None
    return Refusal(
        "known_already", _l("%(username)s can be chosen in this unit already; no invitation is needed.", username=username)
    )


def two_sides(looks_after_both: bool, username: str) -> Refusal | None:
    """Nobody asks oneself: whoever looks after both units finds the person and gives the role."""
    if not looks_after_both:
        return None
    return Refusal(
        "both_sides",
        _l(
            "You look after %(username)s yourself: give the role on the page of that person, without an invitation.",
            username=username,
        ),
    )


def not_asked_yet(waits: bool) -> Refusal | None:
    """The same is asked for once at a time."""
    return Refusal("waits_already", _l("The same invitation waits for an answer already.")) if waits else None


# --- answering


def asked_of_own_people(invitation: Invitation, moment: Moment) -> Refusal | None:
    """The agency of the person answers, never the one that asks."""
    person = invitation.person
    if person is not None and moment.person.may(Permission.GRANTS_GIVE, person.unit_id):
        return None
    return Refusal("not_of_ours", _l("Only the agency of the person who is invited answers."))


def still_ahead(invitation: Invitation, moment: Moment) -> Refusal | None:
    """What is over is not accepted any more."""
    if invitation.valid_to >= moment.today:
        return None
    return Refusal("invitation_over", _l("The last day of this invitation has passed; it can be declined or withdrawn."))


def still_serves(invitation: Invitation, moment: Moment) -> Refusal | None:
    """What has ended by itself, or was taken back, is not ended again."""
    grant = invitation.grant
    over = grant is None or grant.revoked_at is not None or (grant.valid_to is not None and grant.valid_to < moment.today)
    return rules.not_over_yet(over)


def account_reached(reached: bool) -> Refusal | None:
    """Whoever answers for the account does: somebody with roles above is answered for there. Work as a guest does not count."""
    if reached:
        return None
    return Refusal(
        "beyond_reach", _l("This person holds roles beyond the units you look after; somebody who looks after those answers.")
    )


NOT_WHO_INVITED = Apart(
    Refusal("invited_oneself", _l("Whoever invited does not accept; somebody else of the person's agency does.")),
    people=lambda invitation: (invitation.invited_by_id,),
)
NOT_THE_GUEST = Apart(
    Refusal("to_oneself", _l("Nobody gives roles to oneself.")), people=lambda invitation: (invitation.person_id,)
)
