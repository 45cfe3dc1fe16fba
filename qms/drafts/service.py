"""The verbs of drafts: begun, gone on with, dropped. They are their owner's alone, so no verb asks for another's."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select

from qms.drafts import files, rules
from qms.drafts.models import Draft
from qms.kernel.db import db, writing
from qms.kernel.moment import Moment
from qms.kernel.refusal import refuse_if

KEPT = timedelta(days=30)
"""How long a draft stays after its last change."""
_AT_ONCE = 100
_LONGEST_NAME = 200


def begin(kind: str, name: str, data: bytes, step: str, content: Mapping[str, Any], moment: Moment) -> Draft:
    """A draft of these bytes; the same bytes once more go on where they were left. Raises ``Refused``: too_many_drafts."""
    person_id = moment.person.person_id
    assert person_id is not None
    own = db.session.scalars(select(Draft).where(Draft.person_id == person_id)).all()
    sha256 = files.store(data, person_id)
    known = next((draft for draft in own if (draft.kind, draft.sha256) == (kind, sha256)), None)
    if known is not None:
        return known
    refuse_if(rules.not_too_many(len(own)))
    draft = Draft(
        person_id=person_id,
        kind=kind,
        name=name[-_LONGEST_NAME:],
        sha256=sha256,
        step=step,
        content=dict(content),
        begun_at=moment.instant,
        changed_at=moment.instant,
    )
    db.session.add(draft)
    db.session.flush()
    return draft


def go_on(draft: Draft, step: str, content: Mapping[str, Any], moment: Moment) -> None:
    """Keeps what was said, and where the person goes on."""
    draft.step, draft.content, draft.changed_at = step, dict(content), moment.instant


def drop(draft: Draft) -> None:
    """Forgets a draft that is done or unwanted, with its bytes."""
    sha256, person_id = draft.sha256, draft.person_id
    db.session.delete(draft)
    db.session.flush()
    files.remove(sha256, person_id)


def sweep(moment: Moment) -> int:
    """Removes drafts nobody has touched for a month, then the files that no draft names; answers how many."""
    old = db.session.scalars(select(Draft.id).where(Draft.changed_at < moment.instant - KEPT).limit(_AT_ONCE)).all()
    if old:
        with writing() as session:
            session.execute(delete(Draft).where(Draft.id.in_(old)))
    return len(old) + files.sweep(_named)


def _named() -> list[tuple[str, int]]:
    return [(sha256, person_id) for sha256, person_id in db.session.execute(select(Draft.sha256, Draft.person_id))]
