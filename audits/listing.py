"""The list of audits as a file, and its filters as the address says them."""

from collections.abc import Iterable

from flask import Response, request

from audits.models import Audit, AuditState
from audits.queries import Filters
from qms.kernel.language import _
from qms.kernel.web import filter_number, filter_text
from qms.reports.comma_separated import Cell
from qms.reports.table_file import table_file


def filters_of_request() -> Filters:
    """The filters in the address; what cannot be read narrows nothing."""
    state = request.args.get("state", "")
    year = filter_number("year")
    return Filters(
        unit=filter_number("unit"),
        state=AuditState(state) if state in set(AuditState) else None,
        year=year if year is not None and year <= 9999 else None,
        text=filter_text("q"),
    )


def export_file(name: str, audits: Iterable[Audit]) -> Response:
    """The audits as a file of that name."""
    columns = [
        _("Code"),
        _("Unit"),
        _("Kind of audit"),
        _("Planned day"),
        _("Started on"),
        _("Reported on"),
        _("Cancelled on"),
        _("Lead auditor"),
        _("Clauses of the standard"),
        _("State"),
    ]
    rows: Iterable[list[Cell]] = (
        [
            audit.code,
            audit.unit.name,
            str(audit.kind.title),
            audit.planned_on,
            audit.started_on,
            audit.reported_on,
            audit.cancelled_on,
            audit.lead_auditor.full_name if audit.lead_auditor else None,
            audit.clauses,
            str(audit.state.title),
        ]
        for audit in audits
    )
    return table_file(name, _("Audits"), columns, rows)
