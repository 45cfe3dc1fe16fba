"""Whether who stands above each unit is as the parents say: the reach of every role rests on it."""

from collections.abc import Iterator

from sqlalchemy import select

from qms.kernel.db import db
from qms.kernel.language import _l
from qms.trail.findings import Check, Finding
from qms.units.models import Unit, UnitAncestry
from qms.units.tree import ancestry


def changed_ancestry() -> Iterator[Finding]:
    """Units of which other ones stand above than their parents and those of their parents."""
    wanted = ancestry(dict(db.session.execute(select(Unit.id, Unit.parent_id)).all()))
    present = {(unit, above) for unit, above in db.session.execute(select(UnitAncestry.unit_id, UnitAncestry.ancestor_id))}
    for unit_id in sorted({unit_id for unit_id, _above in wanted ^ present}):
        yield Finding("ancestry_changed", UnitAncestry.__tablename__, str(unit_id))


CHECK = Check(_l("Who stands above each unit, against the parents"), changed_ancestry)
