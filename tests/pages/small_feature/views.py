"""The pages: the list, and the form."""

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from wtforms import SelectField, StringField
from wtforms.validators import InputRequired, Length

from qms.accounts.actor import visible_units
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.forms import DayField, Form
from qms.pages.form_page import FormPage
from qms.units import queries as units
from tests.pages.small_feature.listing import LIST
from tests.pages.small_feature.service import assess

blueprint = Blueprint("providers", __name__)
LIST.open(blueprint, "/providers")


class ProviderForm(Form):
    """Who, and when assessed."""

    unit_id = SelectField("Unit", [InputRequired()], coerce=int)
    name = StringField("Name", [InputRequired(), Length(max=200)])
    assessed_on = DayField("Assessed on", [InputRequired()])


@blueprint.route("/providers/new", methods=["GET", "POST"])
@needs(Permission.REVIEWS_RECORD)
def new() -> ResponseReturnValue:
    """Records an assessment."""
    moment, form = now(), ProviderForm()
    scope = visible_units(moment.person, Permission.REVIEWS_RECORD)
    form.unit_id.choices = [(unit.id, unit.name) for unit in units.choices(scope)]

    def save() -> str:
        unit = units.find(scope, form.unit_id.data) or abort(404)
        assess(unit, form.name.data, form.assessed_on.data, moment)
        return LIST.url()

    return FormPage(form, "Assess a provider", "Save", "provider", [(str(LIST.title), LIST.url())]).answer(save)
