"""Writing the trail: in the same transaction as the change it tells of."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import joinedload

from qms.kernel.db import db, mark_recorded
from qms.kernel.moment import Moment
from qms.kernel.staging import Staging
from qms.trail.canonical import canonical
from qms.trail.models import ABOUT, ADDRESS, ON_BEHALF_OF, OWN_FIELDS, PREPARED_BY, USERNAME, TrailEntry, TrailPersonal
from qms.trail.verify_trail import salted_hash
from qms.trail.writes import tell_staged

__all__ = ["Deed", "history", "in_use_since", "last_number", "newest_number", "record", "salted_hash", "stage_deeds"]


def record(
    moment: Moment,
    kind: str,
    code: str,
    deed: str,
    *,
    unit_id: int | None = None,
    changes: Mapping[str, Any] | None = None,
    personal: Mapping[str, Any] | None = None,
    reason: str | None = None,
    on_behalf_of: str | None = None,
) -> None:
    """Adds one entry. ``changes`` is field → [from, to], of JSON values; ``deed`` is the name of a step or verb.

    ``personal`` is like ``changes`` for what tells who somebody is; it stands beside the chain and can be forgotten.
    A field of that name which every entry has of its own (``username``) is kept as ``about_username``.
    ``on_behalf_of`` is the user name of the person for whom a deputy acts.
    """
    beside = _beside(moment, personal or {}, on_behalf_of)
    deed_done = Deed(kind, code, deed, unit_id, changes or {}, reason=reason)
    entry = TrailEntry(**_row(moment, deed_done, beside))
    entry.personal_values = [TrailPersonal(**row) for row in beside]
    db.session.add(entry)
    mark_recorded(db.session())


@dataclass(frozen=True)
class Deed:
    """One of many deeds of the same moment; the fields are those of ``record``."""

    kind: str
    code: str
    deed: str
    unit_id: int | None
    changes: Mapping[str, Any]
    personal: Mapping[str, Any] = field(default_factory=dict)
    reason: str | None = None


def stage_deeds(staging: Staging, moment: Moment, deeds: Iterable[Deed]) -> None:
    """The same for thousands of deeds that land together with what they tell of, such as the rows of a take-over."""
    beside: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    for place, deed in enumerate(deeds, start=1):
        values = _beside(moment, deed.personal)
        rows.append(_row(moment, deed, values))
        beside.extend({"entry_id": place, **value} for value in values)
    staging.append(TrailEntry, rows, TrailPersonal, "entry_id", beside)
    staging.mark_recorded(tell_staged)


def _row(moment: Moment, deed: Deed, beside: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    return {
        "at": moment.instant,
        "person_id": moment.person.person_id,
        "kind": deed.kind,
        "code": deed.code,
        "unit_id": deed.unit_id,
        "deed": deed.deed,
        "changes": dict(deed.changes),
        "reason": deed.reason,
        "request_id": moment.request_id,
        "personal": {row["field"]: salted_hash(row["salt"], row["value"]) for row in beside},
    }


def _beside(moment: Moment, changes: Mapping[str, Any], on_behalf_of: str | None = None) -> list[dict[str, str]]:
    """The values of an entry that stand beside the chain, each with a salt of its own."""
    values = {
        USERNAME: moment.person.username,
        ADDRESS: moment.address,
        ON_BEHALF_OF: on_behalf_of,
        PREPARED_BY: moment.prepared_by,
        **{ABOUT + name if name in OWN_FIELDS else name: canonical(list(change)) for name, change in changes.items()},
    }
    return [{"field": name, "salt": secrets.token_hex(16), "value": value} for name, value in values.items() if value is not None]


def history(kind: str, code: str, deeds: Iterable[str] | None = None, most: int | None = None) -> Sequence[TrailEntry]:
    """What happened to a record, newest first; only these deeds, and only the newest ``most``, when they are given."""
    query = select(TrailEntry).where(TrailEntry.kind == kind, TrailEntry.code == code).order_by(TrailEntry.id.desc())
    if deeds is not None:
        query = query.where(TrailEntry.deed.in_(list(deeds)))
    return db.session.scalars(query.limit(most).options(joinedload(TrailEntry.personal_values))).unique().all()


def last_number() -> int:
    """Number of the newest entry; 0 when nothing has happened yet. Tells whether anything changed in between."""
    return db.session.scalar(newest_number()) or 0


def newest_number() -> Select[Any]:
    """The same as a select, for a statement that asks more."""
    return select(func.max(TrailEntry.id))


def in_use_since() -> datetime | None:
    """The instant of the first entry: since when this installation has been in use; None when nothing has happened yet."""
    return db.session.scalar(select(func.min(TrailEntry.at)))
