"""The list of people: who, where, which roles, how the account stands; accounts that are shut are put aside."""

from collections.abc import Sequence

from flask import url_for
from markupsafe import Markup
from sqlalchemy import exists

from qms.accounts.actor import in_force
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Permission, Role
from qms.kernel import components
from qms.kernel.language import _, _l, ngettext
from qms.kernel.moment import Moment
from qms.kernel.web import day_text
from qms.pages.columns import Column, heading, in_file_only, on_page_only, text, wide_only
from qms.pages.filters import Filter, one_of, open_first, words
from qms.pages.lists import Action, RecordList
from qms.people import queries
from qms.people.queries import Line, PersonState
from qms.units.models import Unit
from qms.units.queries import below


def _roles_in_words(line: Line) -> str:
    return "; ".join(f"{grant.role.title} ({grant.unit.code})" for grant in line.roles)


def _roles(line: Line, _moment: Moment) -> str:
    """The roles in force, each with its unit where that is not the person's own."""
    own = line.person.unit_id
    place = Markup(' <span class="third">{}</span>')
    lines = [
        Markup('<span class="d-block">{}{}</span>').format(
            str(grant.role.title), place.format(grant.unit.code) if grant.unit_id != own else ""
        )
        for grant in line.roles
    ]
    return Markup().join(lines) if lines else Markup('<span class="third">{}</span>').format(_("no role"))


def _state(line: Line, _moment: Moment) -> str:
    person, chip = line.person, components.chip(line.state)
    if person.leaves_on is None or person.disabled:
        return chip
    until = _("until %(day)s", day=day_text(person.leaves_on))
    return Markup('{}<small class="d-block third">{}</small>').format(chip, until)


def _grey_line(line: Line) -> str:
    person = line.person
    return f"{person.username} · {person.title}" if person.title else person.username


def _last_active(line: Line, _moment: Moment) -> str:
    return day_text(line.person.active_on) or Markup('<span class="third">{}</span>').format(_("never"))


def _actions(moment: Moment) -> Sequence[Action]:
    add = Action(_("Add a person"), url_for("people.new"), "user-plus")
    guests = Action(_("Invitations of guests"), url_for("people.invitations"), "users")
    needed = ((Permission.ACCOUNTS_MANAGE, add), (Permission.GRANTS_GIVE, guests))
    return tuple(action for permission, action in needed if moment.person.may(permission, None))


LIST = RecordList(
    name="people",
    title=_l("People"),
    permission=Permission.ACCOUNTS_READ,
    query=queries.listed,
    loads=queries.GRANTS,
    rows=queries.lines,
    columns=(
        on_page_only(
            heading(
                "who",
                _l("Who"),
                lambda line: line.person.full_name,
                url=lambda line: url_for("people.show", person_id=line.person.id),
                below=_grey_line,
                sort=Person.full_name,
                narrow=lambda line: line.person.unit.name,
            )
        ),
        in_file_only(text("username", _l("User name"), lambda line: line.person.username)),
        in_file_only(text("name", _l("Full name"), lambda line: line.person.full_name)),
        in_file_only(text("position", _l("Position"), lambda line: line.person.title)),
        in_file_only(text("email", _l("Work e-mail"), lambda line: line.person.email)),
        wide_only(text("unit", _l("Unit"), lambda line: line.person.unit.name, sort=Unit.name)),
        Column("roles", _l("Roles in force"), _roles_in_words, _roles),
        Column("state", _l("State"), lambda line: line.state, _state),
        in_file_only(text("factor", _l("Second factor"), lambda line: _("yes") if line.second_factor else _("no"))),
        wide_only(Column("active", _l("Last active"), lambda line: line.person.active_on, _last_active, sort=Person.active_on)),
    ),
    order=(Person.full_name, Person.id),
    filters=(
        words("q", _l("Find"), Person.folded, hint=_l("Name, title or user name")),
        Filter(
            "unit",
            _l("Unit"),
            lambda query, code, _moment: query.where(Person.unit_id.in_(below(code))),
            hint=_l("Code; with all below it"),
        ),
        one_of(
            "role",
            _l("Role"),
            Role,
            lambda role, moment: exists().where(Grant.person_id == Person.id, Grant.role == role, in_force(moment.today)),
        ),
        open_first(
            "state",
            _l("State"),
            PersonState,
            lambda state, moment: queries.has_state(state, moment.instant),
            closed=(PersonState.DISABLED, PersonState.FORGOTTEN),
            hidden=lambda number: ngettext(
                "%(num)s disabled account is hidden.", "%(num)s disabled accounts are hidden.", number
            ),
        ),
    ),
    actions=_actions,
    counted=lambda number: ngettext("%(num)s person", "%(num)s people", number),
    empty=("users", _l("Nobody matches these filters.")),
    template="people/listing.html",
)
