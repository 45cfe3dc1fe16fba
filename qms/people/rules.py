"""What may be done to an account, a role, a deputy, and why not: pure functions of plain facts.

The separation of duties follows the level-2 controls for information systems and 9.2.2 c by analogy; what may be forgotten
follows Law 91/2025 on personal data, beside the duty to keep logs for twelve months.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from qms.accounts.models import Person
from qms.accounts.permissions import ROLES, Permission, Role
from qms.kernel.days import add_months
from qms.kernel.language import _l
from qms.kernel.refusal import Refusal

LOG_MONTHS = 12
"""Level-2 systems keep their logs for at least twelve months."""
RESETS_EACH, RESETS_WINDOW = 3, timedelta(hours=1)
"""How often a link for a new password is sent for one name: nobody's mailbox is flooded."""
DEPUTY_MONTHS = 12
"""Nobody is a deputy for longer; whoever stays away longer hands over."""

INCOMPATIBLE: dict[Role, frozenset[Role]] = {
    Role.ADMINISTRATOR: frozenset({Role.QUALITY_OFFICER, Role.MANAGEMENT_REPRESENTATIVE, Role.PUBLISHER, Role.INSPECTOR}),
}
"""Who runs the installation neither judges quality, publishes nor inspects. A small office may combine them with a reason."""


@dataclass(frozen=True)
class Standing:
    """What the rules ask about an account, as whoever acts sees it."""

    person: Person
    today: date
    is_oneself: bool
    within_reach: bool
    """Whether every role of the person holds in units in which the actor has the permission, too."""
    only_administrator: bool
    """Whether nobody else who can sign in would administer what this person administers."""
    open_sessions: int = 0
    has_second_factor: bool = False
    comes_by_directory: bool = False
    """Whether the directory knows who the person is."""
    untold: str | None = None
    """Claims that the directory did not tell at the newest sign-in."""
    holdings: int = 0
    """How many things are left to be given over."""


Rule = Callable[[Standing], Refusal | None]


# --- accounts


def not_oneself(standing: Standing) -> Refusal | None:
    """Nobody raises or shuts out the own account; the own page has what one may do oneself."""
    if not standing.is_oneself:
        return None
    return Refusal("oneself", _l("Nobody does this to the own account; another administrator does."))


def within_reach(standing: Standing) -> Refusal | None:
    """Whoever can take over an account gets its rights, so they must not exceed the own reach."""
    if standing.within_reach:
        return None
    return Refusal(
        "beyond_reach", _l("This person holds roles beyond the units you look after; somebody who looks after those does this.")
    )


def is_enabled(standing: Standing) -> Refusal | None:
    """For what needs an account in use."""
    return Refusal("disabled", _l("The account is disabled.")) if standing.person.disabled else None


def is_disabled(standing: Standing) -> Refusal | None:
    """For what needs an account out of use."""
    return None if standing.person.disabled else Refusal("enabled", _l("The account is not disabled."))


def not_forgotten(standing: Standing) -> Refusal | None:
    """A person who was forgotten does not come back; a new account is made."""
    if standing.person.forgotten_at is None:
        return None
    return Refusal("forgotten", _l("The data of this person were erased; the account cannot be used again."))


def not_come_in_yet(standing: Standing) -> Refusal | None:
    """An invitation is for a first password."""
    if standing.person.password_hash is None:
        return None
    return Refusal("has_password", _l("This person has a password already; send a link for a new one."))


def others_administer(standing: Standing) -> Refusal | None:
    """The last administrator stays, or nobody could let anybody in any more."""
    if not standing.only_administrator:
        return None
    return Refusal("last_administrator", _l("Nobody else administers these units; make somebody else administrator first."))


def has_second_factor(standing: Standing) -> Refusal | None:
    """There must be one to take away."""
    return None if standing.has_second_factor else Refusal("no_second_factor", _l("This person has no second factor."))


def is_linked(standing: Standing) -> Refusal | None:
    """There must be a link to take away."""
    return None if standing.comes_by_directory else Refusal("not_linked", _l("This person has never come in by the directory."))


def has_sessions(standing: Standing) -> Refusal | None:
    """There must be one to end."""
    return None if standing.open_sessions else Refusal("no_session", _l("This person is signed in nowhere."))


# --- roles


def unit_in_reach(may: bool) -> Refusal | None:
    """Roles are given only where the giver gives roles."""
    return None if may else Refusal("not_permitted", _l("Your role does not allow giving roles in this unit."))


def not_to_oneself(is_oneself: bool) -> Refusal | None:
    """Nobody gives a role to oneself, nor to a person one is a deputy of."""
    return Refusal("to_oneself", _l("Nobody gives roles to oneself.")) if is_oneself else None


def role_may_be_given(role: Role, administers_there: bool) -> Refusal | None:
    """What lets people in is given only by an administrator of that unit or of one above it."""
    if administers_there or not {Permission.GRANTS_GIVE, Permission.ACCOUNTS_MANAGE} & ROLES[role]:
        return None
    return Refusal(
        "not_administrator", _l("“%(role)s” is given only by an administrator of this unit or above it.", role=role.title)
    )


def person_in_use(person: Person) -> Refusal | None:
    """A disabled or forgotten account gets nothing."""
    if not person.disabled:
        return None
    return Refusal("person_disabled", _l("The account of %(name)s is disabled.", name=person.full_name))


def period_ahead(valid_from: date | None, valid_to: date | None, today: date) -> Refusal | None:
    """Rights begin today or later; nothing is allowed afterwards that was not allowed then."""
    if valid_from is not None and valid_from < today:
        return Refusal("begins_in_past", _l("It begins today or later, never in the past."))
    if valid_to is not None and valid_to < (valid_from or today):
        return Refusal("ends_before_start", _l("It ends before it begins."))
    return None


def not_given_yet(overlapping: bool, full_name: str, role: Role) -> Refusal | None:
    """The same role in the same unit at the same time is given once."""
    if not overlapping:
        return None
    return Refusal(
        "given_already",
        _l("%(name)s holds the role “%(role)s” in this unit in that time already.", name=full_name, role=role.title),
    )


def kept_apart(role: Role, others: Iterable[Role]) -> frozenset[Role]:
    """Which of the other roles in the same reach are kept apart from this one."""
    held = frozenset(others)
    apart = {other for other in held if role in INCOMPATIBLE.get(other, frozenset())}
    return (INCOMPATIBLE.get(role, frozenset()) & held) | frozenset(apart)


def combined_with_reason(role: Role, others: Iterable[Role], reason: str | None) -> Refusal | None:
    """Duties that are kept apart meet in one person only with a documented reason (5.3; small offices have few people)."""
    apart = kept_apart(role, others)
    if not apart or (reason and reason.strip()):
        return None
    named = ", ".join(str(each.title) for each in sorted(apart))
    return Refusal(
        "duties_apart",
        _l(
            "“%(role)s” is kept apart from: %(others)s. Give the reason why one person holds both.", role=role.title, others=named
        ),
    )


def not_over_yet(over: bool) -> Refusal | None:
    """What has ended cannot be ended again."""
    return Refusal("over_already", _l("This has ended already.")) if over else None


def last_day_not_past(last_day: date, today: date) -> Refusal | None:
    """Rights are taken back from now on, never for days that have passed."""
    return None if last_day >= today else Refusal("day_past", _l("The last day lies in the past; choose today or a later day."))


# --- deputies


def deputy_is_another(principal: Person, deputy: Person) -> Refusal | None:
    """Nobody is the own deputy."""
    return Refusal("own_deputy", _l("Choose somebody else as deputy.")) if principal.id == deputy.id else None


def namer_is_not_deputy(deputy_is_namer: bool) -> Refusal | None:
    """Whoever names a deputy for somebody else does not name oneself: that would be taking rights, not lending them."""
    if not deputy_is_namer:
        return None
    return Refusal("names_oneself", _l("Nobody makes oneself the deputy of somebody else; the person or another officer does."))


def deputised_at_most_a_year(valid_from: date, valid_to: date) -> Refusal | None:
    """A deputy stands in for a time; whoever is away longer hands over."""
    if valid_to < add_months(valid_from, DEPUTY_MONTHS):
        return None
    return Refusal("too_long", _l("A deputy is named for at most a year; for longer, hand over."))


def has_something_to_lend(lendable: bool) -> Refusal | None:
    """A person whose only roles are not lent has no deputy."""
    if lendable:
        return None
    return Refusal(
        "nothing_to_lend", _l("This person holds no role that a deputy can have; an administrator's role is not lent.")
    )


def lent_apart(deputy: str, role: Role, others: Iterable[Role]) -> Refusal | None:
    """Duties that are kept apart do not meet in a deputy, either (5.3)."""
    apart = kept_apart(role, others)
    if not apart:
        return None
    named = ", ".join(str(each.title) for each in sorted(apart))
    return Refusal(
        "duties_apart",
        _l(
            "%(name)s is %(others)s there, which is kept apart from “%(role)s”; choose somebody else.",
            name=deputy,
            others=named,
            role=role.title,
        ),
    )


def not_deputy_yet(overlapping: bool) -> Refusal | None:
    """The same two people at the same time once."""
    return Refusal("deputy_already", _l("This person is the deputy in that time already.")) if overlapping else None


# --- handing over


def receiver_is_another(giver: Person, receiver: Person) -> Refusal | None:
    """Things are given to somebody else."""
    return Refusal("own_receiver", _l("Choose somebody else as receiver.")) if giver.id == receiver.id else None


def receiver_stays(receiver: Person) -> Refusal | None:
    """Whoever receives must be there to do it."""
    if receiver.disabled:
        return Refusal(
            "receiver_disabled", _l("The account of %(name)s is disabled; choose somebody else.", name=receiver.full_name)
        )
    if receiver.leaves_on is not None:
        day = receiver.leaves_on.strftime("%d/%m/%Y")
        return Refusal(
            "receiver_leaves", _l("%(name)s leaves on %(day)s; choose somebody else.", name=receiver.full_name, day=day)
        )
    return None


def leaves_today_or_later(leaves_on: date | None, today: date, is_oneself: bool) -> Refusal | None:
    """Nobody left in the past; who hands over the own work needs the account until the minute is signed."""
    if leaves_on is None or leaves_on > today or (leaves_on == today and not is_oneself):
        return None
    if is_oneself:
        return Refusal("leaves_too_early", _l("Choose tomorrow or a later day: today the own account is still needed."))
    return Refusal("day_past", _l("The day of leaving lies in the past; choose today or a later day."))


def role_may_be_ended(role: Role, administers_there: bool) -> Refusal | None:
    """Leaving ends roles; that of somebody who lets people in ends by a peer only, as it was given by one."""
    if administers_there or not {Permission.GRANTS_GIVE, Permission.ACCOUNTS_MANAGE} & ROLES[role]:
        return None
    return Refusal(
        "not_administrator",
        _l(
            "“%(role)s” is ended only by an administrator of this unit or above it; hand over without a last day.",
            role=role.title,
        ),
    )


def something_happens(things: int, leaves_on: date | None) -> Refusal | None:
    """A handover gives something over or ends something."""
    if things or leaves_on is not None:
        return None
    return Refusal("nothing_to_give", _l("This person holds nothing; without a last day there is nothing to do."))


# --- forgetting


def nothing_held(standing: Standing) -> Refusal | None:
    """What somebody still answers for is given over first (5.3)."""
    if not standing.holdings:
        return None
    return Refusal(
        "estate_left",
        _l("Things are left that this person answers for (%(count)s); hand them over first.", count=standing.holdings),
    )


def logs_kept_long_enough(standing: Standing, requested: bool) -> Refusal | None:
    """Who did what is kept for twelve months at least (level-2 systems); earlier only when the person asks in writing."""
    active_on = standing.person.active_on
    if active_on is None or requested or standing.today >= add_months(active_on, LOG_MONTHS):
        return None
    day = add_months(active_on, LOG_MONTHS).strftime("%d/%m/%Y")
    return Refusal(
        "too_early", _l("The account was used within twelve months. Before %(day)s only a written request allows it.", day=day)
    )


def confirmed(typed: str | None, expected: str) -> Refusal | None:
    """What cannot be undone is typed, not clicked."""
    if typed and typed.strip() == expected:
        return None
    return Refusal("not_confirmed", _l("Type the user name exactly as it stands there."))
