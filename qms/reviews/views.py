"""The list of management reviews, and recording one."""

from flask import Blueprint, abort, flash, request
from flask.typing import ResponseReturnValue

from qms.accounts.actor import visible_units
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.language import _
from qms.pages.form_page import FormPage
from qms.reviews import service
from qms.reviews.forms import ReviewForm
from qms.reviews.listing import LIST
from qms.units import queries as units

blueprint = Blueprint("reviews", __name__)


LIST.open(blueprint, "/reviews")


@blueprint.route("/reviews/new", methods=["GET", "POST"])
@needs(Permission.REVIEWS_RECORD)
def new() -> ResponseReturnValue:
    """Records that a review was held."""
    moment = now()
    scope = visible_units(moment.person, Permission.REVIEWS_RECORD)
    form = ReviewForm()
    form.unit_id.choices = [(unit.id, f"{unit.name} ({unit.code})") for unit in units.choices(scope, agencies_only=True)]
    if request.method == "GET":
        form.held_on.data = moment.today

    def record() -> str:
        unit = units.find(scope, form.unit_id.data)
        if unit is None or form.held_on.data is None:
            abort(404)
        service.record_review(unit, form.held_on.data, form.minutes.data, moment)
        flash(_("The management review is recorded."), "good")
        return LIST.url()

    above = [(str(LIST.title), LIST.url())]
    return FormPage(form, _("Record a management review"), _("Record the review"), "review", above).answer(record)
