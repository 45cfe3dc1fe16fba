"""The list of nonconformities as a file, and its filters as the address says them."""

from flask import request

from nonconformities.asking import due_day, next_due_day
from nonconformities.models import Nonconformity
from nonconformities.queries import OPEN, OPEN_FIRST, Filters, narrowed
from qms.accounts.permissions import Permission
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.web import filter_text
from qms.reports.lists import Asked, Lines, ListFile, Query, Rows
from qms.units.models import Unit


def filters_of(asked: Asked | None = None) -> Filters:
    """The filters of the address, or of one that was kept."""
    asked = request.args if asked is None else asked
    q, unit, state, grade, overdue = (filter_text(name, asked) for name in ("q", "unit", "state", "grade", "overdue"))
    return Filters(q, unit, state or OPEN, grade, overdue == "1")


def _rows(asked: Asked, moment: Moment) -> Query:
    nc = Nonconformity
    return (
        narrowed(filters_of(asked), moment)
        .join(Unit, Unit.id == nc.unit_id)
        .with_only_columns(
            nc.code,
            Unit.name,
            nc.grade,
            nc.source,
            nc.clause,
            nc.statement,
            nc.raised_on,
            nc.response_due_on,
            due_day,
            nc.state,
            next_due_day,
        )
        .order_by(*OPEN_FIRST)
    )


def _cells(rows: Rows, _moment: Moment) -> Lines:
    for code, unit, grade, source, clause, statement, raised, response_due, due, state, next_due in rows:
        kinds = [str(grade.title), str(source.title)]
        yield [code, unit, *kinds, clause, statement, raised, response_due, due, str(state.title), next_due]


FILE = ListFile(
    "nonconformities",
    _l("Nonconformities"),
    Permission.NONCONFORMITIES_READ,
    (
        _l("Code"),
        _l("Unit"),
        _l("Grade"),
        _l("Found by"),
        _l("Clause"),
        _l("What does not conform?"),
        _l("Raised on"),
        _l("Response due on"),
        _l("Due on"),
        _l("State"),
        _l("Next due day"),
    ),
    _rows,
    _cells,
)
