"""The list of management reviews, and recording one."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.actor import visible_units
from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.language import _
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
    if form.validate_on_submit():
        with writing():
            unit = units.find(scope, form.unit_id.data)
            if unit is None or form.held_on.data is None:
                abort(404)
            service.record_review(unit, form.held_on.data, form.minutes.data, moment)
        flash(_("The management review is recorded."), "good")
        return redirect(url_for("reviews.listing"))
    return render_template("reviews/new.html", form=form), 422 if form.is_submitted() else 200
