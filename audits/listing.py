"""The list of audits as a file, and its filters as the address says them."""

from flask import request

from audits.models import Audit, AuditState
from audits.queries import Filters, narrowed, readable
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.web import filter_number, filter_text
from qms.reports.lists import Asked, Lines, ListFile, Query, Rows
from qms.units.models import Unit


def filters_of(asked: Asked | None = None) -> Filters:
    """The filters of the address, or of one that was kept; what cannot be read narrows nothing."""
    asked = request.args if asked is None else asked
    state = asked.get("state", "")
    year = filter_number("year", asked)
    return Filters(
        unit=filter_number("unit", asked),
        state=AuditState(state) if state in set(AuditState) else None,
        year=year if year is not None and year <= 9999 else None,
        text=filter_text("q", asked),
    )


def _rows(asked: Asked, moment: Moment) -> Query:
    return (
        narrowed(filters_of(asked), readable(moment.person))
        .join(Unit, Unit.id == Audit.unit_id)
        .outerjoin(Person, Person.id == Audit.lead_auditor_id)
        .with_only_columns(
            Audit.code,
            Unit.name,
            Audit.kind,
            Audit.planned_on,
            Audit.started_on,
            Audit.reported_on,
            Audit.cancelled_on,
            Person.full_name,
            Audit.clauses,
            Audit.state,
        )
    )


def _cells(rows: Rows, _moment: Moment) -> Lines:
    for code, unit, kind, *days, lead, clauses, state in rows:
        yield [code, unit, str(kind.title), *days, lead, clauses, str(state.title)]


FILE = ListFile(
    "audits",
    _l("Audits"),
    Permission.AUDITS_READ,
    (
        _l("Code"),
        _l("Unit"),
        _l("Kind of audit"),
        _l("Planned day"),
        _l("Started on"),
        _l("Reported on"),
        _l("Cancelled on"),
        _l("Lead auditor"),
        _l("Clauses of the standard"),
        _l("State"),
    ),
    _rows,
    _cells,
)
