"""Everything a person holds on one screen, and given over in one step: all of it or nothing (5.3; regulations on handover).

Each feature knows its own part (``Feature.estate``). Roles are not given over: they end with the last day, and are given anew
to the receiver only by somebody who may give them.
"""

from collections.abc import Collection, Container, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from qms.accounts.closing import close
from qms.accounts.holders import decide_alone
from qms.accounts.jobs import LEFT
from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import Permission
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.feature import Holding, house
from qms.kernel.language import LANGUAGES, force_locale
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused, refuse_if
from qms.notices.service import notify
from qms.people import deeds, queries, reach, rules
from qms.people.deputies import service as deputising
from qms.people.estate import estate_of
from qms.people.handover.models import Handover
from qms.people.roles import service as granting
from qms.people.rules import Standing
from qms.people.standing import standing_of
from qms.people.within_reach import unless_within_reach
from qms.trail.service import record

GRANTS = "grants"
"""Under this name the minute lists the roles; the other names are features."""


@dataclass(frozen=True)
class Plan:
    """What somebody decided to do: for whom, to whom, until when, and which roles the receiver gets anew."""

    giver: Person
    receiver: Person
    leaves_on: date | None
    note: str | None = None
    again: Collection[int] = field(default_factory=frozenset)
    """Ids of the giver's grants that the receiver gets from now on."""


def ending(person: Person, moment: Moment) -> list[Grant]:
    """The roles that end with the last day; deputies (``deputising.present_and_coming``) end with them."""
    return [grant for grant in person.grants if not queries.is_over(grant, moment.today)]


def hand_over(plan: Plan, moment: Moment) -> Handover:
    """Gives everything over, ends what ends, keeps the list as it stood, and tells both people.

    Raises ``Refused`` with every reason of every feature, and then nothing has changed.
    """
    decide_alone()
    giver, receiver = plan.giver, plan.receiver
    grants, deputies = ending(giver, moment), deputising.present_and_coming(giver.id, moment.today)
    standing = standing_of(giver, moment, Permission.ACCOUNTS_HAND_OVER)
    things = _as_it_stands(standing, grants)
    refuse_if(
        *deeds.hindrances("hand_over", standing, moment),
        rules.receiver_is_another(giver, receiver),
        unless_within_reach(receiver, giver.unit_id, moment.today),
        rules.receiver_stays(receiver),
        rules.leaves_today_or_later(plan.leaves_on, moment.today, giver.id == moment.person.person_id),
        *(_may_end(grant, moment) for grant in grants if plan.leaves_on is not None),
        rules.something_happens(sum(len(lines) for name, lines in things.items() if name != GRANTS), plan.leaves_on),
    )
    again = [grant for grant in grants if grant.id in set(plan.again)]
    changed = _give_all_over(giver, receiver, again, things, moment)
    made = Handover(
        giver=giver,
        receiver=receiver,
        made_by_id=moment.person.person_id,
        made_at=moment.instant,
        leaves_on=plan.leaves_on,
        note=plan.note.strip() if plan.note and plan.note.strip() else None,
        things=things,
    )
    db.session.add(made)
    db.session.flush()
    if plan.leaves_on is not None:
        _end_with(plan.leaves_on, giver, grants, deputies, moment)
    _tell(made, changed, moment)
    return made


def _may_end(grant: Grant, moment: Moment) -> Refusal | None:
    own = grant.person_id == moment.person.person_id
    return rules.role_may_be_ended(grant.role, own or reach.holds_above(moment.person, Permission.GRANTS_GIVE, grant.unit_id))


def _give_all_over(giver: Person, receiver: Person, again: Sequence[Grant], things: Container[str], moment: Moment) -> int:
    """Roles first, as things may need them. Everybody is asked, also after one has refused: the list of reasons is complete."""
    refusals: list[Refusal] = []
    changed = 0
    for grant in again:
        try:
            granting.give(receiver, grant.role, grant.unit, moment, valid_to=grant.valid_to, reason=grant.reason)
            changed += 1
        except Refused as refused:
            refusals += refused.refusals
    for feature in house().features:
        if feature.estate is None or feature.name not in things:
            continue
        try:
            changed += feature.estate.give_over(giver, receiver, moment)
        except Refused as refused:
            refusals += refused.refusals
    if refusals:
        raise Refused(refusals)
    return changed


def _end_with(leaves_on: date, giver: Person, grants: Sequence[Grant], deputies: Sequence[Deputy], moment: Moment) -> None:
    """Roles and deputies end with the day before; the clock closes the account on the day, or this step does when it is today."""
    last_day = leaves_on - timedelta(days=1)
    for grant in grants:
        granting.take_back(grant, moment, last_day)
    for deputy in deputies:
        deputising.withdraw(deputy, moment, last_day)
    before, giver.leaves_on = giver.leaves_on, leaves_on
    changes = {
        "leaves_on": [None if before is None else before.isoformat(), leaves_on.isoformat()],
        "roles": [", ".join(grant.role.value for grant in grants) or None, None],
    }
    record(moment, KIND, code_of(giver), "leave", unit_id=giver.unit_id, changes=changes)
    if leaves_on <= moment.today:
        close(giver, LEFT, moment)


def _as_it_stands(giver: Standing, grants: Sequence[Grant]) -> dict[str, list[dict[str, Any]]]:
    """The list that the minute is printed from, in the language of the office: it is kept as a paper, not as a page."""
    with force_locale(LANGUAGES[0]):
        estate = estate_of(giver.person.id) if giver.holdings else ()
        things = {part.feature: [_line(one) for one in part.holdings] for part in estate}
        roles = [Holding(str(grant.role.title), grant.unit.name, grant.valid_to) for grant in grants]
        things[GRANTS] = [_line(one) for one in roles]
    return {name: lines for name, lines in things.items() if lines}


def _line(one: Holding) -> dict[str, Any]:
    return {
        "title": str(one.title),
        "context": str(one.context),
        "due_on": None if one.due_on is None else one.due_on.isoformat(),
    }


def _tell(made: Handover, changed: int, moment: Moment) -> None:
    giver, receiver = made.giver, made.receiver
    changes = {"receiver": [None, receiver.id], "things": [None, changed], "handover": [None, made.id]}
    personal = {"note": [None, made.note]} if made.note else {}
    record(moment, KIND, code_of(giver), "hand_over", unit_id=giver.unit_id, changes=changes, personal=personal)
    record(
        moment,
        KIND,
        code_of(receiver),
        "receive",
        unit_id=receiver.unit_id,
        changes={"giver": [None, giver.id], "things": [None, changed]},
    )
    values = {"giver": giver.full_name, "receiver": receiver.full_name, "count": changed}
    for person in (giver, receiver):
        if person.id != moment.person.person_id:
            notify(person.id, "handed_over", "handover", str(made.id), moment, values=values)
