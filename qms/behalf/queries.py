"""Prepared forms: those that wait for a person, those a person filled in, those that wait on a record."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import abort, url_for
from sqlalchemy import ColumnElement, Row, Select, String, and_, cast, exists, func, or_, select
from sqlalchemy.orm import aliased, joinedload

from qms.accounts.holders import identities
from qms.accounts.models import Person
from qms.behalf.models import PreparedForm, PreparedState
from qms.behalf.workflow import WORKFLOW
from qms.kernel.db import db
from qms.kernel.feature import Holding, Preparable, WorkItem, house
from qms.kernel.language import _
from qms.kernel.moment import Actor, Moment
from qms.kernel.stored import Stored
from qms.units.models import Unit

KIND = WORKFLOW.kind
WORK_LIMIT = 200
MINE, FILLED_IN = "mine", "filled_in"
"""The two views of the list: what waits for me and was decided by me, and what I filled in."""


def preparable_of(form: PreparedForm) -> Preparable:
    """What the form fills in. Raises ``LookupError`` when the feature that brought it has gone."""
    return preparable(form.kind, form.step)


def preparable(kind: str, step: str) -> Preparable:
    """The form of that kind of record and step, as its feature brought it."""
    for feature in house().features:
        for one in feature.preparables:
            if (one.kind, one.step) == (kind, step):
                return one
    raise LookupError(f"no feature brings a form for {kind}, {step}")


def visible(actor: Actor) -> ColumnElement[bool]:
    """The scope: whoever filled it in, whom it is for (and deputies), and whoever decided."""
    own = () if actor.person_id is None else (actor.person_id,)
    return or_(
        PreparedForm.prepared_by_id.in_(own),
        PreparedForm.for_id.in_(actor.identities),
        PreparedForm.decided_by_id.in_(own),
    )


def listing(view: str, actor: Actor) -> Select[PreparedForm]:
    """The forms of one view: what waits first, the newest first."""
    own = () if actor.person_id is None else (actor.person_id,)
    whose = or_(PreparedForm.for_id.in_(actor.identities), PreparedForm.decided_by_id.in_(own))
    return (
        _with_people(select(PreparedForm))
        .where(PreparedForm.prepared_by_id.in_(own) if view == FILLED_IN else whose)
        .order_by(PreparedForm.decided_at.is_not(None), PreparedForm.id.desc())
    )


def counts(actor: Actor) -> dict[str, int]:
    """How many wait, for each view."""
    waiting = PreparedForm.state == PreparedState.WAITING
    mine = select(func.count()).where(waiting, PreparedForm.for_id.in_(actor.identities))
    filled_in = select(func.count()).where(waiting, PreparedForm.prepared_by_id == actor.person_id)
    return {MINE: db.session.scalar(mine) or 0, FILLED_IN: db.session.scalar(filled_in) or 0}


def get(form_id: int, moment: Moment, *, to_change: bool = False) -> PreparedForm:
    """One form within scope, or 404; ``to_change`` keeps other writers out until the end of the transaction."""
    query = _with_people(select(PreparedForm)).where(PreparedForm.id == form_id, visible(moment.person))
    if to_change:
        query = query.with_for_update(of=PreparedForm)
    return db.session.scalars(query).one_or_none() or abort(404)


def waiting_on(kind: str, code: str, step: str) -> PreparedForm | None:
    """The form that waits for this step of a record."""
    return db.session.scalars(
        _with_people(select(PreparedForm)).where(
            PreparedForm.kind == kind,
            PreparedForm.code == code,
            PreparedForm.step == step,
            PreparedForm.state == PreparedState.WAITING,
        )
    ).one_or_none()


def waiting_on_any(records: Sequence[tuple[str, str]]) -> Sequence[PreparedForm]:
    """Every form that waits on one of these (kind, code), oldest first, for the page of a record."""
    if not records:
        return ()
    named = or_(*((PreparedForm.kind == kind) & (PreparedForm.code == code) for kind, code in records))
    query = _with_people(select(PreparedForm)).where(PreparedForm.state == PreparedState.WAITING, named)
    return db.session.scalars(query.order_by(PreparedForm.id)).all()


def of_step(kind: str, code: str, step: str, actor: Actor) -> tuple[PreparedForm | None, Mapping[str, str]]:
    """The form that waits for this step of a record, and what the person last filled in for it that did not count.

    So that it can be filled in anew from there, when it was declined or taken back.
    """
    waits = PreparedForm.state == PreparedState.WAITING
    query = _with_people(select(PreparedForm)).where(
        PreparedForm.kind == kind,
        PreparedForm.code == code,
        PreparedForm.step == step,
        or_(waits, PreparedForm.prepared_by_id == actor.person_id),
    )
    forms = db.session.scalars(query.order_by(PreparedForm.id.desc())).all()
    waiting = next((form for form in forms if form.state is PreparedState.WAITING), None)
    own = next((form for form in forms if form.prepared_by_id == actor.person_id), None)
    kept = own is not None and own.state in {PreparedState.DECLINED, PreparedState.WITHDRAWN}
    return waiting, own.fields if kept and own is not None else {}


def may_see(form: PreparedForm, actor: Actor) -> bool:
    """``visible`` for one form that is at hand."""
    return form.for_id in actor.identities or (
        actor.person_id is not None and actor.person_id in {form.prepared_by_id, form.decided_by_id}
    )


def url_of(code: str) -> str | None:
    """Address of the form with that number; None when there is none."""
    if not code.isdecimal() or not db.session.scalar(select(exists().where(PreparedForm.id == int(code)))):
        return None
    return url_for("behalf.show", form_id=int(code))


def work(moment: Moment) -> list[WorkItem]:
    """What waits for the one tap of the person, or of somebody whose deputy the person is."""
    forms = db.session.scalars(
        _with_people(select(PreparedForm))
        .where(_for_one_tap(moment.person))
        .order_by(PreparedForm.due_on, PreparedForm.id)
        .limit(WORK_LIMIT)
    )
    return [_item(form) for form in forms]


def work_count(moment: Moment) -> Select[int]:
    """How many these are."""
    return select(func.count()).select_from(PreparedForm).where(_for_one_tap(moment.person))


def awaited(moment: Moment) -> list[WorkItem]:
    """What the person filled in and somebody else has to confirm."""
    forms = db.session.scalars(_filled_in(moment).order_by(PreparedForm.due_on, PreparedForm.id).limit(WORK_LIMIT))
    return [_item(form) for form in forms]


def owed(_kind: str, code: str, moment: Moment) -> WorkItem | None:
    """The form of that number, when it is one of these."""
    form = db.session.scalar(_filled_in(moment).where(cast(PreparedForm.id, String) == code))
    return None if form is None else _item(form)


def _filled_in(moment: Moment) -> Select[PreparedForm]:
    mine = PreparedForm.prepared_by_id == moment.person.person_id
    return _with_people(select(PreparedForm)).where(PreparedForm.state == PreparedState.WAITING, mine)


def _for_one_tap(actor: Actor) -> ColumnElement[bool]:
    """Waits for the person and was filled in by somebody else."""
    return and_(
        PreparedForm.state == PreparedState.WAITING,
        PreparedForm.for_id.in_(actor.identities),
        PreparedForm.prepared_by_id.is_distinct_from(actor.person_id),
    )


def _item(form: PreparedForm) -> WorkItem:
    return WorkItem(
        due_on=form.due_on,
        title=str(preparable_of(form).title),
        context=f"{form.code}, {form.unit.name}",
        asked_by=form.prepared_by.full_name,
        url=url_for("behalf.show", form_id=form.id),
        step=str(WORKFLOW.step("confirm").title),
        kind=KIND,
        code=str(form.id),
        owed_by=form.for_person.full_name,
        owed_ids=(form.for_id,),
    )


def waiting_for(today: date, until: date) -> Select[Any]:
    """The deadline of prepared forms: the person each is for, and the deputies of that person."""
    known, asked = identities(today), aliased(Person)
    return (
        select(
            known.c.person_id,
            cast(PreparedForm.id, String).label("code"),
            PreparedForm.unit_id,
            PreparedForm.due_on,
            PreparedForm.code.label("text"),
        )
        .join_from(PreparedForm, known, known.c.identity_id == PreparedForm.for_id)
        .join(asked, asked.id == known.c.person_id)
        .where(
            PreparedForm.state == PreparedState.WAITING,
            PreparedForm.due_on <= until,
            known.c.person_id != PreparedForm.prepared_by_id,
            asked.disabled.is_(False),
        )
    )


def _waits_for(person_id: int) -> ColumnElement[bool]:
    """The forms laid before one person."""
    return and_(PreparedForm.for_id == person_id, PreparedForm.state == PreparedState.WAITING)


def held(person_id: int) -> Select[*tuple[Any, ...]]:
    """A row for each of them (``Estate.select``)."""
    return (
        select(
            PreparedForm.kind.label("kind"),
            PreparedForm.code.label("code"),
            PreparedForm.step.label("text"),
            Unit.name.label("unit"),
            PreparedForm.due_on.label("due_on"),
            PreparedForm.id.label("record_id"),
        )
        .join(Unit, Unit.id == PreparedForm.unit_id)
        .where(_waits_for(person_id))
    )


def tell(row: Row[Any]) -> Holding:
    """Such a row in words: which form, of which record and unit."""
    title = str(preparable(row.kind, row.text).title)
    return Holding(title, f"{row.code}, {row.unit}", row.due_on, url_for("behalf.show", form_id=row.record_id))


def waiting_for_person(person_id: int) -> Sequence[PreparedForm]:
    """The same as records, in the order in which they came."""
    query = _with_people(select(PreparedForm)).where(_waits_for(person_id))
    return db.session.scalars(query.order_by(PreparedForm.id)).all()


def personal(person_id: int) -> Sequence[Stored]:
    """What is stored about a person: the forms filled in, received and decided."""
    found = select(PreparedForm.code, PreparedForm.step, PreparedForm.state, PreparedForm.prepared_at, PreparedForm.fields)
    found = found.order_by(PreparedForm.id)
    return [
        Stored(_("Forms filled in for others"), found.where(PreparedForm.prepared_by_id == person_id), _stored),
        Stored(_("Forms that others filled in for the person"), found.where(PreparedForm.for_id == person_id), _stored),
        Stored(_("Forms decided"), found.where(PreparedForm.decided_by_id == person_id), _stored),
    ]


def _stored(row: Any) -> Mapping[str, Any]:
    return {
        "record": row.code,
        "step": row.step,
        "state": row.state.value,
        "prepared_at": row.prepared_at.isoformat(),
        "fields": dict(row.fields),
    }


def _with_people(query: Select[PreparedForm]) -> Select[PreparedForm]:
    return query.options(
        joinedload(PreparedForm.unit),
        joinedload(PreparedForm.prepared_by),
        joinedload(PreparedForm.for_person),
        joinedload(PreparedForm.decided_by),
    )
