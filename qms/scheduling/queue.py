"""The queue of long work as pages see it: start, look, take back. ``qms.scheduling.worker`` does it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select, update

from qms.config import present_settings
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import _l, current_language
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.work import LongWork
from qms.scheduling import binding
from qms.scheduling.models import Work, WorkState

MOST_UNDER_WAY = 5
"""How much one person may have under way: nobody fills the queue for all others."""
UNDER_WAY = (WorkState.QUEUED, WorkState.RUNNING)
_SHOWN_FOR = timedelta(hours=1)
"""How long a page goes on to show what it started, after it is over."""


def kind_of(name: str) -> LongWork:
    """The kind of work of that name. Raises ``KeyError`` for one that no feature brings."""
    for feature in house().features:
        for kind in feature.long_work:
            if kind.name == name:
                return kind
    raise KeyError(f"no feature brings the long work “{name}”")


def title_of(kind: str) -> str:
    """What work of that kind is called; of a kind that has gone since, its name."""
    try:
        return str(kind_of(kind).title)
    except KeyError:
        return kind


def may_have(kind: str, moment: Moment) -> Refusal | None:
    """Whether the person may have work of that kind done, and what it made. Raises ``KeyError`` for a kind that is gone."""
    may = moment.person.person_id is not None and moment.person.may(kind_of(kind).permission, None)
    return None if may else Refusal("not_permitted", _l("Your role does not allow this."))


def start(kind: str, arguments: Mapping[str, Any], moment: Moment) -> Work:
    """Queues a piece of work for the person of the moment, inside a transaction of the caller.

    The same work with the same arguments is not queued twice: whoever clicks twice gets the first one back.
    Raises ``Refused``: not_permitted, too_much_under_way.
    """
    refuse_if(may_have(kind, moment))
    person_id = moment.person.person_id
    assert person_id is not None
    whole = json.dumps([kind, arguments], sort_keys=True, ensure_ascii=False)
    fingerprint = hashlib.sha256(whole.encode()).hexdigest()
    own = select(Work).where(Work.person_id == person_id, Work.state.in_(UNDER_WAY))
    there = db.session.scalar(own.where(Work.fingerprint == fingerprint))
    if there is not None:
        return there
    under_way = db.session.scalar(select(func.count()).select_from(own.subquery())) or 0
    too_much = _l("You have %(count)s pieces of work under way; wait until one is over, or take one back.", count=under_way)
    refuse_if(Refusal("too_much_under_way", too_much) if under_way >= MOST_UNDER_WAY else None)
    work = Work(
        kind=kind,
        arguments=dict(arguments),
        fingerprint=fingerprint,
        person_id=person_id,
        language=current_language(),
        address=moment.address,
        request_id=moment.request_id,
        asked_at=moment.instant,
    )
    binding.seal(work)
    db.session.add(work)
    db.session.flush()
    return work


def take_back(work: Work, moment: Moment) -> None:
    """Its owner does not want it any more: what waits is over at once, what runs stops soon. What is over stays as it is."""
    kept_until = moment.instant + timedelta(days=present_settings().results_days)
    waiting = update(Work).where(Work.id == work.id, Work.state == WorkState.QUEUED)
    over = {"state": WorkState.CANCELLED, "finished_at": moment.instant, "kept_until": kept_until, "seal": None}
    db.session.execute(waiting.values(over))
    db.session.execute(update(Work).where(Work.id == work.id, Work.state == WorkState.RUNNING).values(unwanted=True))
    db.session.expire(work)


def own_work(work_id: int, person_id: int) -> Work | None:
    """A piece of work of the person's own; None for any other."""
    return db.session.scalar(select(Work).where(Work.id == work_id, Work.person_id == person_id))


def under_way(person_id: int) -> Sequence[Work]:
    """What a person has waiting or running, the newest first."""
    own = select(Work).where(Work.person_id == person_id, Work.state.in_(UNDER_WAY))
    return db.session.scalars(own.order_by(Work.id.desc())).all()


def latest(kinds: Sequence[str], moment: Moment) -> Work | None:
    """What the person started last of these kinds, while it is under way or was over within the last hour."""
    recent = Work.finished_at.is_(None) | (Work.finished_at > moment.instant - _SHOWN_FOR)
    own = select(Work).where(Work.person_id == moment.person.person_id, Work.kind.in_(kinds), recent)
    return db.session.scalar(own.order_by(Work.id.desc()).limit(1))


def waiting_before(work: Work) -> int:
    """How many pieces of work are under way that were asked for earlier."""
    earlier = select(func.count()).select_from(Work).where(Work.state.in_(UNDER_WAY), Work.id < work.id)
    return db.session.scalar(earlier) or 0
