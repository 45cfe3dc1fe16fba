"""What nonconformities tell of a year for the report: how many were raised, closed, left open, and what caused them."""

from datetime import date
from typing import Any, cast

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, exists, func, or_, select

from nonconformities.models import Action, EventKind, Grade, Nonconformity, NonconformityEvent, Response
from qms.kernel.figures import YearFigure
from qms.kernel.language import _l
from qms.kernel.window import Window

_HEADING = _l("Nonconformities and corrective actions")


def raised(window: Window) -> Select[Any]:
    """10.2.2: nonconformities raised in the year."""
    days = Nonconformity.raised_on > window.months(12), Nonconformity.raised_on <= window.day
    return select(Nonconformity.unit_id).where(*days)


def major(window: Window) -> Select[Any]:
    """10.2.2: the major ones among those raised in the year."""
    return raised(window).where(Nonconformity.grade == Grade.MAJOR)


def _last(kind: EventKind, window: Window) -> ScalarSelect[date]:
    events = select(func.max(NonconformityEvent.on)).where(
        NonconformityEvent.nonconformity_id == Nonconformity.id,
        NonconformityEvent.event == kind,
        NonconformityEvent.on <= window.day,
    )
    return events.correlate(Nonconformity).scalar_subquery()


def _is_closed(window: Window) -> ColumnElement[bool]:
    """At the end of the day; a reopening on the day of a closing is the later one."""
    closed, reopened = _last(EventKind.CLOSED, window), _last(EventKind.REOPENED, window)
    return func.coalesce(closed > func.coalesce(reopened, date.min), False)


def closed_of_raised(window: Window) -> Select[Any]:
    """10.2: those raised in the year that are closed at its end."""
    return raised(window).where(_is_closed(window))


def still_open(window: Window) -> Select[Any]:
    """10.2: every nonconformity that is open at the end of the year, whenever it was raised."""
    return select(Nonconformity.unit_id).where(Nonconformity.raised_on <= window.day, ~_is_closed(window))


def actions_completed(window: Window) -> Select[Any]:
    """10.2.1: corrective actions completed in the year."""
    done = Action.completed_on > window.months(12), Action.completed_on <= window.day
    joined = select(Nonconformity.unit_id).join_from(Action, Nonconformity, Nonconformity.id == Action.nonconformity_id)
    return joined.where(*done)


def causes(window: Window) -> Select[Any]:
    """10.2.1 b: the causes of nonconformities raised in the year, as units submitted them; major ones, then the newest."""
    submitted = exists().where(
        Response.nonconformity_id == Nonconformity.id,
        Response.responded_on <= window.day,
        or_(Response.withdrawn_on.is_(None), Response.withdrawn_on > window.day),
    )
    heavy = case((Nonconformity.grade == Grade.MAJOR, 0), else_=1)
    columns = Nonconformity.unit_id, Nonconformity.code.label("reference"), Nonconformity.root_cause.label("text")
    days = Nonconformity.raised_on > window.months(12), Nonconformity.raised_on <= window.day
    found: Any = select(*columns).where(*days, Nonconformity.root_cause.is_not(None), submitted)
    return cast(Select[Any], found.order_by(heavy, Nonconformity.raised_on.desc(), Nonconformity.id))


FIGURES = (
    YearFigure("nonconformities_raised", _HEADING, _l("Nonconformities raised"), raised),
    YearFigure("nonconformities_major", _HEADING, _l("Major ones among them"), major),
    YearFigure("nonconformities_closed", _HEADING, _l("Closed ones among them"), closed_of_raised),
    YearFigure("nonconformities_open", _HEADING, _l("Open at the end, of all years"), still_open),
    YearFigure("actions_completed", _HEADING, _l("Corrective actions completed"), actions_completed),
)
