"""Handovers of a person."""

from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from qms.kernel.db import db
from qms.people.handover.models import Handover


def handovers_of(person_id: int) -> Sequence[Handover]:
    """The handovers from or to the person, newest first."""
    return db.session.scalars(
        select(Handover)
        .where(or_(Handover.giver_id == person_id, Handover.receiver_id == person_id))
        .options(joinedload(Handover.giver), joinedload(Handover.receiver))
        .order_by(Handover.id.desc())
    ).all()
