"""People and their roles as a sheet of the register workbook."""

from collections.abc import Iterator, Mapping
from typing import Any

from qms.accounts import register_rows, register_taking
from qms.accounts.permissions import Permission, Role, roles_with
from qms.accounts.register_reach import codes_within, reached_codes
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.sheets.columns import CODE_LENGTH, TO_UNIT, Column, Kind, unit_column
from qms.sheets.problems import Problem, quote
from qms.sheets.sheet import Sheet, World

ADMINISTERING: frozenset[str] = roles_with(Permission.GRANTS_GIVE) | roles_with(Permission.ACCOUNTS_MANAGE)
"""Roles that let people in: a workbook gives and takes them only for whoever gives roles on the pages, too."""


def _own_roles(world: World, moment: Moment) -> Iterator[Problem]:
    """Nobody gives roles to oneself, however far the permission reaches (separation of duties)."""
    actor = moment.person
    if actor.person_id is None:
        return
    page = world["people"]
    for row, key, values in page.rows:
        if key == (actor.username,) and _granted(values) != _granted(page.before.get(key, {})):
            wrong, allowed = _("You may not change your own roles."), _("The roles you have now; another person changes them.")
            yield Problem("people", row.number, "roles", wrong, allowed)


def _letting_in(world: World, moment: Moment) -> Iterator[Problem]:
    """A workbook is no way round the administrators: they alone let people in, and say where links for new passwords go."""
    actor = moment.person
    if actor.person_id is None:
        return
    page = world["people"]
    touched = set(page.touched)
    giving, managing = (codes_within(world, actor, one) for one in (Permission.GRANTS_GIVE, Permission.ACCOUNTS_MANAGE))
    for row, key, values in page.rows:
        if key not in touched:
            continue
        before = page.before.get(key or (), {})
        roles = _granted(values) ^ _granted(before) if key != (actor.username,) else ()  # of the own ones it is told already
        for role, code in sorted(roles, key=str):
            if role in ADMINISTERING and code not in giving:
                wrong = _("“%(role)s” is given only by an administrator of this unit or above it.", role=Role(role).title)
                yield Problem("people", row.number, "roles", wrong, _("The roles that the person has now."))
        if before and values.get("email") != before.get("email"):
            held = {before.get("unit_code")} | {code for _role, code in _granted(before)}
            if not held <= managing:
                wrong = _("Only an administrator of all units of this person changes the address.")
                yield Problem("people", row.number, "email", wrong, _("The address that the person has now."))


def _granting_in_reach(world: World, moment: Moment) -> Iterator[Problem]:
    """Roles are given and taken away only in units in which registers may be taken over."""
    actor = moment.person
    if reached_codes(actor, Permission.REGISTERS_IMPORT) is None:
        return
    page, within = world["people"], codes_within(world, actor, Permission.REGISTERS_IMPORT)
    touched = set(page.touched)
    for row, key, values in page.rows:
        if key not in touched:
            continue
        given = _granted(values) ^ _granted(page.before.get(key or (), {}))
        for code in sorted({code for _role, code in given if code is not None and (code,) in world["units"].after} - within):
            wrong = _('You may not take anything over for the unit "%(code)s".', code=quote(code))
            yield Problem("people", row.number, "username", wrong, _("A unit in which you may take registers over."))


def _granted(values: Mapping[str, Any]) -> set[tuple[str, str | None]]:
    parts = (str(role).partition("@") for role in values.get("roles", ()))
    return {(role, code or values.get("unit_code")) for role, _at, code in parts}


PEOPLE = Sheet(
    name="people",
    title=_l("People"),
    title_vi="Cán bộ, công chức, viên chức",
    purpose=_l("One person who works with the system, and the roles held"),
    tables=("people", "grants"),
    kind="person",
    key=("username",),
    missing=_l('There is no person with the user name "%(value)s".'),
    present=_l("A user name of the sheet people, or one that is already here."),
    columns=(
        Column("username", _l("User name"), "Tên đăng nhập", Kind.USERNAME, required=True, longest=80, personal=True),
        Column("full_name", _l("Full name"), "Họ và tên", required=True, longest=200, personal=True),
        Column("email", _l("E-mail address"), "Thư điện tử", longest=254, personal=True),
        Column("title", _l("Position"), "Chức vụ", longest=200, personal=True),
        unit_column(),
        Column(
            "roles",
            _l("Roles"),
            "Vai trò",
            Kind.ROLES,
            choices=register_rows.ROLES,
            longest=CODE_LENGTH,
            refers_to=TO_UNIT,
        ),
    ),
    rows=register_rows.people,
    save=register_rows.save_people,
    trail_code=register_rows.trail_code,
    checks=(_own_roles, _letting_in, _granting_in_reach),
    taking=register_taking.PEOPLE,
)

SHEETS = (PEOPLE,)
