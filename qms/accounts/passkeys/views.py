"""Passkeys on pages: making and removing them, signing in, the second step, and proving again who one is.

The browser fetches a challenge (JSON), asks the authenticator, and sends its answer with an ordinary form.
"""

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from wtforms import HiddenField, StringField
from wtforms.validators import InputRequired, Length

from qms.accounts import devices, entrance, throttle
from qms.accounts.gate import at_the_door, now, oneself, person_at_the_door, present_person, public, signed_in
from qms.accounts.layout import agency_name
from qms.accounts.models import Passkey, Person
from qms.accounts.passkeys import service as passkeys
from qms.accounts.passkeys.service import Challenge, Proof, Purpose, Site
from qms.accounts.proof import tell_locked
from qms.accounts.second_factor.service import has_second_factor
from qms.config import present_settings
from qms.kernel.db import db, writing
from qms.kernel.forms import Form
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import request_id

blueprint = Blueprint("passkeys", __name__)
KEPT = "passkey_challenge"
"""Where the signed session keeps the challenge that was given last; the next answer takes it away, right or wrong."""

Prove = Callable[[Person, Moment], bool]
"""A proof that is asked inside the transaction of the verb that needs it."""

WORDS = {"person.use_passkey": _l("Use a passkey")}
"""Titles for the trail, beside those that everybody knows."""

TOO_MANY = Refusal("passkey_too_many_attempts", _l("Too many attempts failed. Please wait a quarter of an hour."))


class PasskeyForm(Form):
    """The name of a new passkey, and the answer of the browser that made it."""

    title = StringField(
        _l("Name of the passkey"),
        [InputRequired(), Length(max=passkeys.LONGEST_TITLE)],
        description=_l("What you know the device by, such as “Office computer” or “My phone”."),
        render_kw={"autocomplete": "off"},
    )
    answer = HiddenField()
    next = HiddenField()


class PasskeyDoor:
    """What templates ask about passkeys; each answer is looked up only when a page shows it."""

    @cached_property
    def why_off(self) -> LazyString | None:
        """Why there are no passkeys at this address; None when there are."""
        return passkeys.why_off(_public_url())

    @cached_property
    def own(self) -> Sequence[Passkey]:
        """The passkeys of whoever has signed in."""
        person = present_person()
        return [] if person is None else passkeys.of_person(person.id)

    @cached_property
    def usable(self) -> Sequence[Passkey]:
        """Those with which the person at the door, or signed in, can prove who it is."""
        person = person_at_the_door()
        return [] if person is None else passkeys.usable(person.id)

    @cached_property
    def remembered(self) -> bool:
        """Whether the person who signed in with this browser last has a passkey: then it is what the page offers first."""
        owner = devices.owner()
        return owner is not None and bool(passkeys.usable(owner))


@blueprint.app_context_processor
def _door() -> dict[str, Any]:
    return {"passkey_door": PasskeyDoor()}


@blueprint.post("/account/passkeys/challenge")
@signed_in(recent=True)
def add_challenge() -> ResponseReturnValue:
    """What the browser is asked to make."""
    return _making_options(oneself())


@blueprint.route("/account/passkeys/new", methods=["GET", "POST"])
@signed_in(recent=True)
def add() -> ResponseReturnValue:
    """A new passkey for the own account."""
    here, form = _site(), PasskeyForm()
    if form.validate_on_submit():
        person, moment, made = oneself(), now(), _making(form, here)
        try:
            with writing():
                made(person, moment)
        except Refused as refused:
            _say(form, refused)
        else:
            flash(_made(form), "good")
            return redirect(url_for("account.show", _anchor="passkeys"))
    return render_template("accounts/passkey_add.html", form=form), 422 if form.is_submitted() else 200


@blueprint.post("/sign-in/set-up/passkey/challenge")
@at_the_door
def set_up_challenge() -> ResponseReturnValue:
    """What the browser of somebody without a second factor is asked to make."""
    return _making_options(_without_second_factor() or abort(404))


@blueprint.route("/sign-in/set-up/passkey", methods=["GET", "POST"])
@at_the_door
def set_up() -> ResponseReturnValue:
    """A passkey as the first second factor; whoever has one already must use it, and gets no other in by a password alone."""
    person = _without_second_factor()
    if person is None:
        return redirect(entrance.onward(request.values.get("next")))
    here, form = _site(), PasskeyForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        try:
            entrance.complete("passkey", _making(form, here))
        except Refused as refused:
            _say(form, refused)
        else:
            flash(_made(form), "good")
            return entrance.go(form.next.data)
    page = render_template("accounts/passkey_set_up.html", form=form, waiting=person)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/account/passkeys/<int:number>/remove", methods=["GET", "POST"])
@signed_in(recent=True)
def remove(number: int) -> ResponseReturnValue:
    """Removing an own passkey; those of others do not exist here."""
    if request.method == "GET":
        return render_template("accounts/passkey_remove.html", passkey=_own_passkey(number))
    person, moment = oneself(), now()
    with writing():
        passkeys.remove(_own_passkey(number, person), moment)
    flash(_("The passkey is removed."), "good")
    return redirect(url_for("account.show", _anchor="passkeys"))


@blueprint.post("/sign-in/passkey/challenge")
@public
def sign_in_challenge() -> ResponseReturnValue:
    """What the browser is asked to sign with: any key it has for this site."""
    return passkeys.request_options(_give(Purpose.SIGN_IN), _site())


@blueprint.post("/sign-in/passkey")
@public
def sign_in() -> ResponseReturnValue:
    """Signing in without a user name; one answer for every key that is not accepted.

    Attempts are counted by address, as for passwords, but not by account: a key cannot be guessed, and whoever locks an
    account by wrong passwords does not keep its owner's key out.
    """
    here, moment, challenge = _site(), now(), _take()
    outcome: Proof | Refusal = TOO_MANY
    with writing():
        if throttle.allow_source(moment.address, moment.instant):
            outcome = passkeys.prove(_answer(), challenge, Purpose.SIGN_IN, here, moment)
            if isinstance(outcome, Proof):
                throttle.give_back(throttle.source(moment.address))
    if isinstance(outcome, Proof) and outcome.weak:
        outcome = passkeys.NEEDS_VERIFICATION
    if isinstance(outcome, Refusal):
        return _refused(outcome, Purpose.SIGN_IN, "accounts.sign_in")
    entrance.enter(outcome.person, second_factor=outcome.verified, way="passkey")
    return entrance.go(request.form.get("next"))


@blueprint.post("/sign-in/second-step/passkey/challenge")
@at_the_door
def second_step_challenge() -> ResponseReturnValue:
    """What the browser is asked to sign with: a key of the person whose password was right."""
    return _own_options(Purpose.SECOND_STEP)


@blueprint.post("/sign-in/second-step/passkey")
@at_the_door
def second_step() -> ResponseReturnValue:
    """The second step after a password: having the key is enough, the password was the other factor."""
    return _proved(Purpose.SECOND_STEP, entrance.complete, "second_step.show")


@blueprint.post("/confirm-identity/passkey/challenge")
@signed_in
def confirm_challenge() -> ResponseReturnValue:
    """What the browser is asked to sign with: an own key."""
    return _own_options(Purpose.CONFIRM)


@blueprint.post("/confirm-identity/passkey")
@signed_in
def confirm() -> ResponseReturnValue:
    """Proving again who one is: who can do harm shows PIN, finger or face, as the machine may stand open."""
    return _proved(Purpose.CONFIRM, entrance.confirm, "confirmation.show")


def _making_options(person: Person) -> dict[str, Any]:
    challenge = _give(Purpose.REGISTER, person)
    return passkeys.registration_options(person, challenge, _site(), agency_name())


def _making(form: PasskeyForm, here: Site) -> Prove:
    """Keeps what the browser made; to be called in a transaction."""
    challenge = _take()

    def make(person: Person, moment: Moment) -> bool:
        passkeys.add(person, str(form.answer.data), challenge, here, str(form.title.data), moment)
        return True

    return make


def _made(form: PasskeyForm) -> str:
    return str(_("The passkey “%(title)s” is made. From now on you can sign in with it.", title=form.title.data))


def _say(form: PasskeyForm, refused: Refused) -> None:
    db.session.rollback()
    form.title.errors = [str(refusal) for refusal in refused.refusals]


def _own_options(purpose: Purpose) -> dict[str, Any]:
    person = person_at_the_door()
    usable = [] if person is None else passkeys.usable(person.id)
    if not usable:
        abort(404)
    return passkeys.request_options(_give(purpose, person), _site(), usable)


def _proved(purpose: Purpose, keep: Callable[[str, Prove], bool], endpoint: str) -> ResponseReturnValue:
    """Hands the proof to the verb that keeps it; counted as a code is, so that nobody tries for ever."""
    here, challenge, answer = _site(), _take(), _answer()
    outcomes: list[Proof | Refusal] = []

    def prove(person: Person, moment: Moment) -> bool:
        subject = throttle.second_step(person.id)
        attempt = throttle.strike(subject, moment.instant)
        outcome: Proof | Refusal = TOO_MANY
        if attempt.allowed:
            outcome = passkeys.prove(answer, challenge, purpose, here, moment)
        if isinstance(outcome, Proof) and outcome.weak and purpose is Purpose.CONFIRM:
            outcome = passkeys.NEEDS_VERIFICATION
        if isinstance(outcome, Proof):
            throttle.clear(subject)
        elif attempt.locks_until is not None:
            tell_locked(person, attempt, moment)
        outcomes.append(outcome)
        return isinstance(outcome, Proof)

    if keep("passkey", prove):
        return entrance.go(request.form.get("next"))
    return _refused(next(one for one in outcomes if isinstance(one, Refusal)), purpose, endpoint)


def _give(purpose: Purpose, person: Person | None = None) -> Challenge:
    """A challenge that this browser may answer; an earlier one counts no more."""
    challenge = passkeys.new_challenge(purpose, now().instant, person)
    session[KEPT] = challenge.kept()
    return challenge


def _take() -> Challenge | None:
    return passkeys.kept_challenge(session.pop(KEPT, None))


def _answer() -> str:
    return request.form.get("answer", "")


def _refused(refusal: Refusal, purpose: Purpose, endpoint: str) -> ResponseReturnValue:
    current_app.logger.warning("%s passkey (%s): %s", request_id(), purpose.value, refusal.code)
    flash(str(refusal), "bad")
    return redirect(url_for(endpoint, next=request.form.get("next") or None))


def _public_url() -> str:
    return present_settings().public_url


def _site() -> Site:
    """Who we are to the browser; where there are no passkeys, these pages do not exist."""
    if passkeys.why_off(_public_url()) is not None:
        abort(404)
    return passkeys.site(_public_url())


def _own_passkey(number: int, person: Person | None = None) -> Passkey:
    passkey = db.session.get(Passkey, number)
    if passkey is None or passkey.person_id != (person or oneself()).id:
        abort(404)
    return passkey


def _without_second_factor() -> Person | None:
    """Whoever stands at the door and has no second factor yet."""
    person = None if present_person() is not None else person_at_the_door()
    return None if person is None or has_second_factor(person) else person
