"""The head of a day: every chain with its last number and hash, sealed with a key that is not in the database.

It is mailed and shown in public. Whoever keeps the heads can prove later that nothing before them was changed or removed.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, select

from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.trail.canonical import canonical, instant_text
from qms.trail.keys import load_keys
from qms.trail.models import TrailHead, TrailSeal
from qms.trail.sealing import unsealed
from qms.trail.service import record
from qms.trail.verify_trail import FORMAT, HEAD_DEED, HEAD_KIND, Head, head_digest, head_line, sha256


def make_head(day: date, moment: Moment, checked: Mapping[str, Any] | None = None) -> TrailHead | None:
    """Writes down where every chain stands, for the day before; None when the day, or a later one, has its head already.

    ``checked`` is the outcome of the newest check, which leaves the house with the head. The trail itself tells of every head,
    so that none can vanish either. Raises ``KeysUnreadable``, ``OSError``.
    """
    last = newest()
    if last is not None and last.day >= day:
        return None
    keys = load_keys()
    chains = _chains()
    body = canonical(
        {
            "format": FORMAT,
            "day": day.isoformat(),
            "made_at": instant_text(moment.instant),
            "entries": sum(chain["number"] for chain in chains),
            "unsealed": unsealed(),
            "chains": chains,
            "previous": None if last is None else sha256(last.body),
        }
        | ({} if checked is None else {"checked": dict(checked)})
    )
    head = TrailHead(day=day, made_at=moment.instant, body=body, key_id=keys.current, seal=keys.seal(body) or "")
    db.session.add(head)
    changes = {"digest": [None, head_digest(as_stored(head))], "entries": [None, sum(chain["number"] for chain in chains)]}
    record(moment, HEAD_KIND, day.isoformat(), HEAD_DEED, changes=changes)
    return head


def newest() -> TrailHead | None:
    """The head of the latest day."""
    return db.session.scalar(select(TrailHead).order_by(TrailHead.day.desc()).limit(1))


def as_stored(head: TrailHead) -> Head:
    """The head as the checks have it."""
    return Head(head.day.isoformat(), instant_text(head.made_at), head.body, head.key_id, head.seal)


def line_of(head: TrailHead) -> str:
    """The head as one line of JSON: as it is mailed, shown and checked."""
    return head_line(as_stored(head))


def lines() -> Iterator[str]:
    """All heads, oldest first, one a line."""
    for head in db.session.scalars(select(TrailHead).order_by(TrailHead.day).execution_options(yield_per=20)):
        yield line_of(head) + "\n"


def _chains() -> list[dict[str, Any]]:
    last = select(TrailSeal.chain, func.max(TrailSeal.number).label("number")).group_by(TrailSeal.chain).subquery()
    ends = select(TrailSeal.chain, TrailSeal.number, TrailSeal.hash).join(
        last, (last.c.chain == TrailSeal.chain) & (last.c.number == TrailSeal.number)
    )
    found = [{"chain": chain, "number": number, "hash": value} for chain, number, value in db.session.execute(ends)]
    return sorted(found, key=lambda chain: str(chain["chain"]))
