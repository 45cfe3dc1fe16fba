"""What management reviews tell of a year for the report."""

from typing import Any

from sqlalchemy import Select, select

from qms.kernel.figures import YearFigure
from qms.kernel.language import _l
from qms.kernel.window import Window
from qms.reviews.models import ManagementReview


def held(window: Window) -> Select[Any]:
    """9.3.1: management reviews held in the year."""
    days = ManagementReview.held_on > window.months(12), ManagementReview.held_on <= window.day
    return select(ManagementReview.unit_id).where(*days)


FIGURES = (YearFigure("reviews_held", _l("Management reviews"), _l("Management reviews held"), held),)
