"""What a person asked the queue for is bound to the person: whoever changes the row, puts one in or takes one up again that is
over has no key for it, so nothing is done in another one's name.

The seal is made when the work is asked for, looked at before it begins and again before it writes, and goes when it is over.
"""

import hmac
import json
from collections.abc import Iterator
from datetime import timedelta

from sqlalchemy import func, select

from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.feature import Alarm
from qms.kernel.language import _l, ngettext
from qms.kernel.moment import Moment
from qms.scheduling.models import RECORD, Work
from qms.trail.canonical import canonical, instant_text
from qms.trail.findings import Check, Finding
from qms.trail.keys import Keys, present_keys
from qms.trail.models import TrailEntry

DEED = "refuse_forged"
"""What the trail calls it that such a work was not done."""
SAID_FOR = timedelta(days=7)


class Forged(Exception):
    """The row of a work is not as its person asked for it."""


def seal(work: Work) -> None:
    """Binds everything that says what is done, for whom and where from."""
    keys = present_keys()
    work.seal = f"{keys.current}:{_made(work, keys, keys.current)}"


def holds(work: Work) -> bool:
    """Whether the row is still what its person asked for."""
    key_id, colon, made = (work.seal or "").partition(":")
    keys = present_keys()
    return bool(colon) and key_id in keys.keys and hmac.compare_digest(_made(work, keys, key_id).encode(), made.encode())


def _made(work: Work, keys: Keys, key_id: str) -> str:
    asked = {
        "kind": work.kind,
        "arguments": json.loads(json.dumps(work.arguments)),  # as the database gives them back
        "fingerprint": work.fingerprint,
        "person": work.person_id,
        "language": work.language,
        "address": work.address,
        "request": work.request_id,
        "at": instant_text(work.asked_at),
    }
    return hmac.digest(keys.works(key_id) or b"", canonical(asked).encode("utf-8", "surrogatepass"), "sha256").hex()


def _find() -> Iterator[Finding]:
    for work in db.session.scalars(select(Work).where(Work.finished_at.is_(None)).order_by(Work.id)):
        if not holds(work):
            yield Finding("work_forged", Work.__tablename__, str(work.id))


def _tell(moment: Moment) -> list[str]:
    refused = select(func.count()).where(
        TrailEntry.kind == RECORD, TrailEntry.deed == DEED, TrailEntry.at > moment.instant - SAID_FOR
    )
    count = db.session.scalar(refused) or 0
    sentence = ngettext(
        "In the last seven days %(num)s piece of long work was not done, because another hand had changed or put in its row. "
        "See “After an incident” in docs/security.md.",
        "In the last seven days %(num)s pieces of long work were not done, because another hand had changed or put in the rows. "
        "See “After an incident” in docs/security.md.",
        count,
    )
    return [sentence] if count else []


CHECK = Check(_l("Work in the queue"), _find)
ALARM = Alarm(Permission.ACCOUNTS_MANAGE, _tell)
