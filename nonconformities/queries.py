"""Lists, counts and single records of nonconformities, always within what the person may see."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import abort, url_for
from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, not_, or_, select, union
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload, with_expression
from sqlalchemy.orm.attributes import set_committed_value

from nonconformities.asking import action_due_day, due_day, next_due_day
from nonconformities.models import Action, ActionState, Nonconformity, NonconformityEvent, NonconformityState, Photo, Response
from procedures.models import Procedure, ProcedureUnit
from qms.accounts.actor import in_visible_units, visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.feature import SearchHit
from qms.kernel.moment import Actor, Moment
from qms.kernel.text import like_patterns
from qms.units.models import Unit

SEARCH_LIMIT = 20
CHOICE_LIMIT = 500
PANEL_LIMIT = 10

S = NonconformityState


def visible(actor: Actor, unit_id: int | None = None) -> Select[Nonconformity]:
    """The nonconformities of the units the person may read, and those in which the person owns an action.

    ``unit_id`` narrows to a unit: where that is in scope nothing else need be asked. Otherwise the records in which somebody owns
    an action come by a union of ids and no OR, so that each half is found by its index, however many records there are elsewhere.
    """
    query = select(Nonconformity)
    if unit_id is not None:
        query = query.where(Nonconformity.unit_id == unit_id)
        if actor.may(Permission.NONCONFORMITIES_READ, unit_id):
            return query
    if actor.may_everywhere(Permission.NONCONFORMITIES_READ):
        return query
    in_scope = in_visible_units(Nonconformity.unit_id, actor, Permission.NONCONFORMITIES_READ)
    if not _owns_elsewhere(actor, in_scope):
        return query.where(in_scope)
    each = aliased(Nonconformity)
    owned = select(Action.nonconformity_id).where(Action.owner_id == actor.person_id)
    readable = in_visible_units(each.unit_id, actor, Permission.NONCONFORMITIES_READ)
    return query.where(Nonconformity.id.in_(union(select(each.id).where(readable), owned)))


def _owns_elsewhere(actor: Actor, in_scope: ColumnElement[bool]) -> bool:
    """Whether the person owns an action outside the units in scope; hardly anybody does, and then the scope is a plain one."""
    elsewhere = (
        exists()
        .where(Action.owner_id == actor.person_id, Nonconformity.id == Action.nonconformity_id, not_(in_scope))
        .correlate(None)
    )
    return bool(db.session.scalar(select(elsewhere)))


OPEN_FIRST: tuple[Any, ...] = (
    case((Nonconformity.state == S.CLOSED, 1), else_=0),
    next_due_day,
    Nonconformity.raised_on.desc(),
    Nonconformity.id,
)
"""The order of every list: open ones first, by the due day it shows."""


def listed(moment: Moment) -> Select[Nonconformity]:
    """What the list shows: everything one may see, each with its unit and the due day by which it is sorted."""
    return (
        visible(moment.person)
        .join(Unit, Unit.id == Nonconformity.unit_id)
        .options(contains_eager(Nonconformity.unit), with_expression(Nonconformity.shown_due, next_due_day))
    )


def with_parts(records: Sequence[Nonconformity]) -> None:
    """Gives the open ones among some records what their next step depends on; nothing is asked of a closed one any more."""
    living = {record.id: record for record in records if record.state != S.CLOSED}
    if not living:
        return
    actions = select(Action).where(Action.nonconformity_id.in_(living)).order_by(Action.id)
    events = select(NonconformityEvent).where(NonconformityEvent.nonconformity_id.in_(living)).order_by(NonconformityEvent.on)
    for name, query in (("actions", actions), ("events", events)):
        parts: dict[int, list[Any]] = defaultdict(list)
        for part in db.session.scalars(query):
            parts[part.nonconformity_id].append(part)
        for record in living.values():
            set_committed_value(record, name, parts[record.id])


def get(nonconformity_id: int, moment: Moment, *, to_change: bool = False) -> Nonconformity:
    """One record with all its parts, or 404; ``to_change`` keeps other writers out until the end of the transaction.

    Its parts come in the same statement: they are few, and each further statement costs more than their rows.
    """
    query = (
        select(Nonconformity)
        .where(Nonconformity.id == nonconformity_id, _within_scope(moment.person))
        .options(
            joinedload(Nonconformity.unit),
            joinedload(Nonconformity.procedure),
            joinedload(Nonconformity.raised_by),
            joinedload(Nonconformity.responded_by),
            joinedload(Nonconformity.responded_for),
            joinedload(Nonconformity.prepared_by),
            joinedload(Nonconformity.verified_by),
            joinedload(Nonconformity.closed_by),
            joinedload(Nonconformity.actions).options(joinedload(Action.owner), joinedload(Action.completed_by)),
            joinedload(Nonconformity.responses),
            joinedload(Nonconformity.events),
        )
    )
    if to_change:
        query = query.with_for_update(of=Nonconformity)
    else:
        query = query.options(selectinload(Nonconformity.photos).joinedload(Photo.file))
    found = db.session.scalars(query).unique().one_or_none()
    if found is None:
        abort(404)
    for action in found.actions:
        set_committed_value(action, "nonconformity", found)
    return found


def _within_scope(actor: Actor) -> ColumnElement[bool]:
    """``visible`` as a condition for one record, which its id has found already."""
    owned = exists().where(Action.nonconformity_id == Nonconformity.id, Action.owner_id == actor.person_id)
    return or_(in_visible_units(Nonconformity.unit_id, actor, Permission.NONCONFORMITIES_READ), owned.correlate(Nonconformity))


def get_action(nonconformity_id: int, action_id: int, moment: Moment, *, to_change: bool = False) -> Action:
    """One action of a record within scope, or 404."""
    return action_of(get(nonconformity_id, moment, to_change=to_change), action_id)


def photo_of(nc: Nonconformity, number: int) -> Photo:
    """One photo of a record that is at hand, or 404."""
    return next((photo for photo in nc.photos if photo.number == number), None) or abort(404)


def action_of(nc: Nonconformity, action_id: int) -> Action:
    """One action of a record that is at hand, or 404."""
    return next((action for action in nc.actions if action.id == action_id), None) or abort(404)


def url_of(code: str) -> str | None:
    """Address of the record with that code; None when there is none."""
    found = db.session.scalar(select(Nonconformity.id).where(Nonconformity.code == code))
    return None if found is None else url_for("nonconformities.show", nonconformity_id=found)


def action_url(code: str) -> str | None:
    """Address of the record of an action such as "NC-2026-014/2"; None when there is none."""
    return url_of(code.rpartition("/")[0])


def of_procedure(procedure_id: int, moment: Moment) -> Sequence[Nonconformity]:
    """The newest visible ones that name a procedure, the open ones first."""
    return _newest(visible(moment.person).where(Nonconformity.procedure_id == procedure_id))


def of_audit(code: str, unit_id: int, moment: Moment) -> Sequence[Nonconformity]:
    """The same for an audit of a unit; a code that another unit typed is another audit's."""
    return _newest(visible(moment.person, unit_id).where(Nonconformity.audit_code == code))


def _newest(query: Select[Nonconformity]) -> Sequence[Nonconformity]:
    closed_last = case((Nonconformity.state == S.CLOSED, 1), else_=0)
    return db.session.scalars(
        query.order_by(closed_last, Nonconformity.raised_on.desc(), Nonconformity.id.desc()).limit(PANEL_LIMIT)
    ).all()


def figure_counts(moment: Moment) -> list[Select[Any]]:
    """For the menu: how many visible ones are not closed, and how many there are."""
    every = visible(moment.person).with_only_columns(func.count(Nonconformity.id))
    return [every.where(Nonconformity.state != S.CLOSED), every]


def units_to_raise_in(moment: Moment) -> Sequence[Unit]:
    """Units in scope in which the person may raise a nonconformity, by code."""
    return db.session.scalars(
        select(Unit)
        .where(
            Unit.id.in_(visible_units(moment.person, Permission.NONCONFORMITIES_RAISE)),
            Unit.in_scope_from <= moment.today,
            or_(Unit.in_scope_to.is_(None), Unit.in_scope_to > moment.today),
        )
        .order_by(Unit.code)
    ).all()


def units_listed(moment: Moment) -> Sequence[Row[int, str, str]]:
    """Id, code and name of the units that have a visible nonconformity, for the filter of the list."""
    actor = moment.person
    readable = and_(
        in_visible_units(Unit.id, actor, Permission.NONCONFORMITIES_READ), exists().where(Nonconformity.unit_id == Unit.id)
    )
    owned = select(Nonconformity.unit_id).join(Action).where(Action.owner_id == actor.person_id)
    query = select(Unit.id, Unit.code, Unit.name).where(or_(readable, Unit.id.in_(owned)))
    return db.session.execute(query.order_by(Unit.code)).all()


def procedure_of(unit: Unit, code: str) -> Procedure | None:
    """The procedure of that code which the unit owns, or else one that applies to it."""
    applies = exists().where(ProcedureUnit.procedure_id == Procedure.id, ProcedureUnit.unit_id == unit.id)
    return db.session.scalars(
        select(Procedure)
        .where(Procedure.code == code, or_(Procedure.unit_id == unit.id, applies))
        .order_by(case((Procedure.unit_id == unit.id, 0), else_=1), Procedure.id)
    ).first()


def people_of(unit: Unit) -> Sequence[Person]:
    """People of the unit who can be given an action, offered while typing; others are typed by their username."""
    return db.session.scalars(
        select(Person)
        .where(Person.unit_id == unit.id, Person.disabled.is_(False))
        .order_by(Person.full_name, Person.id)
        .limit(CHOICE_LIMIT)
    ).all()


def search(text: str, moment: Moment) -> list[SearchHit]:
    """Lines of the search page."""
    words = [Nonconformity.folded.like(pattern, escape="\\") for pattern in like_patterns(text)]
    query = visible(moment.person).where(*words).options(joinedload(Nonconformity.unit)).order_by(*OPEN_FIRST).limit(SEARCH_LIMIT)
    rows = db.session.scalars(query).unique()
    return [
        SearchHit(
            f"{nc.code} {nc.statement}",
            f"{nc.unit.name}, {nc.state.title}",
            url_for("nonconformities.show", nonconformity_id=nc.id),
            "alert-triangle",
        )
        for nc in rows
    ]


def overdue(today: date) -> ColumnElement[bool]:
    """Whether something of a record is late: its answer, an action, or the day by which it has to be effective."""
    answered = exists().where(Response.nonconformity_id == Nonconformity.id)
    late_action = exists().where(
        Action.nonconformity_id == Nonconformity.id, Action.state == ActionState.OPEN, action_due_day < today
    )
    return and_(
        Nonconformity.state != S.CLOSED,
        or_(
            due_day < today,
            and_(Nonconformity.state == S.PLANNING, ~answered, Nonconformity.response_due_on < today),
            and_(Nonconformity.state == S.ACTING, late_action),
        ),
    )
