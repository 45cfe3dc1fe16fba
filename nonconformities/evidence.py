"""What nonconformities and corrective actions prove to the evaluation, as they stood at the end of D."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, case, exists, func, or_, select

from nonconformities.models import Action, EventKind, Nonconformity, NonconformityEvent, Response
from qms.kernel.window import Window
from qms.units.standing import standing


def _last(kind: EventKind, window: Window, *, in_time: bool = False) -> ScalarSelect[date]:
    query = select(func.max(NonconformityEvent.on)).where(
        NonconformityEvent.nonconformity_id == Nonconformity.id,
        NonconformityEvent.event == kind,
        NonconformityEvent.on <= window.day,
    )
    if in_time:
        query = query.where(NonconformityEvent.late.is_(False))
    return query.correlate(Nonconformity).scalar_subquery()


def closed_at(window: Window, *, in_time: bool = False) -> ColumnElement[bool]:
    """Closed at D: the latest closing by D is later than the latest reopening by D (on one day the reopening is later).

    ``in_time`` leaves out closings that were entered late.
    """
    closing, reopening = _last(EventKind.CLOSED, window, in_time=in_time), _last(EventKind.REOPENED, window)
    return and_(closing.is_not(None), or_(reopening.is_(None), closing > reopening))


def _pending(window: Window, *, in_time: bool = False) -> ColumnElement[bool]:
    """No action, or one not completed by D; actions cancelled by D or added after D do not count."""
    live = and_(
        Action.nonconformity_id == Nonconformity.id,
        or_(Action.added_on.is_(None), Action.added_on <= window.day),
        or_(Action.cancelled_on.is_(None), Action.cancelled_on > window.day),
    )
    unfinished = or_(Action.completed_on.is_(None), Action.completed_on > window.day)
    if in_time:
        unfinished = or_(unfinished, Action.completed_late.is_(True))
    return or_(~exists().where(live).correlate(Nonconformity), exists().where(live, unfinished).correlate(Nonconformity))


def _response_holds(window: Window) -> ColumnElement[bool]:
    return and_(
        Response.nonconformity_id == Nonconformity.id,
        or_(Response.held_from.is_(None), Response.held_from <= window.day),
        or_(Response.withdrawn_on.is_(None), Response.withdrawn_on > window.day),
    )


def no_overdue_nonconformity(window: Window) -> Select[Any]:
    """10.2: each nonconformity raised by D; it fails when open past its limit without finished actions, or unverified."""
    holder = standing.alias("holder")
    limit = case(
        (and_(Nonconformity.move_counts, Nonconformity.moved_on <= window.day), Nonconformity.moved_limit_on),
        else_=Nonconformity.limit_on,
    )
    unverified = exists().where(_response_holds(window), Response.effect_limit_on < window.day).correlate(Nonconformity)

    def fails(*, in_time: bool) -> ColumnElement[bool]:
        overdue = and_(limit < window.day, _pending(window, in_time=in_time))
        return and_(~closed_at(window, in_time=in_time), or_(overdue, unverified))

    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Nonconformity.code.label("reference"),
            case((fails(in_time=False), 0), else_=1).label("met"),
            case((fails(in_time=True), 0), else_=1).label("timely"),
        )
        .join_from(Nonconformity, holder, holder.c.unit_id == Nonconformity.unit_id)
        .where(Nonconformity.raised_on <= window.day)
    )


def answered_on_time(window: Window) -> Select[Any]:
    """10.2.1: each response in view at D, and whether cause and plan were submitted (or it was closed) by the due day."""
    holder = standing.alias("holder")

    def done(*, in_time: bool) -> ColumnElement[date]:
        response = select(func.max(Response.responded_on)).where(_response_holds(window), Response.responded_on <= window.day)
        closing = select(func.min(NonconformityEvent.on)).where(
            NonconformityEvent.nonconformity_id == Nonconformity.id,
            NonconformityEvent.event == EventKind.CLOSED,
            NonconformityEvent.on <= window.day,
        )
        if in_time:
            response = response.where(Response.responded_late.is_(False))
            closing = closing.where(NonconformityEvent.late.is_(False))
        return func.coalesce(
            response.correlate(Nonconformity).scalar_subquery(), closing.correlate(Nonconformity).scalar_subquery()
        )

    due = Nonconformity.response_due_on
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Nonconformity.code.label("reference"),
            case((done(in_time=False) <= due, 1), else_=0).label("met"),
            case((done(in_time=True) <= due, 1), else_=0).label("timely"),
        )
        .join_from(Nonconformity, holder, holder.c.unit_id == Nonconformity.unit_id)
        .where(
            Nonconformity.raised_on <= window.day,
            due <= window.day,
            or_(due > window.months(12), done(in_time=False).is_(None)),
        )
    )


def actions_on_time(window: Window) -> Select[Any]:
    """10.2.1: each corrective action in view at D, and whether it was completed by its due day (moved once, if approved)."""
    holder = standing.alias("holder")
    due = case((and_(Action.move_counts, Action.moved_on <= window.day), Action.moved_to), else_=Action.due_on)
    open_at = and_(
        or_(Action.completed_on.is_(None), Action.completed_on > window.day),
        or_(Action.cancelled_on.is_(None), Action.cancelled_on > window.day),
    )
    met = Action.completed_on <= due
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            (Nonconformity.code + "/" + Action.number).label("reference"),
            case((met, 1), else_=0).label("met"),
            case((and_(met, Action.completed_late.is_(False)), 1), else_=0).label("timely"),
        )
        .join_from(Action, Nonconformity, Nonconformity.id == Action.nonconformity_id)
        .join(holder, holder.c.unit_id == Nonconformity.unit_id)
        .where(
            Nonconformity.raised_on <= window.day,
            or_(Action.added_on.is_(None), Action.added_on <= window.day),
            due <= window.day,
            or_(due > window.months(12), open_at),
            or_(Action.cancelled_on.is_(None), Action.cancelled_on > due),
        )
    )


EVIDENCE = {
    "no_overdue_nonconformity": no_overdue_nonconformity,
    "answered_on_time": answered_on_time,
    "actions_on_time": actions_on_time,
}
