"""Writing the trail: in the same transaction as the change it tells of."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.trail.models import TrailEntry


def record(
    moment: Moment,
    kind: str,
    code: str,
    deed: str,
    *,
    unit_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    reason: str | None = None,
) -> None:
    """Adds one entry. ``changes`` is field → [from, to], of JSON values; ``deed`` is the name of a step or verb."""
    db.session.add(
        TrailEntry(
            at=moment.instant,
            username=moment.person.username,
            kind=kind,
            code=code,
            unit_id=unit_id,
            deed=deed,
            changes=dict(changes or {}),
            reason=reason,
            address=moment.address,
            request_id=moment.request_id,
        )
    )


def history(kind: str, code: str) -> Sequence[TrailEntry]:
    """What happened to a record, newest first."""
    return db.session.scalars(
        select(TrailEntry).where(TrailEntry.kind == kind, TrailEntry.code == code).order_by(TrailEntry.id.desc())
    ).all()


def last_number() -> int:
    """Number of the newest entry; 0 when nothing has happened yet. Tells whether anything changed in between."""
    return db.session.scalar(select(func.max(TrailEntry.id))) or 0


def in_use_since() -> datetime | None:
    """The instant of the first entry: since when this installation has been in use; None when nothing has happened yet."""
    return db.session.scalar(select(func.min(TrailEntry.at)))
