"""Reminders: "due within some days and not yet told" is found set-based, entered in the ledger and put into inboxes.

The ledger is unique for each person, subject, day and stage, so however often the clock looks, and however many nights it
missed, everybody is told once. A deadline that was moved is another day and is told again.
"""

from datetime import date, datetime

from sqlalchemy import case, insert, select
from sqlalchemy.orm import Session

from qms.digest.waiting import last_day
from qms.kernel.days import LOCAL
from qms.kernel.db import writing
from qms.kernel.feature import Deadline, Job, by_parts, house
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.notices.models import Notice, Reminder
from qms.notices.sentences import OVERDUE, SOON, brief, stage_name
from qms.workdays.queries import calendar

REMIND_FROM = (6, 30)
"""Local hour and minute from which a day's reminders are owed; the digest follows them."""


def working_day_from(instant: datetime, hour: int, minute: int) -> str | None:
    """The local day as a period that is owed from that time on; None before it and on days when the office is closed.

    What a free day leaves undone is not lost: the next working day looks at the same window and at everything overdue.
    """
    local = instant.astimezone(LOCAL)
    if (local.hour, local.minute) < (hour, minute) or not calendar().is_working_day(local.date()):
        return None
    return local.date().isoformat()


def remind(_period: str, moment: Moment) -> str:
    """Tells everybody what is due soon or overdue and was not told yet; answers how many times."""
    with writing() as session:
        until = last_day(moment.today, calendar())
        deadlines = [deadline for feature in house().features for deadline in feature.deadlines]
        told = sum(_remind_of(session, deadline, until, moment) for deadline in deadlines)
    return str(told)


def _remind_of(session: Session, deadline: Deadline, until: date, moment: Moment) -> int:
    """One select finds whom to tell, two bulk inserts tell them."""
    one = deadline.select(moment.today, until).subquery()
    stage = case((one.c.due_on < moment.today, OVERDUE), else_=SOON)
    known = select(Reminder.id).where(
        Reminder.person_id == one.c.person_id,
        Reminder.name == deadline.name,
        Reminder.kind == deadline.kind,
        Reminder.code == one.c.code,
        Reminder.due_on == one.c.due_on,
        Reminder.stage == stage,
    )
    rows = session.execute(
        select(one.c.person_id, one.c.code, one.c.due_on, stage, one.c.text)
        .where(one.c.person_id.is_not(None), one.c.due_on <= until, ~known.exists())
        .order_by(one.c.due_on, one.c.code)
    )
    texts: dict[tuple[int, str, date, str], list[str]] = {}
    for person_id, code, due_on, its_stage, text in rows:  # two actions of one record on one day are one reminder
        texts.setdefault((person_id, code, due_on, its_stage), []).append(brief(text or ""))
    if not texts:
        return 0
    session.execute(
        insert(Reminder),
        [
            {
                "person_id": person_id,
                "name": deadline.name,
                "kind": deadline.kind,
                "code": code,
                "due_on": due_on,
                "stage": its_stage,
                "told_at": moment.instant,
            }
            for person_id, code, due_on, its_stage in texts
        ],
    )
    session.execute(
        insert(Notice),
        [
            {
                "person_id": person_id,
                "name": stage_name(its_stage, deadline.name),
                "kind": deadline.kind,
                "code": code,
                "values": {"text": "; ".join(each for each in said if each)},
                "due_on": due_on,
                "urgent": False,
                "made_at": moment.instant,
            }
            for (person_id, code, due_on, its_stage), said in texts.items()
        ],
    )
    return len(texts)


REMINDERS = Job("reminders", _l("Reminders"), lambda instant: working_day_from(instant, *REMIND_FROM), by_parts(remind))
"""Every working day from half past six."""
