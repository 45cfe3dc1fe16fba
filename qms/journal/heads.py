"""The daily head of the trail: made by the clock after everything was sealed, and mailed to whoever keeps it."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from qms.config import present_settings
from qms.journal.chains import chain_of
from qms.journal.verification import last_night
from qms.kernel.days import local_day
from qms.kernel.db import writing
from qms.kernel.feature import Chore, Job, by_parts
from qms.kernel.language import LANGUAGES, _l
from qms.kernel.moment import Moment
from qms.kernel.paging import Page, paginate
from qms.kernel.web import day_text, public_link
from qms.notices.service import mail_configured, post
from qms.trail.canonical import from_canonical
from qms.trail.heads import line_of, make_head
from qms.trail.models import TrailHead
from qms.trail.sealing import seal
from qms.trail.service import in_use_since
from qms.trail.verify_trail import sha256


def seal_trail(moment: Moment) -> int:
    """Seals what was written since the last time; answers how many entries."""
    return seal(moment, chain_of)


def daily_period(instant: datetime) -> str | None:
    """Yesterday, as ISO text, once anything has happened; days on which the machine was off need no head.

    A head holds everything that was sealed until it is made, so the one of the day before the first keeps the first hour.
    """
    return (local_day(instant) - timedelta(days=1)).isoformat() if in_use_since() is not None else None


def make_daily_head(period: str, moment: Moment) -> str:
    """Seals the whole trail, writes the head of the day and posts it; answers with what it covers."""
    seal(moment, chain_of, everything=True)
    with writing():
        night = last_night()
        checked = None if night is None else {"day": night.day.isoformat(), "found": night.found}
        head = make_head(date.fromisoformat(period), moment, checked)
        if head is None:
            return period
        body = from_canonical(head.body)
        _send(head, body, moment)
    return f"{period}: {body['entries']} / {len(body['chains'])}"


def _send(head: TrailHead, body: dict[str, Any], moment: Moment) -> None:
    settings = present_settings()
    if settings.trail_head_to is None or not mail_configured():
        return
    values = {
        "day": day_text(head.day),
        "chains": len(body["chains"]),
        "entries": body["entries"],
        "found": body.get("checked", {}).get("found", 0),
        "line": line_of(head),
        "url": public_link("/trail-heads"),
    }
    post(settings.trail_head_to, "trail_head", LANGUAGES[0], moment, values=values)


@dataclass(frozen=True)
class ShownHead:
    """A head as the public page shows it; ``digest`` is what the next head names as its ``previous``."""

    day: date
    made_at: datetime
    entries: int
    unsealed: int
    chains: int
    digest: str
    key_id: str


def page_of_heads(number: int) -> Page:
    """The heads, newest first."""
    page = paginate(select(TrailHead).order_by(TrailHead.day.desc()), number)
    return Page([_shown(head) for head in page.items], page.number, page.total)


def _shown(head: TrailHead) -> ShownHead:
    body = from_canonical(head.body)
    return ShownHead(
        head.day, head.made_at, body["entries"], body["unsealed"], len(body["chains"]), sha256(head.body), head.key_id
    )


SEALING = Chore("seal", seal_trail)
"""Rows are sealed within seconds, whoever writes waits for nothing."""
DAILY_HEAD = Job("trail_head", _l("Daily head of the audit trail"), daily_period, by_parts(make_daily_head))
