"""Proving once more who one is, before a dangerous step (ASVS 7.5.3)."""

from flask import Blueprint, flash, render_template, request
from flask.typing import ResponseReturnValue

from qms.accounts import entrance, proof
from qms.accounts.forms import ConfirmForm
from qms.accounts.gate import now, oneself, signed_in
from qms.accounts.models import Person
from qms.accounts.second_factor.views import proven_by_code
from qms.kernel.language import _

blueprint = Blueprint("confirmation", __name__)


@blueprint.route("/confirm-identity", methods=["GET", "POST"])
@signed_in
def show() -> ResponseReturnValue:
    """By password or by a code; then back to the page that asked."""
    person = oneself()
    form = ConfirmForm(next=request.args.get("next", ""))
    has_password, has_app = person.password_hash is not None, person.totp_secret is not None
    if form.validate_on_submit() and _confirmed(form, person):
        if not form.next.data:  # opened beside a form that came too late
            flash(_("Confirmed. Go back to the first page and send it again."), "good")
        return entrance.go(form.next.data)
    page = render_template("accounts/confirm.html", form=form, has_password=has_password, has_app=has_app)
    return page, 422 if form.is_submitted() else 200


def _confirmed(form: ConfirmForm, person: Person) -> bool:
    if form.code.data:
        return proven_by_code(form.code, person, entrance.confirm)
    if form.password.data and proof.by_own_password(person, str(form.password.data), now()):
        return entrance.confirm("password")
    form.password.errors = [_("This is not the present password.")]
    return False
