"""The audit programme as a chart: what is planned, under way and reported this year (9.2.2 a)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import joinedload

from audits.models import Audit, AuditState
from audits.queries import readable
from qms.accounts.permissions import Permission
from qms.kernel.charts import Gantt, gantt
from qms.kernel.db import db
from qms.kernel.feature import Picture
from qms.kernel.language import _l
from qms.kernel.moment import Moment

MOST_AUDITS = 40
"""A chart of more is no help; the list has them all."""
TONES = {AuditState.PLANNED: "planned", AuditState.UNDER_WAY: "accent", AuditState.REPORTED: "good"}


def programme(moment: Moment) -> Gantt | None:
    """The audits of this year from the day they begin to that of their report; what lies ahead is a day."""
    year = moment.today.year
    audits = db.session.scalars(
        select(Audit)
        .where(readable(moment.person), Audit.planned_on.between(date(year, 1, 1), date(year, 12, 31)), Audit.state.in_(TONES))
        .options(joinedload(Audit.unit))
        .order_by(Audit.planned_on, Audit.id)
        .limit(MOST_AUDITS)
    ).all()
    rows = [(audit.unit.name, *_days(audit, moment.today), TONES[audit.state], str(audit.state.title)) for audit in audits]
    return gantt(rows, year, moment.today) if rows else None


def _days(audit: Audit, today: date) -> tuple[date, date]:
    first = audit.started_on or audit.planned_on
    if audit.state is AuditState.UNDER_WAY:
        return first, max(first, today)
    return first, max(first, audit.reported_on or first)


PICTURES = (Picture(_l("Audit programme of the year"), _l("Audited unit"), Permission.AUDITS_READ, programme),)
