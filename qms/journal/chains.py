"""Which chain of the trail a unit's entries belong to: that of its agency."""

from collections.abc import Collection, Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import aliased

from qms.kernel.db import db
from qms.units.models import Unit, UnitAncestry


def chain_of(unit_ids: Collection[int]) -> Mapping[int, str]:
    """Unit ids → code of the nearest unit at or above that is an agency; units without one are left out."""
    over = aliased(UnitAncestry)
    depth = select(func.count()).where(over.unit_id == Unit.id).scalar_subquery()
    rows = db.session.execute(
        select(UnitAncestry.unit_id, Unit.code)
        .join(Unit, Unit.id == UnitAncestry.ancestor_id)
        .where(UnitAncestry.unit_id.in_(unit_ids), Unit.agency.is_(True))
        .order_by(depth)
    )
    return dict(rows.all())  # the deepest comes last and stays
