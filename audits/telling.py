"""Whom an audit concerns, and telling them: in the transaction of the verb, and never about one's own deed."""

from collections.abc import Iterable
from datetime import date

from flask_babel import LazyString

from audits.models import Audit
from audits.workflow import WORKFLOW
from nonconformities.telling import heads_of
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.notices.service import notify

LEAD, PLANNED, REPORTED = "audit_to_lead", "audit_planned", "audit_reported"

NOTICES: dict[str, LazyString] = {
    LEAD: _l("You lead the audit %(code)s of %(unit)s, planned for %(day)s."),
    PLANNED: _l("The audit %(code)s of %(unit)s is planned for %(day)s."),
    REPORTED: _l("The audit %(code)s of %(unit)s is reported; read the conclusion and the findings."),
}
"""What people are told about audits."""


def tell_lead(audit: Audit, moment: Moment) -> None:
    """The lead auditor is told of the task."""
    _tell((audit.lead_auditor_id,), LEAD, audit, moment, due_on=audit.planned_on)


def tell_planned(audit: Audit, moment: Moment) -> None:
    """The heads of the unit are told that they will be audited (9.2.2)."""
    _tell(heads_of(audit.unit_id, moment.today), PLANNED, audit, moment, due_on=audit.planned_on)


def tell_reported(audit: Audit, moment: Moment) -> None:
    """The results are reported to the management concerned (9.2.2 d)."""
    _tell(heads_of(audit.unit_id, moment.today), REPORTED, audit, moment)


def _tell(people: Iterable[int | None], name: str, audit: Audit, moment: Moment, *, due_on: date | None = None) -> None:
    values = {"code": audit.code, "unit": audit.unit.name, "day": audit.planned_on}
    for person_id in dict.fromkeys(people):
        if person_id is not None and person_id != moment.person.person_id:
            notify(person_id, name, WORKFLOW.kind, audit.code, moment, values=values, due_on=due_on)
