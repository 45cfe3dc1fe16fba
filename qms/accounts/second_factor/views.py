"""At the door: the second step after the password, and setting up a second factor for whoever must have one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from wtforms import Field

from qms.accounts import entrance, gate, proof
from qms.accounts.demo_office import holds_demo_office
from qms.accounts.forms import CodeForm, SetUpForm
from qms.accounts.gate import at_the_door, present_person
from qms.accounts.models import Person
from qms.accounts.second_factor import service as second_factor
from qms.accounts.second_factor.sealing import seal, unseal
from qms.kernel.db import db
from qms.kernel.language import _
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refused
from qms.kernel.web import local_path

if TYPE_CHECKING:
    import segno
else:
    segno = later("segno")

blueprint = Blueprint("second_step", __name__)

Prove = Callable[[Person, Moment], bool]
Keep = Callable[[Prove], object]
"""Hands a proof to a transaction that keeps what it did."""


@blueprint.route("/sign-in/second-step", methods=["GET", "POST"])
@at_the_door
def show() -> ResponseReturnValue:
    """A code of the app, a recovery code, or a passkey; whoever has none of them sets one up first."""
    person = _waiting()
    if person is None:
        return redirect(local_path(request.values.get("next")))
    if not second_factor.has_second_factor(person):
        return redirect(url_for("second_step.set_up", next=request.values.get("next")))
    form = CodeForm(next=request.args.get("next", ""))
    has_app = person.totp_secret is not None
    if has_app and form.validate_on_submit() and proven_by_code(form.code, person, entrance.complete):
        return entrance.go(form.next.data)
    status = 422 if form.is_submitted() else 200
    page = render_template("accounts/second_step.html", form=form, has_app=has_app, waiting=person, demo=holds_demo_office())
    return page, status


@blueprint.route("/sign-in/set-up", methods=["GET", "POST"])
@at_the_door
def set_up() -> ResponseReturnValue:
    """The first second factor of somebody whose role needs one; nothing else opens before it."""
    person = _waiting()
    if person is None:
        return redirect(local_path(request.values.get("next")))
    if second_factor.has_second_factor(person):
        return redirect(url_for("second_step.show", next=request.values.get("next")))
    form = SetUpForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        codes = taken_over(form, person, lambda prove: entrance.complete("totp", prove))
        if codes is not None:
            return codes_page(codes, entrance.onward(form.next.data))
    return set_up_page(form, person, "accounts/set_up.html")


def proven_by_code(field: Field, person: Person, keep: Callable[[str, Prove], bool]) -> bool:
    """Whether the code that was typed is one of the app or of the recovery codes; else the field says so."""
    typed = str(field.data).replace(" ", "")
    hashed = proof.recovery_hash(person, typed)
    way = "totp" if hashed is None else "recovery_code"
    if keep(way, lambda who, moment: proof.by_code(who, typed, moment, hashed)):
        return True
    field.errors = [_("This code is not right or was used already. After five wrong ones please wait a quarter of an hour.")]
    return False


def set_up_page(form: SetUpForm, person: Person, template: str) -> ResponseReturnValue:
    """The page with the QR code; a secret made for this page travels with its form, sealed for this person."""
    secret = unseal(str(form.sealed.data or ""), _purpose(person)) or second_factor.new_secret()
    form.sealed.data = seal(secret, _purpose(person))
    form.code.data = ""
    address = second_factor.address_for(person, secret)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=3, dark="#000", light="#fff")
    spaced = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    page = render_template(template, form=form, picture=picture, address=address, secret=spaced, waiting=person)
    return page, 422 if form.is_submitted() else 200, {"Cache-Control": "no-store"}


def taken_over(form: SetUpForm, person: Person, keep: Keep) -> list[str] | None:
    """Takes the app of the form over and answers with the recovery codes, shown once; None when its code was not right."""
    secret = unseal(str(form.sealed.data or ""), _purpose(person))
    if secret is None:  # a form that did not come from this page
        abort(400)
    codes, hashes = second_factor.new_recovery_codes()
    typed = str(form.code.data).replace(" ", "")

    def prove(who: Person, moment: Moment) -> bool:
        second_factor.set_up(who, secret, typed, moment)
        second_factor.keep_recovery_codes(who, hashes, moment)
        return True

    try:
        keep(prove)
    except Refused as refused:
        db.session.rollback()
        form.code.errors = [str(refusal) for refusal in refused.refusals]
        return None
    return codes


def codes_page(codes: list[str], onward: str) -> ResponseReturnValue:
    """The recovery codes, this once."""
    return render_template("accounts/recovery_codes.html", codes=codes, onward=onward), 200, {"Cache-Control": "no-store"}


def _waiting() -> Person | None:
    """Whoever still owes the second step."""
    return None if present_person() is not None else gate.person_at_the_door()


def _purpose(person: Person) -> str:
    return f"new totp:{person.id}"
