"""What management reviews prove to the evaluation."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, cast, select
from sqlalchemy import String as Text

from qms.kernel.evidence import Evidence, proof
from qms.kernel.window import Window
from qms.reviews.models import ManagementReview
from qms.units.standing import admitted, standing


def management_review(window: Window) -> Select[Any]:
    """9.3; QĐ 19/2014 Art. 4.4b: management reviews of the unit's agency held in the year with tolerance."""
    holder, member = standing.alias("holder"), standing.alias("member")
    held_on, entered_on = ManagementReview.held_on, ManagementReview.held_entered_on
    return (
        select(
            member.c.unit_id,
            cast(ManagementReview.held_on, Text).label("reference"),
            proof(lambda least: admitted(least, ManagementReview.held_late, held_on, entered_on, holder)).label("proof"),
        )
        .join_from(ManagementReview, holder, holder.c.unit_id == ManagementReview.unit_id)
        .join(member, member.c.agency_id == holder.c.heir_id)
        .where(ManagementReview.held_on > window.year_with_tolerance, ManagementReview.held_on <= window.day)
    )


def _page(_unit_id: int) -> str:
    return url_for("reviews.new")


EVIDENCE = (Evidence("management_review", management_review, act=_page),)

ENTERED: tuple[Any, ...] = (select(ManagementReview.unit_id, ManagementReview.held_entered_on.label("entered_on")),)
