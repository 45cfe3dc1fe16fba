"""What nonconformities tell of a year for the report: how many were raised, closed, left open, and what caused them."""

from typing import Any, cast

from sqlalchemy import Select, case, exists, or_, select

from nonconformities.evidence import closed
from nonconformities.models import Action, Grade, Nonconformity, Response
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


def closed_of_raised(window: Window) -> Select[Any]:
    """10.2: those raised in the year that are closed at its end."""
    return raised(window).where(closed(window))


def still_open(window: Window) -> Select[Any]:
    """10.2: every nonconformity that is open at the end of the year, whenever it was raised."""
    return select(Nonconformity.unit_id).where(Nonconformity.raised_on <= window.day, ~closed(window))


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
