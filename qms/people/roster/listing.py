"""The list of people as a file, and its filters as the address says them."""

from flask import request

from qms.accounts.permissions import Permission, Role
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.web import filter_text
from qms.people import queries
from qms.people.queries import Filters, PersonState
from qms.reports.lists import Asked, Lines, ListFile, Query, Rows


def filters_of(asked: Asked | None = None) -> Filters:
    """The filters of the address, or of one that was kept."""
    asked = request.args if asked is None else asked
    role, state = asked.get("role", ""), asked.get("state", "")
    return Filters(
        text=filter_text("q", asked),
        unit=filter_text("unit", asked),
        role=Role(role) if role in set(Role) else None,
        state=PersonState(state) if state in set(PersonState) else None,
    )


def _rows(asked: Asked, moment: Moment) -> Query:
    return queries.listing(filters_of(asked), moment)


def _cells(rows: Rows, moment: Moment) -> Lines:
    people = [person for (person,) in rows]
    secured = queries.with_second_factor(person.id for person in people)
    for line in queries.lines(people, moment):
        person = line.person
        yield [
            person.username,
            person.full_name,
            person.title,
            person.email,
            person.unit.name,
            "; ".join(f"{grant.role.title} ({grant.unit.code})" for grant in line.roles),
            str(line.state.title),
            _("yes") if person.id in secured else _("no"),
            person.active_on,
        ]


FILE = ListFile(
    "people",
    _l("People"),
    Permission.ACCOUNTS_READ,
    (
        _l("User name"),
        _l("Full name"),
        _l("Position"),
        _l("Work e-mail"),
        _l("Unit"),
        _l("Roles"),
        _l("State"),
        _l("Second factor"),
        _l("Last active"),
    ),
    _rows,
    _cells,
)
