"""The list of people, and one of them."""

from collections.abc import Sequence

from flask import render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.people import deeds, queries
from qms.people.deputies import service as deputising
from qms.people.handover import queries as handover_queries
from qms.people.pages import blueprint, person_or_404
from qms.people.roster.listing import LIST
from qms.people.rules import Standing
from qms.people.standing import standing_of

_MAIN = (
    "edit",
    "invite",
    "reset_password",
    "reset_second_factor",
    "end_sessions",
    "unlink_directory",
    "disable",
    "enable",
    "hand_over",
)
_PRIVACY = ("export_data", "forget")


LIST.open(blueprint, "/people")


@blueprint.get("/people/<int:person_id>")
@needs(Permission.ACCOUNTS_READ)
def show(person_id: int) -> ResponseReturnValue:
    """One account: who, roles now and before, deputies, how it stands, and what can be done with it."""
    moment = now()
    person, deputies = person_or_404(person_id), queries.deputies_of(person_id)
    standing = standing_of(person, moment, Permission.ACCOUNTS_MANAGE)
    return render_template(
        "people/show.html",
        someone=person,
        state=queries.state_of(person, moment),
        standing=standing,
        grants=sorted(person.grants, key=lambda grant: (queries.is_over(grant, moment.today), grant.role, grant.id)),
        is_over=lambda grant: queries.is_over(grant, moment.today),
        deputies=deputies,
        deputy_is_over=lambda deputy: deputising.is_over(deputy, moment.today),
        revocable=deputising.revocable(deputies, moment),
        handovers=handover_queries.handovers_of(person.id),
        questions=_questions(person),
        reason=queries.reason_disabled(person) if person.disabled else None,
        steps=_steps(_MAIN, person, standing, moment),
        privacy=_steps(_PRIVACY, person, standing, moment),
        may_give=moment.person.may(Permission.GRANTS_GIVE, None),
        may_name=moment.person.may(Permission.DEPUTIES_NAME, person.unit_id),
        may_trail=moment.person.may(Permission.TRAIL_READ, person.unit_id),
    )


def _questions(person: Person) -> dict[str, str]:
    """What is asked before a deed that needs no form."""
    return {
        "invite": _("Make an invitation for %(name)s? An earlier one is worth nothing then.", name=person.full_name),
        "reset_password": _("Make a link for a new password of %(name)s?", name=person.full_name),
        "reset_second_factor": _(
            "Take the second factor of %(name)s away? Check first that it is really this person.", name=person.full_name
        ),
        "end_sessions": _("Sign %(name)s out everywhere?", name=person.full_name),
        "unlink_directory": _(
            "Take the link of %(name)s to the directory away? Whoever comes in by it next under this name gets the account.",
            name=person.full_name,
        ),
    }


def _steps(names: Sequence[str], person: Person, standing: Standing, moment: Moment) -> list[object]:
    """What the page offers: only deeds of a permission one has somewhere, without those that the state leaves no sense."""
    senseless = {"enable"} if not person.disabled else {"disable", "invite", "reset_password", "end_sessions", "hand_over"}
    senseless |= set() if standing.comes_by_directory else {"unlink_directory"}
    senseless |= {"invite"} if person.password_hash else {"reset_password"}
    shown = [name for name in names if name not in senseless and moment.person.may(deeds.deed(name).permission, None)]
    return list(deeds.open_steps(shown, standing, moment))
