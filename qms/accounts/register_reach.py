"""How far a permission reaches in a workbook: the units that are there, and those that the workbook brings below them."""

from sqlalchemy import select

from qms.accounts.actor import visible_units
from qms.kernel.db import db
from qms.kernel.moment import Actor
from qms.sheets.sheet import World
from qms.units.models import Unit


def reached_codes(actor: Actor, permission: str) -> frozenset[str] | None:
    """Codes of the units in which the actor holds the permission; None when it is held everywhere."""
    if actor.person_id is None:
        return None
    units = db.session.execute(select(Unit.code, Unit.id.in_(visible_units(actor, permission)))).all()
    reached = frozenset(code for code, within in units if within)
    return None if len(reached) == len(units) else reached


def codes_within(world: World, actor: Actor, permission: str) -> frozenset[str]:
    """Codes of all units of a workbook's world in which the actor holds the permission."""
    reached = reached_codes(actor, permission)
    return frozenset(key[0] for key in world["units"].after) if reached is None else with_new_units(world, reached)


def with_new_units(world: World, reached: frozenset[str]) -> frozenset[str]:
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
