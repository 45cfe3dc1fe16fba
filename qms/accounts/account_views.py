"""The own account: roles, sessions, second factor, password."""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts import entrance, proof, service
from qms.accounts.browsers import browser_name
from qms.accounts.forms import NewPasswordForm, PasswordForm, RemoveForm, SetUpForm
from qms.accounts.gate import now, present_actor, present_person, present_session, signed_in
from qms.accounts.links import service as links
from qms.accounts.models import Person, Session
from qms.accounts.passwords import SHORTEST, check_strength, shortest_for
from qms.accounts.queries import live_sessions, own_session, roles_in_force
from qms.accounts.second_factor import service as second_factor
from qms.accounts.second_factor.views import codes_page, set_up_page, taken_over
from qms.kernel.db import db, writing
from qms.kernel.language import _, ngettext
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refused

blueprint = Blueprint("account", __name__)


@blueprint.get("/account")
@signed_in
def show() -> ResponseReturnValue:
    """Who one is here, what one may do, where one is signed in, and how one proves it."""
    person, here = _own()
    actor = present_actor()
    fresh = live_sessions(person, actor, now().instant)
    return render_template(
        "accounts/account.html",
        roles=roles_in_force(actor),
        sessions=[(one, browser_name(one.browser), one.id == here.id) for one in fresh],
        codes_left=second_factor.recovery_codes_left(person),
        needed=actor.needs_second_factor,
        has_passkey=second_factor.has_passkey(person),
    )


@blueprint.post("/account/sessions/<int:session_id>/end")
@signed_in
def end_session(session_id: int) -> ResponseReturnValue:
    """Ends one of the own sessions, such as the one on a lost phone."""
    person, here = _own()
    moment = now()
    if session_id == here.id:
        entrance.leave()
        return redirect(url_for("accounts.sign_in"))
    with writing():
        ended = own_session(person, session_id)
        if ended is None:
            abort(404)
        service.end_session(ended, moment)
    flash(_("The session has ended."), "good")
    return redirect(url_for("account.show"))


@blueprint.post("/account/sessions/end-others")
@signed_in
def end_others() -> ResponseReturnValue:
    """Ends every own session but this one."""
    _person, here = _own()
    moment = now()
    with writing():
        count = service.end_other_sessions(here, moment)
    flash(ngettext("%(num)s other session has ended.", "%(num)s other sessions have ended.", count), "good")
    return redirect(url_for("account.show"))


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in(recent=True)
def password() -> ResponseReturnValue:
    """The own password; every other session of the person ends with the change, and every link that still lets the person in."""
    person, here = _own()
    here_id = here.id
    form = NewPasswordForm() if person.password_hash is None else PasswordForm()
    shortest = shortest_for(person)
    if form.validate_on_submit():
        moment = now()
        if isinstance(form, PasswordForm) and not proof.by_own_password(person, str(form.old_password.data), moment):
            form.old_password.errors = [_("This is not the present password.")]
        elif _changed(form, person, here_id, moment):
            flash(_("The password is changed. Other sessions have ended."), "good")
            return redirect(url_for("account.show"))
    page = render_template("accounts/password.html", form=form, shortest=shortest)
    return page, 422 if form.is_submitted() else 200


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@signed_in(recent=True)
def set_up() -> ResponseReturnValue:
    """Sets an authenticator app up, or replaces it by another one; new recovery codes come with it."""
    person, _here = _own()
    form = SetUpForm()
    if form.validate_on_submit():
        codes = taken_over(form, person, lambda prove: entrance.complete("totp", prove))
        if codes is not None:
            return codes_page(codes, url_for("account.show"))
    return set_up_page(form, person, "accounts/second_factor.html")


@blueprint.route("/account/recovery-codes", methods=["GET", "POST"])
@signed_in(recent=True)
def recovery_codes() -> ResponseReturnValue:
    """New recovery codes; the old ones are worth nothing from then on."""
    person, _here = _own()
    if person.totp_secret is None:
        return redirect(url_for("account.show"))
    form = RemoveForm()
    if not form.is_submitted():
        return render_template("accounts/new_recovery_codes.html", left=second_factor.recovery_codes_left(person))
    codes, hashes = second_factor.new_recovery_codes()
    moment = now()
    with writing():
        second_factor.keep_recovery_codes(person, hashes, moment)
    return codes_page(codes, url_for("account.show"))


@blueprint.route("/account/second-factor/remove", methods=["GET", "POST"])
@signed_in(recent=True)
def remove() -> ResponseReturnValue:
    """Gives the app up; from then on the password stands alone, so it must be long enough for that."""
    person, _here = _own()
    if person.totp_secret is None:
        return redirect(url_for("account.show"))
    form = RemoveForm()
    if form.validate_on_submit():
        moment = now()
        typed = str(form.password.data)
        try:
            check_strength(typed, shortest=SHORTEST)
            if proof.by_own_password(person, typed, moment):
                with writing():
                    second_factor.remove(person, moment)
                flash(_("The authenticator app is turned off."), "good")
                return redirect(url_for("account.show"))
            form.password.errors = [_("This is not the present password.")]
        except Refused as refused:
            db.session.rollback()
            form.password.errors = [str(refusal) for refusal in refused.refusals]
    return render_template("accounts/remove_second_factor.html", form=form), 422 if form.is_submitted() else 200


def _own() -> tuple[Person, Session]:
    person, here = present_person(), present_session()
    if person is None or here is None:
        abort(401)
    return person, here


def _changed(form: NewPasswordForm, person: Person, here_id: int, moment: Moment) -> bool:
    try:
        with writing():
            service.set_password(person, str(form.new_password.data), moment, keep=here_id)
            links.close_all(person, moment.instant)
    except Refused as refused:
        db.session.rollback()
        form.new_password.errors = [str(refusal) for refusal in refused.refusals]
        return False
    return True
