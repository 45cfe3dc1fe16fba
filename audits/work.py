"""What audits bring to other pages: my work, the search, references to audits, the figure of the menu."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import joinedload

from audits.models import Audit, AuditState
from audits.queries import listed, readable, take_outlines
from audits.workflow import WORKFLOW
from qms.accounts.actor import in_visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.feature import Coming, Deadline, Phase, SearchHit, Told, WorkItem
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.text import like_patterns
from qms.units.models import Unit

MOST_HITS = 20
MOST_AHEAD = 10
WORK_LIMIT = 200
"""How many audits "my work" gathers; the list of audits has them all."""
LIVING = (AuditState.PLANNED, AuditState.UNDER_WAY)


def work(moment: Moment) -> list[WorkItem]:
    """The audits I lead that are planned or under way."""
    return [] if moment.person.person_id is None else _items(Audit.lead_auditor_id == moment.person.person_id, moment)


def unit(moment: Moment) -> list[WorkItem]:
    """The audits still to be reported in the units that I answer for, whoever leads them."""
    return _items(_answered_for(moment), moment)


def owed(_kind: str, code: str, moment: Moment) -> WorkItem | None:
    """The audit of that code, when it is one of these."""
    return next(iter(_items(and_(Audit.code == code, _answered_for(moment)), moment)), None)


def _answered_for(moment: Moment) -> ColumnElement[bool]:
    planned = in_visible_units(Audit.unit_id, moment.person, Permission.AUDITS_PLAN)
    answering = in_visible_units(Audit.unit_id, moment.person, Permission.NONCONFORMITIES_RESPOND)
    return or_(planned, answering)


def _items(which: ColumnElement[bool], moment: Moment) -> list[WorkItem]:
    """The living audits, the earliest first, each with its next step and what holds it, whoever looks."""
    audits = db.session.scalars(
        select(Audit)
        .where(which, Audit.state.in_(LIVING))
        .options(joinedload(Audit.unit).joinedload(Unit.parent), joinedload(Audit.lead_auditor))
        .order_by(Audit.planned_on, Audit.id)
        .limit(WORK_LIMIT)
    ).all()
    take_outlines([audit for audit in audits if audit.state is AuditState.UNDER_WAY])
    return [_item(audit, moment) for audit in audits]


def _item(audit: Audit, moment: Moment) -> WorkItem:
    step, lead = WORKFLOW.next_step(audit, moment), audit.lead_auditor
    return WorkItem(
        due_on=audit.planned_on,
        title=_("Audit of %(unit)s", unit=audit.unit.name),
        context=f"{audit.code} · {audit.kind.title}",
        # the office whose programme it is: who planned it stands in the trail alone
        asked_by=(audit.unit.parent or audit.unit).name,
        url=url_for("audits.show", audit_id=audit.id),
        step="" if step is None else str(step.title),
        obstacle=next((str(refusal) for refusal in WORKFLOW.holding(audit, moment)), None),
        kind=WORKFLOW.kind,
        code=audit.code,
        owed_by="" if lead is None else lead.full_name,
        owed_ids=() if lead is None else (lead.id,),
    )


def work_count(moment: Moment) -> Select[Any]:
    """How many these are."""
    return (
        select(func.count()).select_from(Audit).where(Audit.lead_auditor_id == moment.person.person_id, Audit.state.in_(LIVING))
    )


def coming(moment: Moment, until: date) -> list[Coming]:
    """The audits that are planned for the days ahead."""
    audits = db.session.scalars(
        select(Audit)
        .where(Audit.state == AuditState.PLANNED, Audit.planned_on.between(moment.today, until), readable(moment.person))
        .options(joinedload(Audit.unit))
        .order_by(Audit.planned_on, Audit.id)
        .limit(MOST_AHEAD)
    )
    return [
        Coming(audit.planned_on, _("Audit of %(unit)s", unit=audit.unit.name), url_for("audits.show", audit_id=audit.id))
        for audit in audits
    ]


def led(_today: date, until: date) -> Select[Any]:
    """9.2.2: the deadline of an audit, asked of its lead auditor until it is reported."""
    columns: list[Any] = [
        Audit.lead_auditor_id.label("person_id"),
        Audit.code,
        Audit.unit_id,
        Audit.planned_on.label("due_on"),
        Unit.name.label("text"),
    ]
    return (
        select(*columns)
        .join_from(Audit, Unit, Unit.id == Audit.unit_id)
        .join(Person, Person.id == Audit.lead_auditor_id)
        .where(Audit.state.in_(LIVING), Audit.planned_on <= until, Person.disabled.is_(False))
    )


DEADLINES = (Deadline("lead_audit", _l("Hold and report the audit"), WORKFLOW.kind, led),)


def search(text: str, moment: Moment) -> list[SearchHit]:
    """Audits by code or unit, without marks."""
    words = [Audit.folded.like(pattern, escape="\\") for pattern in like_patterns(text)]
    query = listed(moment).where(*words).order_by(Audit.planned_on.desc(), Audit.id.desc()).limit(MOST_HITS)
    return [
        SearchHit(
            title=f"{audit.code} · {audit.unit.name}",
            context=f"{audit.kind.title}, {audit.state.title}",
            url=url_for("audits.show", audit_id=audit.id),
            icon="clipboard-check",
        )
        for audit in db.session.scalars(query).unique()
    ]


def audit_url(code: str) -> str | None:
    """Address of the audit with that code."""
    audit_id = db.session.scalar(select(Audit.id).where(Audit.code == code))
    return None if audit_id is None else url_for("audits.show", audit_id=audit_id)


def year_counts(moment: Moment) -> list[Select[Any]]:
    """For the menu: this year's audits that are reported, and all that were not cancelled."""
    first, last = date(moment.today.year, 1, 1), date(moment.today.year, 12, 31)
    planned = (
        select(func.count())
        .select_from(Audit)
        .where(readable(moment.person), Audit.planned_on.between(first, last), Audit.state != AuditState.CANCELLED)
    )
    return [planned.where(Audit.state == AuditState.REPORTED), planned.where(Audit.state == AuditState.UNDER_WAY), planned]


def tell_year(numbers: Sequence[int], _moment: Moment) -> Told:
    """ "11/12" of the year's audits; the phase runs from the first audit that was started to the last one reported."""
    reported, under_way, planned = numbers
    if not planned:
        return Told(None, Phase.AHEAD)
    if reported == planned:
        return Told(f"{reported}/{planned}", Phase.DONE)
    return Told(f"{reported}/{planned}", Phase.RUNNING if reported or under_way else Phase.AHEAD)
