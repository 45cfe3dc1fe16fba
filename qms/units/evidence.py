"""What the units package proves to the evaluation."""

from typing import Any

from sqlalchemy import Select, case, literal, or_, select

from qms.kernel.window import Window
from qms.units.models import Announcement
from qms.units.standing import standing


def announced(window: Window) -> Select[Any]:
    """4.3, 4.4; QĐ 19/2014 Art. 4.3: announcements of the unit's agency made by D and not revoked by D."""
    holder, member = standing.alias("holder"), standing.alias("member")
    return (
        select(
            member.c.unit_id,
            Announcement.number.label("reference"),
            literal(1).label("met"),
            case((Announcement.announced_late, 0), else_=1).label("timely"),
        )
        .join_from(Announcement, holder, holder.c.unit_id == Announcement.unit_id)
        .join(member, member.c.agency_id == holder.c.heir_id)
        .where(
            Announcement.announced_on <= window.day,
            or_(Announcement.revoked_on.is_(None), Announcement.revoked_on > window.day),
        )
    )


EVIDENCE = {"announced": announced}
