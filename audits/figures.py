"""What audits tell of a year for the report: how many were planned, reported, and how many units they reached."""

from typing import Any

from sqlalchemy import Select, or_, select

from audits.models import Audit
from qms.kernel.figures import YearFigure
from qms.kernel.language import _l
from qms.kernel.window import Window

_HEADING = _l("Internal audits")


def planned(window: Window) -> Select[Any]:
    """9.2.2 a: audits planned for a day of the year and not cancelled by its end."""
    return select(Audit.unit_id).where(
        Audit.planned_on > window.months(12),
        Audit.planned_on <= window.day,
        or_(Audit.cancelled_on.is_(None), Audit.cancelled_on > window.day),
    )


def reported(window: Window) -> Select[Any]:
    """9.2.2: audits reported in the year."""
    return select(Audit.unit_id).where(Audit.reported_on > window.months(12), Audit.reported_on <= window.day)


def units_audited(window: Window) -> Select[Any]:
    """9.2.2: the units to which these reports belong, each once."""
    return reported(window).distinct()


FIGURES = (
    YearFigure("audits_planned", _HEADING, _l("Audits planned"), planned),
    YearFigure("audits_reported", _HEADING, _l("Audits reported"), reported),
    YearFigure("units_audited", _HEADING, _l("Units audited"), units_audited),
)
