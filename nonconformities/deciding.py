"""What nonconformities ask of whoever leads: those past the last day that the evaluation forgives."""

from flask import url_for
from sqlalchemy import case
from sqlalchemy.orm import joinedload, with_expression

from nonconformities.asking import next_due_day
from nonconformities.models import Grade, Nonconformity, NonconformityState
from nonconformities.queries import visible
from nonconformities.workflow import WORKFLOW
from qms.kernel.db import db
from qms.kernel.feature import WorkItem
from qms.kernel.language import _
from qms.kernel.moment import Moment

MOST = 6

_limit = case((Nonconformity.move_counts, Nonconformity.moved_limit_on), else_=Nonconformity.limit_on)


def decisions(moment: Moment) -> list[WorkItem]:
    """10.2: open ones past their limit, the major ones first: each alone keeps its unit from maintaining the system."""
    late = db.session.scalars(
        visible(moment.person)
        .where(Nonconformity.state != NonconformityState.CLOSED, _limit < moment.today)
        .options(joinedload(Nonconformity.unit), with_expression(Nonconformity.shown_due, next_due_day))
        .order_by(case((Nonconformity.grade == Grade.MAJOR, 0), else_=1), _limit, Nonconformity.id)
        .limit(MOST)
    )
    return [_item(nc) for nc in late]


def _item(nc: Nonconformity) -> WorkItem:
    return WorkItem(
        due_on=nc.shown_due,  # the day that the list shows, not the last one that is forgiven
        title=f"{nc.code} · {nc.grade.title}",
        context=f"{nc.unit.name} · {nc.state.title}",
        asked_by=nc.unit.name,
        url=url_for("nonconformities.show", nonconformity_id=nc.id),
        step=_("See and direct"),
        kind=WORKFLOW.kind,
        code=nc.code,
    )
