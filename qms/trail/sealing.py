"""Sealing in batches: nobody who writes waits for a chain. What was written is chained some seconds later by the clock.

Each agency has a chain of its own. Which unit belongs to which chain is known above, so it is handed in.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, String, Text, column, func, insert, select, type_coerce, union, values

from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.trail.canonical import instant_text
from qms.trail.models import TrailEntry, TrailSeal
from qms.trail.verify_trail import BEGINNING, row_hash

NO_CHAIN = "-"
"""The chain of entries without a unit, or whose unit belongs to no agency."""
AT_ONCE = 500
"""So many rows are sealed in one transaction: a first sealing of a million rows must not lock everybody out."""
AT_A_LOOK = 10_000
"""So many rows are looked for at a time."""
RECENT = timedelta(minutes=15)
"""A transaction that began earlier than this has ended; what it wrote under a low number is found by its instant."""
SEALERS = 7_241_003
"""Number of the lock that lets one sealer at a time append, on PostgreSQL; SQLite has one writer anyway."""

ChainOf = Callable[[Collection[int]], Mapping[int, str]]
"""Unit ids → names of their chains; a unit that is left out belongs to no agency."""


def seal(moment: Moment, chain_of: ChainOf, *, everything: bool = False) -> int:
    """Appends a seal to the chains for every entry that has none; answers how many. Opens its own transactions.

    Looks at what is newer than the newest sealed entry and at what was written in the last minutes. ``everything`` looks
    at the whole trail, for the daily head: a transaction that took long to commit is never forgotten.
    """
    sealed = 0
    while True:
        db.session.rollback()  # each look sees what was committed meanwhile
        waiting = db.session.scalars(_without_seal(None if everything else moment).limit(AT_A_LOOK)).all()
        for start in range(0, len(waiting), AT_ONCE):
            with writing():
                sealed += _append(waiting[start : start + AT_ONCE], chain_of)
        if len(waiting) < AT_A_LOOK:  # what came meanwhile waits for the next time, or this would go on while people write
            return sealed


def unsealed() -> int:
    """How many entries have no seal yet, in the whole trail."""
    return db.session.scalar(select(func.count()).select_from(_without_seal(None).order_by(None).subquery())) or 0


def _without_seal(moment: Moment | None) -> Select[int]:
    """Ids of entries without a seal, oldest first: all of them, or those that a moment can still find new."""
    ids: Any = TrailEntry.id
    if moment is not None:
        newest = select(func.coalesce(func.max(TrailSeal.entry_id), 0)).scalar_subquery()
        above = select(TrailEntry.id).where(TrailEntry.id > newest)
        recent = select(TrailEntry.id).where(TrailEntry.at > moment.instant - RECENT)
        ids = union(above, recent).subquery().c.id
    return select(ids).outerjoin(TrailSeal, TrailSeal.entry_id == ids).where(TrailSeal.entry_id.is_(None)).order_by(ids)


def _append(waiting: Sequence[int], chain_of: ChainOf) -> int:
    """Seals those that nobody sealed in the meantime, in the order of their numbers."""
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(SEALERS)))
    entries = db.session.execute(_stored().where(TrailEntry.id.in_(waiting))).all()
    names = chain_of({entry.unit_id for entry in entries if entry.unit_id is not None})
    chains = [names.get(entry.unit_id, NO_CHAIN) for entry in entries]
    ends = _ends(set(chains))
    rows = []
    for chain, entry in zip(chains, entries, strict=True):
        number, before = ends.get(chain, (0, BEGINNING))
        sealed = row_hash(before, chain, number + 1, (entry[0], instant_text(entry.at), *entry[2:]))
        ends[chain] = number + 1, sealed
        rows.append({"chain": chain, "number": number + 1, "entry_id": entry.id, "hash": sealed})
    if rows:
        db.session.execute(insert(TrailSeal), rows)
    return len(rows)


def _stored() -> Any:
    """Entries without a seal as ``verify_trail.COLUMNS`` has them: texts as they are stored, not read and written again."""
    return (
        select(
            TrailEntry.id,
            TrailEntry.at,
            TrailEntry.person_id,
            TrailEntry.kind,
            TrailEntry.code,
            TrailEntry.unit_id,
            TrailEntry.deed,
            type_coerce(TrailEntry.changes, Text),
            TrailEntry.reason,
            TrailEntry.request_id,
            type_coerce(TrailEntry.personal, Text),
        )
        .outerjoin(TrailSeal, TrailSeal.entry_id == TrailEntry.id)
        .where(TrailSeal.entry_id.is_(None))
        .order_by(TrailEntry.id)
    )


def _ends(chains: Collection[str]) -> dict[str, tuple[int, str]]:
    """Last number and hash of some chains; one look-up in the index for each, in one statement."""
    wanted = values(column("chain", String), name="wanted").data([(chain,) for chain in chains]).cte("wanted")
    newest = TrailSeal.number.desc()
    number = select(TrailSeal.number).where(TrailSeal.chain == wanted.c.chain).order_by(newest).limit(1).scalar_subquery()
    value = select(TrailSeal.hash).where(TrailSeal.chain == wanted.c.chain).order_by(newest).limit(1).scalar_subquery()
    found = db.session.execute(select(wanted.c.chain, number, value)).all() if chains else []
    return {chain: (last, sealed) for chain, last, sealed in found if last is not None}
