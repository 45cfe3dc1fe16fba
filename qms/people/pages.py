"""What the pages of people share: their blueprint, finding within scope, what a form offers."""

from flask import Blueprint, abort, request, url_for
from sqlalchemy import Select, select

from qms.accounts.actor import visible_units
from qms.accounts.gate import now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.language import _
from qms.notices.service import mail_configured
from qms.people import queries
from qms.people.forms import ChoiceField, person_choice, unit_choice
from qms.units.models import Unit

blueprint = Blueprint("people", __name__)


@blueprint.app_context_processor
def _forgotten_url() -> dict[str, str | None]:
    """Where the sign-in page sends whoever forgot the password; nowhere without a mail server."""
    at_the_door = request and request.endpoint == "accounts.sign_in" and mail_configured()
    return {"forgotten_url": url_for("people.forgotten") if at_the_door else None}


def person_or_404(person_id: int, permission: Permission = Permission.ACCOUNTS_READ) -> Person:
    """The person, when the unit lies in the scope of the permission; elsewhere there is nobody of that number."""
    found = queries.find(now().person, person_id, permission)
    return found if found is not None else abort(404)


def offer_units(field: ChoiceField, permission: Permission) -> None:
    """The units in which the actor holds the permission."""
    scope = visible_units(now().person, permission)
    units = db.session.scalars(select(Unit).where(Unit.id.in_(scope)).order_by(Unit.code).limit(queries.OFFERED))
    field.offer(unit_choice(unit) for unit in units)


def unit_typed(field: ChoiceField, permission: Permission) -> Unit | None:
    """The unit that was typed, when it lies in the scope; else the field says so."""
    scope = visible_units(now().person, permission)
    unit = db.session.scalar(select(Unit).where(Unit.code == field.code, Unit.id.in_(scope)))
    if unit is None:
        field.refuse(_("There is no such unit among those you may choose."))
    return unit


def offer_people(field: ChoiceField, people: Select[Person]) -> None:
    """The first of these people."""
    field.offer(person_choice(person) for person in db.session.scalars(people.limit(queries.OFFERED)))


def person_typed(field: ChoiceField, people: Select[Person]) -> Person | None:
    """The person that was typed, among all of these, offered or not; else the field says so."""
    found = db.session.scalar(people.where(Person.username == field.code))
    if found is None:
        field.refuse(_("There is no such person among those you may choose."))
    return found
