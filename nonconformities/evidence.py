"""What nonconformities and corrective actions prove to the evaluation, as they stood at the end of D."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, FromClause, ScalarSelect, Select, and_, case, exists, func, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from nonconformities.models import Action, EventKind, Nonconformity, NonconformityEvent, Response
from qms.kernel.evidence import Evidence, Proof, proof
from qms.kernel.window import Window
from qms.units.standing import admitted, standing


def _told(least: Proof, holder: FromClause) -> ColumnElement[bool]:
    return admitted(least, NonconformityEvent.late, NonconformityEvent.on, NonconformityEvent.entered_on, holder)


def _last(kind: EventKind, window: Window, counts: ColumnElement[bool]) -> ScalarSelect[date]:
    query = select(func.max(NonconformityEvent.on)).where(
        NonconformityEvent.nonconformity_id == Nonconformity.id,
        NonconformityEvent.event == kind,
        NonconformityEvent.on <= window.day,
        counts,
    )
    return query.correlate_except(NonconformityEvent).scalar_subquery()


def closed(window: Window, counts: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """Closed at D: the latest closing by D is later than the latest reopening by D (on one day the reopening is later).

    ``counts`` says which closings do; all of them without it.
    """
    closing = _last(EventKind.CLOSED, window, true() if counts is None else counts)
    reopening = _last(EventKind.REOPENED, window, true())
    return and_(closing.is_not(None), or_(reopening.is_(None), closing > reopening))


def _completed(least: Proof, holder: FromClause) -> ColumnElement[bool]:
    return admitted(least, Action.completed_late, Action.completed_on, Action.completed_entered_on, holder)


def _pending(window: Window, counts: ColumnElement[bool]) -> ColumnElement[bool]:
    """No action, or one not completed by D; actions cancelled by D or added after D do not count."""
    live = and_(
        Action.nonconformity_id == Nonconformity.id,
        or_(Action.added_on.is_(None), Action.added_on <= window.day),
        or_(Action.cancelled_on.is_(None), Action.cancelled_on > window.day),
    )
    unfinished = or_(Action.completed_on.is_(None), Action.completed_on > window.day, ~counts)
    return or_(
        ~exists().where(live).correlate_except(Action),
        exists().where(live, unfinished).correlate_except(Action),
    )


def _response_holds(window: Window) -> ColumnElement[bool]:
    return and_(
        Response.nonconformity_id == Nonconformity.id,
        or_(Response.held_from.is_(None), Response.held_from <= window.day),
        or_(Response.withdrawn_on.is_(None), Response.withdrawn_on > window.day),
    )


def no_overdue_nonconformity(window: Window) -> Select[Any]:
    """10.2: each nonconformity raised by D; it fails when open past its limit without finished actions, or unverified.

    The limits are asked first: closings and actions are looked up only where one of them has passed.
    """
    holder = standing.alias("holder")
    limit = case(
        (and_(Nonconformity.move_counts, Nonconformity.moved_on <= window.day), Nonconformity.moved_limit_on),
        else_=Nonconformity.limit_on,
    )
    unverified = exists().where(_response_holds(window), Response.effect_limit_on < window.day).correlate_except(Response)

    def holds(least: Proof) -> ColumnElement[bool]:
        pending = and_(limit < window.day, _pending(window, _completed(least, holder)))
        return or_(closed(window, _told(least, holder)), and_(~pending, ~unverified))

    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Nonconformity.code.label("reference"),
            case((and_(limit >= window.day, ~unverified), Proof.IN_TIME.value), else_=proof(holds)).label("proof"),
            Nonconformity.id.label("record_id"),
        )
        .join_from(Nonconformity, holder, holder.c.unit_id == Nonconformity.unit_id)
        .where(Nonconformity.raised_on <= window.day)
    )


def answered_on_time(window: Window) -> Select[Any]:
    """10.2.1: each response in view at D, and whether cause and plan were submitted (or it was closed) by the due day."""
    holder = standing.alias("holder")

    def done(least: Proof) -> ColumnElement[date]:
        answered = admitted(least, Response.responded_late, Response.responded_on, Response.responded_entered_on, holder)
        response = select(func.max(Response.responded_on)).where(
            _response_holds(window), Response.responded_on <= window.day, answered
        )
        closing = select(func.min(NonconformityEvent.on)).where(
            NonconformityEvent.nonconformity_id == Nonconformity.id,
            NonconformityEvent.event == EventKind.CLOSED,
            NonconformityEvent.on <= window.day,
            _told(least, holder),
        )
        return func.coalesce(
            response.correlate_except(Response).scalar_subquery(),
            closing.correlate_except(NonconformityEvent).scalar_subquery(),
        )

    due = Nonconformity.response_due_on
    settled = done(Proof.LATE).is_not(None)
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            Nonconformity.code.label("reference"),
            proof(lambda least: done(least) <= due).label("proof"),
            Nonconformity.id.label("record_id"),
            due.label("past_due_on"),
            case((settled, 1), else_=0).label("settled"),
        )
        .join_from(Nonconformity, holder, holder.c.unit_id == Nonconformity.unit_id)
        .where(
            Nonconformity.raised_on <= window.day,
            due <= window.day,
            or_(due > window.months(12), ~settled),
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
    return (
        select(
            holder.c.heir_id.label("unit_id"),
            (Nonconformity.code + "/" + Action.number).label("reference"),
            proof(lambda least: and_(Action.completed_on <= due, _completed(least, holder))).label("proof"),
            Nonconformity.id.label("record_id"),
            due.label("past_due_on"),
            case((open_at, 0), else_=1).label("settled"),
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


EVIDENCE = (
    Evidence("no_overdue_nonconformity", no_overdue_nonconformity, kind="nonconformity"),
    Evidence("answered_on_time", answered_on_time, kind="nonconformity"),
    Evidence("actions_on_time", actions_on_time, kind="nonconformity"),
)


def _entered(child: type[Response | NonconformityEvent | Action], entered_on: InstrumentedAttribute[Any]) -> Select[Any]:
    query = select(Nonconformity.unit_id, entered_on.label("entered_on"))
    return query.join_from(child, Nonconformity, Nonconformity.id == child.nonconformity_id)


ENTERED: tuple[Select[Any], ...] = (
    _entered(Response, Response.responded_entered_on),
    _entered(NonconformityEvent, NonconformityEvent.entered_on),
    _entered(Action, Action.completed_entered_on),
)
