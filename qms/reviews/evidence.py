"""What management reviews prove to the evaluation."""

from typing import Any

from sqlalchemy import Select, case, cast, literal, select
from sqlalchemy import String as Text

from qms.kernel.window import Window
from qms.reviews.models import ManagementReview
from qms.units.standing import standing


def management_review(window: Window) -> Select[Any]:
    """9.3; QĐ 19/2014 Art. 4.4b: management reviews of the unit's agency held in the year with tolerance."""
    holder, member = standing.alias("holder"), standing.alias("member")
    return (
        select(
            member.c.unit_id,
            cast(ManagementReview.held_on, Text).label("reference"),
            literal(1).label("met"),
            case((ManagementReview.held_late, 0), else_=1).label("timely"),
        )
        .join_from(ManagementReview, holder, holder.c.unit_id == ManagementReview.unit_id)
        .join(member, member.c.agency_id == holder.c.heir_id)
        .where(ManagementReview.held_on > window.year_with_tolerance, ManagementReview.held_on <= window.day)
    )


EVIDENCE = {"management_review": management_review}
