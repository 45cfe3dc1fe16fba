"""Reading management reviews."""

from datetime import date
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import in_visible_units, visible_units
from qms.accounts.permissions import Permission
from qms.kernel.moment import Actor
from qms.kernel.paging import Page, paginate
from qms.reviews.models import ManagementReview
from qms.units.models import Unit, UnitAncestry
from qms.units.queries import below


def page_of_reviews(actor: Actor, unit_code: str, number: int) -> Page:
    """The reviews one may see, newest first; with a code those of the unit, its agency and what lies below it."""
    query = (
        select(ManagementReview)
        .options(joinedload(ManagementReview.unit))
        .where(ManagementReview.unit_id.in_(visible_units(actor, Permission.REVIEWS_READ)))
    )
    if unit_code:
        above = select(UnitAncestry.ancestor_id).join(Unit, Unit.id == UnitAncestry.unit_id).where(Unit.code == unit_code)
        query = query.where(ManagementReview.unit_id.in_(below(unit_code)) | ManagementReview.unit_id.in_(above))
    return paginate(query.order_by(ManagementReview.held_on.desc(), ManagementReview.id.desc()), number)


def held_count(actor: Actor, year: int) -> Select[Any]:
    """How many reviews that one may see were held in a year."""
    return select(func.count()).where(
        ManagementReview.held_on.between(date(year, 1, 1), date(year, 12, 31)),
        in_visible_units(ManagementReview.unit_id, actor, Permission.REVIEWS_READ),
    )
