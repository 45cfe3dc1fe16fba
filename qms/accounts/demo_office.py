"""Whether this is the demo: an invented office whose second factors may be read out, as there is nothing to protect."""

from sqlalchemy import select

from qms.kernel.db import db
from qms.units.models import Unit

CODE, ENDING = "MA", "(mẫu)"


def holds_demo_office() -> bool:
    """Whether the database holds the demo office; nobody's own office is named so."""
    return db.session.scalar(select(Unit.id).where(Unit.code == CODE, Unit.name.endswith(ENDING))) is not None
