"""What the units package proves to the evaluation."""

from typing import Any

from flask import url_for
from sqlalchemy import Select, or_, select

from qms.kernel.evidence import Evidence, proof
from qms.kernel.window import Window
from qms.units.models import Announcement
from qms.units.standing import admitted, standing


def announced(window: Window) -> Select[Any]:
    """4.3, 4.4; QĐ 19/2014 Art. 4.3: announcements of the unit's agency made by D and not revoked by D."""
    holder, member = standing.alias("holder"), standing.alias("member")
    made_on, entered_on = Announcement.announced_on, Announcement.announced_entered_on
    return (
        select(
            member.c.unit_id,
            Announcement.number.label("reference"),
            proof(lambda least: admitted(least, Announcement.announced_late, made_on, entered_on, holder)).label("proof"),
        )
        .join_from(Announcement, holder, holder.c.unit_id == Announcement.unit_id)
        .join(member, member.c.agency_id == holder.c.heir_id)
        .where(
            Announcement.announced_on <= window.day,
            or_(Announcement.revoked_on.is_(None), Announcement.revoked_on > window.day),
        )
    )


def _page(unit_id: int) -> str:
    return url_for("units.show", unit_id=unit_id)


EVIDENCE = (Evidence("announced", announced, act=_page),)

ENTERED: tuple[Any, ...] = (select(Announcement.unit_id, Announcement.announced_entered_on.label("entered_on")),)
