"""The life of an invitation as one table."""

from dataclasses import replace

from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.moment import Entrusted, Moment
from qms.kernel.workflow import Step, Workflow
from qms.people.invitations import rules
from qms.people.invitations.models import Invitation, InvitationState

WAITING, SERVING = (InvitationState.WAITING,), (InvitationState.ACCEPTED,)
GIVE = Permission.GRANTS_GIVE

WORKFLOW = Workflow(
    "invitation",
    InvitationState,
    (
        Step(
            "accept",
            _l("Accept the invitation"),
            WAITING,
            InvitationState.ACCEPTED,
            GIVE,
            (rules.asked_of_own_people, rules.still_ahead),
            (rules.NOT_WHO_INVITED, rules.NOT_THE_GUEST),
            onward=True,
        ),
        Step(
            "decline",
            _l("Decline the invitation"),
            WAITING,
            InvitationState.DECLINED,
            GIVE,
            (rules.asked_of_own_people,),
            needs_reason=True,
        ),
        Step("withdraw", _l("Withdraw the invitation"), WAITING, InvitationState.WITHDRAWN, GIVE),
        # by either side, at once
        Step("end", _l("End the work of the guest"), SERVING, InvitationState.ENDED, GIVE, (rules.still_serves,)),
    ),
)
OF_HOST, OF_HOME = ("withdraw", "end"), ("accept", "decline", "end")
"""Which steps each side takes."""


def is_home(invitation: Invitation, moment: Moment) -> bool:
    """Whether whoever acts answers for the people of the unit that the person belongs to."""
    return invitation.person is not None and moment.person.may(GIVE, invitation.person.unit_id)


def acting(invitation: Invitation, moment: Moment) -> Moment:
    """The moment as it counts for the steps of the home agency: the table asks for a right in the unit of the host."""
    if not is_home(invitation, moment):
        return moment
    return replace(moment, person=Entrusted(moment.person, frozenset({GIVE}), invitation.unit_id))
