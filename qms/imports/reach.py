"""Whose records a person may take over or export: those of the units in which the permission is held."""

from collections.abc import Iterator, Mapping

from sqlalchemy import select

from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission, Role, roles_with
from qms.imports.problems import Problem
from qms.imports.taker import Values
from qms.imports.world import World
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.moment import Actor
from qms.units.models import Unit

ADMINISTERING: frozenset[str] = roles_with(Permission.GRANTS_GIVE) | roles_with(Permission.ACCOUNTS_MANAGE)
"""Roles that let people in: a workbook gives and takes them only for whoever gives roles on the pages, too."""


def reached_codes(actor: Actor, permission: Permission) -> frozenset[str] | None:
    """Codes of the units in which the actor holds the permission; None when it is held everywhere."""
    codes = set(db.session.scalars(select(Unit.code)))
    reached = frozenset(db.session.scalars(select(Unit.code).where(Unit.id.in_(visible_units(actor, permission)))))
    return None if (reached == codes and codes) or actor.person_id is None else reached


def unit_of(sheet: str, values: Mapping[str, object], owners: Mapping[str, object]) -> str | None:
    """Code of the unit a row belongs to; ``owners`` are the units of the nonconformities by code."""
    if sheet == "units":
        code = values.get("code")
    elif "nonconformity_code" in values:
        code = owners.get(str(values["nonconformity_code"]))
    else:
        code = values.get("unit_code")
    return None if code is None else str(code)


def owners(world: World) -> dict[str, object]:
    """The units of the nonconformities, after the import, by code."""
    return {key[0]: values.get("unit_code") for key, values in world["nonconformities"].after.items()}


def reach_problems(world: World, actor: Actor) -> Iterator[Problem]:
    """Rows of units in which the actor may not take anything over, and roles that would be granted there."""
    yield from _own_role_problems(world, actor)
    yield from _account_problems(world, actor)
    reached = reached_codes(actor, Permission.REGISTERS_IMPORT)
    if reached is None:
        return
    within = _with_new_units(world, reached)
    owned = owners(world)
    allowed = _("A unit in which you may take registers over.")
    for page in world.values():
        touched = set(page.touched)
        for row, key, values in page.rows:
            if key not in touched:
                continue
            sheet = page.sheet.name
            before = page.before.get(key or (), {})
            codes = {unit_of(sheet, values, owned)} | ({unit_of(sheet, before, owned)} if before else set())
            codes |= {code for _role, code in _granted(values) ^ _granted(before)}  # granted or taken away
            for code in sorted(code for code in codes if code is not None and code not in within):
                wrong = _('You may not take anything over for the unit "%(code)s".', code=code)
                yield Problem(sheet, row.number, page.sheet.key[0], wrong, allowed)


def _own_role_problems(world: World, actor: Actor) -> Iterator[Problem]:
    """Nobody gives roles to oneself, however far the permission reaches (separation of duties)."""
    if actor.person_id is None:
        return
    page = world["people"]
    for row, key, values in page.rows:
        if key == (actor.username,) and _granted(values) != _granted(page.before.get(key, {})):
            wrong, allowed = _("You may not change your own roles."), _("The roles you have now; another person changes them.")
            yield Problem(page.sheet.name, row.number, "roles", wrong, allowed)


def _account_problems(world: World, actor: Actor) -> Iterator[Problem]:
    """A workbook is no way round the administrators: they alone let people in, and say where links for new passwords go."""
    if actor.person_id is None:
        return
    page = world["people"]
    touched = set(page.touched)
    giving, managing = (_codes_of(world, actor, one) for one in (Permission.GRANTS_GIVE, Permission.ACCOUNTS_MANAGE))
    for row, key, values in page.rows:
        if key not in touched:
            continue
        before = page.before.get(key or (), {})
        roles = _granted(values) ^ _granted(before) if key != (actor.username,) else ()  # of the own ones it is told already
        for role, code in sorted(roles, key=str):
            if role in ADMINISTERING and code not in giving:
                wrong = _("“%(role)s” is given only by an administrator of this unit or above it.", role=Role(role).title)
                yield Problem(page.sheet.name, row.number, "roles", wrong, _("The roles that the person has now."))
        if before and values.get("email") != before.get("email"):
            held = {before.get("unit_code")} | {code for _role, code in _granted(before)}
            if not held <= managing:
                wrong = _("Only an administrator of all units of this person changes the address.")
                yield Problem(page.sheet.name, row.number, "email", wrong, _("The address that the person has now."))


def _codes_of(world: World, actor: Actor, permission: Permission) -> frozenset[object]:
    """Codes of the units in which the actor holds the permission, with those that the workbook brings below them."""
    reached = reached_codes(actor, permission)
    every = frozenset(key[0] for key in world["units"].after)
    return every if reached is None else _with_new_units(world, reached)


def _granted(values: Values) -> set[tuple[str, str | None]]:
    parts = (str(role).partition("@") for role in values.get("roles", ()))
    return {(role, code or values.get("unit_code")) for role, _at, code in parts}


def _with_new_units(world: World, reached: frozenset[str]) -> frozenset[str]:
    """New units count as reached when the first known unit above them is."""
    page = world["units"]
    within = set(reached)
    for key in page.new:
        code: str | None = key[0]
        passed: set[str] = set()
        while code is not None and code not in passed and (code,) in page.after and (code,) not in page.before:
            passed.add(code)
            code = page.after[code,].get("parent_code")
        if code in reached:
            within |= passed
    return frozenset(within)
