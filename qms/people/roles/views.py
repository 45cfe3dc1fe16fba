"""Giving a role and ending it."""

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import DUTIES, SECOND_FACTOR_ROLES, Permission, Role
from qms.kernel.db import writing
from qms.kernel.language import _
from qms.kernel.refusal import Refusal, Refused
from qms.people import queries
from qms.people.forms import EndGrantForm, GrantForm, unit_choice
from qms.people.pages import blueprint, offer_units, person_or_404, unit_typed
from qms.people.roles import service as granting
from qms.people.rules import INCOMPATIBLE

GIVE = Permission.GRANTS_GIVE


@blueprint.route("/people/<int:person_id>/roles/new", methods=["GET", "POST"])
@needs(GIVE, recent=True)
def give(person_id: int) -> ResponseReturnValue:
    """A role in a unit and everything below it."""
    form = GrantForm()
    refusals: tuple[Refusal, ...] = ()
    status = 200
    if form.validate_on_submit():
        status = 422
        try:
            with writing():
                unit = unit_typed(form.unit, GIVE)
                if unit is not None:
                    granting.give(
                        person_or_404(person_id),
                        Role(form.role.data),
                        unit,
                        now(),
                        valid_from=form.valid_from.data,
                        valid_to=form.valid_to.data,
                        reason=form.reason.data,
                    )
            if unit is not None:
                flash(_("The role is given."), "good")
                return redirect(url_for(".show", person_id=person_id), 303)
        except Refused as refused:  # shown beside the form, as a reason may be all that is missing
            refusals, status = refused.refusals, 409
    elif form.is_submitted():
        status = 422
    person = person_or_404(person_id)
    if not form.is_submitted():
        form.unit.data = unit_choice(person.unit)
    offer_units(form.unit, GIVE)
    page = render_template(
        "people/give.html",
        form=form,
        someone=person,
        refusals=refusals,
        duties=DUTIES,
        secured=SECOND_FACTOR_ROLES,
        incompatible=INCOMPATIBLE,
    )
    return page, status


@blueprint.route("/people/<int:person_id>/roles/<int:grant_id>/end", methods=["GET", "POST"])
@needs(GIVE, recent=True)
def end(person_id: int, grant_id: int) -> ResponseReturnValue:
    """At once, or after a last day."""
    form = EndGrantForm()
    if form.validate_on_submit():
        with writing():
            granting.end(_grant(person_or_404(person_id), grant_id), now(), form.last_day.data)
        flash(_("The role ends."), "good")
        return redirect(url_for(".show", person_id=person_id), 303)
    person = person_or_404(person_id)
    grant = _grant(person, grant_id)
    over = queries.is_over(grant, now().today)
    page = render_template("people/end.html", form=form, someone=person, grant=grant, over=over)
    return page, 422 if form.is_submitted() else 200


def _grant(person: Person, grant_id: int) -> Grant:
    return next((grant for grant in person.grants if grant.id == grant_id), None) or abort(404)
