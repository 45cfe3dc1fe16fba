"""The audit trail as a file, and the filters of its list as the address says them."""

from flask import request

from qms.accounts.permissions import Permission
from qms.journal import queries
from qms.journal.queries import Filters
from qms.journal.sentences import tell
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.typed_days import day_or_none
from qms.kernel.web import filter_text, moment_text
from qms.reports.lists import Asked, Lines, ListFile, Query, Rows


def filters_of(asked: Asked | None = None) -> Filters:
    """The filters of the address, or of one that was kept; a day that cannot be read narrows nothing."""
    asked = request.args if asked is None else asked
    return Filters(
        person=filter_text("person", asked),
        kind=filter_text("kind", asked),
        deed=filter_text("deed", asked),
        unit=filter_text("unit", asked),
        from_on=day_or_none(filter_text("from", asked)),
        to_on=day_or_none(filter_text("to", asked)),
        text=filter_text("q", asked),
    )


def _rows(asked: Asked, moment: Moment) -> Query:
    return queries.listing(filters_of(asked), moment.person, Permission.TRAIL_EXPORT)


def _cells(rows: Rows, _moment: Moment) -> Lines:
    for one in tell([entry for (entry,) in rows]):
        chain, number = one.seal or (None, None)
        details = "\n".join(one.details)
        told = [one.who, one.deed, one.record, one.code, one.unit, details, one.reason, one.address]
        yield [one.id, moment_text(one.at), *told, chain, number]


FILE = ListFile(
    "journal",
    _l("Audit trail"),
    Permission.TRAIL_EXPORT,
    (
        _l("Entry"),
        _l("Instant"),
        _l("Who did it"),
        _l("What was done"),
        _l("Record"),
        _l("Code"),
        _l("Unit"),
        _l("Details"),
        _l("Reason"),
        _l("Network address"),
        _l("Chain"),
        _l("Number in the chain"),
    ),
    _rows,
    _cells,
)
