"""Giving roles and taking them back (5.3). A grant is never deleted: it ends, and the page shows who had what when."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, exists, or_, select, true

from qms.accounts.actor import not_over
from qms.accounts.holders import decide_alone
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Permission, Role, roles_with
from qms.accounts.service import KIND, code_of
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.notices.service import notify
from qms.people import reach, rules
from qms.people.queries import is_over
from qms.trail.service import record
from qms.units.models import Unit


def give(
    person: Person,
    role: Role,
    unit: Unit,
    moment: Moment,
    *,
    valid_from: date | None = None,
    valid_to: date | None = None,
    reason: str | None = None,
) -> Grant:
    """A role in a unit and everything below it, from today or a later day; the person is told.

    ``reason`` is asked for when the role meets one it is kept apart from, and kept whenever it was given.
    Raises ``Refused``: not_permitted, to_oneself, not_administrator, person_disabled, begins_in_past, ends_before_start,
    given_already, duties_apart.
    """
    begins = valid_from or moment.today
    met = reach.met_roles(person.id, unit.id, begins, valid_to)
    refuse_if(
        rules.unit_in_reach(moment.person.may(Permission.GRANTS_GIVE, unit.id)),
        rules.not_to_oneself(person.id in moment.person.identities),
        rules.role_may_be_given(role, reach.holds_above(moment.person, Permission.GRANTS_GIVE, unit.id)),
        rules.person_in_use(person),
        rules.period_ahead(valid_from, valid_to, moment.today),
        rules.not_given_yet(
            bool(db.session.scalar(select(overlaps(person.id, role, unit.id, begins, valid_to)))), person.full_name, role
        ),
        rules.combined_with_reason(role, met, reason),
    )
    grant = Grant(
        person=person,
        role=role,
        unit=unit,
        valid_from=begins,
        valid_to=valid_to,
        given_by_id=moment.person.person_id,
        reason=(reason or "").strip() or None,
    )
    enter(grant, moment, rules.kept_apart(role, met))
    db.session.flush()
    return grant


def enter(grant: Grant, moment: Moment, combined: Collection[Role] = ()) -> None:
    """The bare change: the grant counts, the trail tells of it (``combined``: what it is kept apart from), the person is told."""
    person, unit = grant.person, grant.unit
    db.session.add(grant)
    changes = {
        "role": [None, grant.role.value],
        "unit": [None, unit.code],
        "valid_from": [None, _iso(grant.valid_from)],
        "valid_to": [None, _iso(grant.valid_to)],
    }
    if combined:
        changes["kept_apart_from"] = [None, ", ".join(sorted(combined))]
    record(moment, KIND, code_of(person), "give_role", unit_id=unit.id, changes=changes, reason=grant.reason)
    notify(person.id, "role_given", KIND, code_of(person), moment, values={"unit": unit.name})


def end(grant: Grant, moment: Moment, last_day: date | None = None) -> None:
    """Ends a grant after ``last_day``, or at once when no day is given; the person is told.

    Raises ``Refused``: not_permitted, over_already, day_past, last_administrator.
    """
    decide_alone()
    refuse_if(
        rules.unit_in_reach(moment.person.may(Permission.GRANTS_GIVE, grant.unit_id)),
        rules.not_over_yet(is_over(grant, moment.today)),
        rules.last_day_not_past(last_day, moment.today) if last_day else None,
        _others_administer(grant, moment) if grant.role in roles_with(Permission.GRANTS_GIVE) else None,
    )
    finish(grant, moment, last_day)


def finish(grant: Grant, moment: Moment, last_day: date | None = None) -> None:
    """The bare end with what is told of it, to the trail and to the person."""
    person, before = grant.person, grant.valid_to
    take_back(grant, moment, last_day)
    changes = {
        "role": [grant.role.value, None],
        "unit": [grant.unit.code, None],
        "valid_to": [_iso(before), _iso(grant.valid_to)],
    }
    record(moment, KIND, code_of(person), "end_role", unit_id=grant.unit_id, changes=changes)
    if person.id != moment.person.person_id and not person.disabled:
        notify(person.id, "role_ended", KIND, code_of(person), moment, values={"unit": grant.unit.name})


def take_back(grant: Grant, moment: Moment, last_day: date | None) -> None:
    """The bare change: the last day comes forward, or the grant gives nothing from this instant on."""
    begun = grant.valid_from is None or last_day is None or grant.valid_from <= last_day
    if last_day is None or not begun:
        grant.revoked_at = moment.instant
    elif grant.valid_to is None or grant.valid_to > last_day:
        grant.valid_to = last_day


def _others_administer(grant: Grant, moment: Moment) -> Refusal | None:
    giving = roles_with(Permission.GRANTS_GIVE)
    others = reach.administered_by_others(grant.unit_id, giving, grant.person_id, moment.today)
    if db.session.scalar(select(or_(others, _holds_another(grant, giving, moment)))):
        return None
    return Refusal("last_administrator", _l("Nobody else administers these units; make somebody else administrator first."))


def _holds_another(grant: Grant, roles: frozenset[Role], moment: Moment) -> ColumnElement[bool]:
    """Whether the same person holds such a role for good above the unit, too."""
    above = reach.above(grant.unit_id)
    return exists().where(
        Grant.person_id == grant.person_id,
        Grant.id != grant.id,
        Grant.role.in_(roles),
        Grant.unit_id.in_(above),
        Grant.valid_to.is_(None),
        not_over(moment.today),
    )


def overlaps(person_id: int, role: Role, unit_id: int, begins: date, valid_to: date | None) -> ColumnElement[bool]:
    """Whether the person holds the same role in the same unit in that time."""
    begun = true() if valid_to is None else or_(Grant.valid_from.is_(None), Grant.valid_from <= valid_to)
    return exists().where(Grant.person_id == person_id, Grant.role == role, Grant.unit_id == unit_id, not_over(begins), begun)


def _iso(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
