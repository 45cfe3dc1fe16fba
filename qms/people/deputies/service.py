"""Deputies for a period: somebody acts in the name of somebody else, and the trail names both (5.3).

Why somebody is away is nobody's business later on (an illness, a birth), so it stands beside the chain and can be erased.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, exists, select
from sqlalchemy.orm import contains_eager, joinedload

from qms.accounts.actor import deputises, in_visible_units, lendable, not_over
from qms.accounts.models import Deputy, Grant, Person
from qms.accounts.permissions import Permission, Role
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, reason_given, refuse_if
from qms.notices.service import notify
from qms.people import reach, rules
from qms.people.within_reach import unless_within_reach
from qms.trail.service import record


def name(principal: Person, deputy: Person, valid_from: date, valid_to: date, reason: str, moment: Moment) -> Deputy:
    """Names a deputy, for oneself or, with the permission, for somebody of one's units; the deputy is told.

    Raises ``Refused``: not_permitted, beyond_reach, own_deputy, names_oneself, person_unknown, person_disabled, begins_in_past,
    ends_before_start, too_long, nothing_to_lend, duties_apart, deputy_already, reason_missing.
    """
    for_oneself = moment.person.person_id == principal.id
    reached, lends, named_already = db.session.execute(
        select(_reached(principal, moment), _lends(principal, moment.today), _overlaps(principal, deputy, valid_from, valid_to))
    ).one()
    refuse_if(
        None if for_oneself else _may_name_for(principal, reached, moment),
        rules.deputy_is_another(principal, deputy),
        None if for_oneself else rules.namer_is_not_deputy(deputy.id == moment.person.person_id),
        unless_within_reach(deputy, principal.unit_id, moment.today),
        rules.person_in_use(principal),
        rules.person_in_use(deputy),
        rules.period_ahead(valid_from, valid_to, moment.today),
        rules.deputised_at_most_a_year(valid_from, valid_to),
        rules.has_something_to_lend(lends),
        _apart(principal, deputy, valid_from, valid_to),
        rules.not_deputy_yet(named_already),
        reason_given(reason),
    )
    named = Deputy(
        principal=principal,
        deputy=deputy,
        valid_from=valid_from,
        valid_to=valid_to,
        reason=reason.strip(),
        named_by_id=moment.person.person_id,
    )
    db.session.add(named)
    db.session.flush()
    changes = {
        "deputy": [None, deputy.id],
        "valid_from": [None, valid_from.isoformat()],
        "valid_to": [None, valid_to.isoformat()],
    }
    personal = {"reason": [None, named.reason]}
    record(moment, KIND, code_of(principal), "name_deputy", unit_id=principal.unit_id, changes=changes, personal=personal)
    period = {"from": valid_from, "to": valid_to}
    notify(deputy.id, "deputy_named", KIND, code_of(principal), moment, values={"name": principal.full_name, **period})
    if not for_oneself:
        values = {"name": deputy.full_name, **period}
        notify(principal.id, "deputy_named_for_you", KIND, code_of(principal), moment, values=values)
    return named


def revoke(deputy: Deputy, moment: Moment) -> None:
    """Ends it at once: by the principal, by the deputy, or by whoever may name deputies there. Raises ``Refused``."""
    principal = deputy.principal
    concerned = moment.person.person_id in {principal.id, deputy.deputy_id}
    reached = concerned or bool(db.session.scalar(select(_reached(principal, moment))))
    refuse_if(
        None if concerned else _may_name_for(principal, reached, moment),
        rules.not_over_yet(is_over(deputy, moment.today)),
    )
    withdraw(deputy, moment)
    changes = {"deputy": [deputy.deputy_id, None], "valid_to": [deputy.valid_to.isoformat(), None]}
    record(moment, KIND, code_of(principal), "revoke_deputy", unit_id=principal.unit_id, changes=changes)
    for person in (principal, deputy.deputy):
        if person.id != moment.person.person_id and not person.disabled:
            values = {"name": principal.full_name, "deputy": deputy.deputy.full_name}
            notify(person.id, "deputy_revoked", KIND, code_of(principal), moment, values=values)


def withdraw(deputy: Deputy, moment: Moment, last_day: date | None = None) -> None:
    """The bare change: nothing is lent any more from this instant, or after a last day."""
    if last_day is None or deputy.valid_from > last_day:
        deputy.revoked_at = moment.instant
    else:
        deputy.valid_to = min(deputy.valid_to, last_day)


def is_over(deputy: Deputy, today: date) -> bool:
    """Whether it was revoked or its last day has passed."""
    return deputy.revoked_at is not None or deputy.valid_to < today


def revocable(deputies: Sequence[Deputy], moment: Moment) -> set[int]:
    """Ids of those whom the page offers to withdraw, in a statement at most, however many there are."""
    open_ones = [deputy for deputy in deputies if not is_over(deputy, moment.today)]
    own = {one.id for one in open_ones if moment.person.person_id in {one.principal_id, one.deputy_id}}
    principals = {one.principal_id for one in open_ones if one.id not in own}
    if not principals or not moment.person.may(Permission.DEPUTIES_NAME, None):
        return own
    named_by_others = select(Person.id).where(
        Person.id.in_(principals),
        in_visible_units(Person.unit_id, moment.person, Permission.DEPUTIES_NAME),
        reach.reaches_all(Person.id, moment.person, Permission.DEPUTIES_NAME, moment.today),
    )
    looked_after = set(db.session.scalars(named_by_others))
    return own | {one.id for one in open_ones if one.principal_id in looked_after}


def principals_today(deputy_id: int, today: date) -> Sequence[Deputy]:
    """For whom somebody stands in on a day."""
    return db.session.scalars(
        select(Deputy)
        .join(Person, Person.id == Deputy.principal_id)
        .where(
            Deputy.deputy_id == deputy_id,
            deputises(today),
            Person.disabled.is_(False),
        )
        .options(contains_eager(Deputy.principal))
        .order_by(Deputy.valid_to)
    ).all()


def present_and_coming(person_id: int, today: date) -> list[Deputy]:
    """What is not over yet, with the person on either side."""
    either = (Deputy.principal_id == person_id) | (Deputy.deputy_id == person_id)
    return list(
        db.session.scalars(
            select(Deputy)
            .where(either, Deputy.revoked_at.is_(None), Deputy.valid_to >= today)
            .options(joinedload(Deputy.principal), joinedload(Deputy.deputy))
            .order_by(Deputy.valid_from)
        )
    )


def _may_name_for(principal: Person, reached: bool, moment: Moment) -> Refusal | None:
    if not moment.person.may(Permission.DEPUTIES_NAME, principal.unit_id):
        return Refusal("not_permitted", _l("Your role does not allow naming a deputy for this person."))
    if not reached:
        return Refusal("beyond_reach", _l("This person holds roles beyond your units and names the deputy in person."))
    return None


def _reached(principal: Person, moment: Moment) -> ColumnElement[bool]:
    return reach.reaches_all(principal.id, moment.person, Permission.DEPUTIES_NAME, moment.today)


def _apart(principal: Person, deputy: Person, valid_from: date, valid_to: date) -> Refusal | None:
    """Lending brings no duties together that are kept apart; who gives roles may still do it, with a reason."""
    met: dict[Role, list[Role]] = {}
    for lent, own in reach.roles_that_meet(principal.id, deputy.id, valid_from, valid_to):
        met.setdefault(lent, []).append(own)
    refusals = (rules.lent_apart(deputy.full_name, lent, own) for lent, own in met.items())
    return next((refusal for refusal in refusals if refusal is not None), None)


def _lends(principal: Person, today: date) -> ColumnElement[bool]:
    return exists().where(Grant.person_id == principal.id, lendable(), not_over(today))


def _overlaps(principal: Person, deputy: Person, valid_from: date, valid_to: date) -> ColumnElement[bool]:
    return exists().where(
        Deputy.principal_id == principal.id,
        Deputy.deputy_id == deputy.id,
        Deputy.revoked_at.is_(None),
        Deputy.valid_from <= valid_to,
        Deputy.valid_to >= valid_from,
    )
