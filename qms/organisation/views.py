"""The tree of units and the page of one unit."""

from flask import Blueprint, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.actor import visible_units
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.feature import house
from qms.kernel.panels import Shown
from qms.organisation.listing import LIST
from qms.organisation.panels import UNIT
from qms.units import queries

blueprint = Blueprint("units", __name__)


LIST.open(blueprint, "/units")


@blueprint.get("/units/<int:unit_id>")
@needs(Permission.UNITS_READ)
def show(unit_id: int) -> ResponseReturnValue:
    """One unit: where it stands, since when it is in scope, its announcements, and what the features add."""
    moment = now()
    scope = visible_units(moment.person, Permission.UNITS_READ)
    unit = queries.find(scope, unit_id)
    if unit is None:
        abort(404)
    return render_template(
        "units/show.html",
        unit=unit,
        above=queries.above(unit, scope),
        children=queries.children(unit),
        announcements=queries.announcements(unit),
        cards=house().cards(Shown(UNIT, unit.id, unit.code, unit.id, unit.code), moment),
    )


def record_url(code: str) -> str | None:
    """Address of the unit with that code; None when there is none."""
    unit_id = queries.id_of(code)
    return None if unit_id is None else url_for("units.show", unit_id=unit_id)
