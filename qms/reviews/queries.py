"""Reading management reviews."""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import in_visible_units
from qms.accounts.permissions import Permission
from qms.kernel.moment import Actor
from qms.reviews.models import ManagementReview
from qms.units.models import Unit, UnitAncestry
from qms.units.queries import below


def listed(actor: Actor) -> Select[ManagementReview]:
    """The reviews one may see, each with its agency."""
    return (
        select(ManagementReview)
        .join(Unit, Unit.id == ManagementReview.unit_id)
        .options(joinedload(ManagementReview.unit))
        .where(in_visible_units(ManagementReview.unit_id, actor, Permission.REVIEWS_READ))
    )


def concerns(code: str) -> ColumnElement[bool]:
    """Whether a review is one of the unit of that code, of its agency above, or of what lies below."""
    above = select(UnitAncestry.ancestor_id).join(Unit, Unit.id == UnitAncestry.unit_id).where(Unit.code == code)
    return or_(ManagementReview.unit_id.in_(below(code)), ManagementReview.unit_id.in_(above))


def held_count(actor: Actor, year: int) -> Select[Any]:
    """How many reviews that one may see were held in a year."""
    return select(func.count()).where(
        ManagementReview.held_on.between(date(year, 1, 1), date(year, 12, 31)),
        in_visible_units(ManagementReview.unit_id, actor, Permission.REVIEWS_READ),
    )
