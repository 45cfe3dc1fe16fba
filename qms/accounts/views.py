"""Signing in and out, the own password, the language of the pages."""

from flask import Blueprint, abort, current_app, flash, g, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from qms.accounts import service
from qms.accounts.forms import PasswordForm, SignInForm
from qms.accounts.gate import TOKEN, now, present_person, present_session, public, signed_in
from qms.accounts.layout import LANGUAGE_COOKIE
from qms.accounts.models import Person
from qms.accounts.passwords import matches
from qms.kernel.db import db, writing
from qms.kernel.language import LANGUAGES, _
from qms.kernel.web import ONE_YEAR, cookie_name, local_path

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """One answer for an unknown name, a wrong password and a disabled account, after the same time."""
    if present_person() is not None and request.method == "GET":
        return redirect(local_path(request.args.get("next")))
    form = SignInForm(next=request.args.get("next", ""))
    if form.validate_on_submit():
        person = _proven(str(form.username.data), str(form.password.data))
        if person is not None:
            _begin_session(person)
            return redirect(local_path(form.next.data))
        form.password.errors = [_("The user name or the password is not right.")]
    return render_template("accounts/sign_in.html", form=form), 422 if form.is_submitted() else 200


def _proven(username: str, password: str) -> Person | None:
    person = service.find(username)
    stored = None if person is None or person.disabled else person.password_hash
    db.session.rollback()  # argon2 takes its time; no transaction waits for it
    return person if matches(stored, password) else None


def _begin_session(person: Person) -> None:
    g.qms_person = person
    g.pop("qms_moment", None)
    with writing():
        token = service.sign_in(person, now(), request.user_agent.string)
    session.clear()  # nothing of a session from before the sign-in lives on
    login_user(person)
    session[TOKEN] = token
    session.permanent = True


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Ends the session of this browser; harmless when there is none."""
    session.clear()
    g.pop("qms_person", None)
    return redirect(url_for("accounts.sign_in"))


@blueprint.route("/password", methods=["GET", "POST"])
@signed_in
def password() -> ResponseReturnValue:
    """The own password; every other session of the person ends with the change."""
    person = present_person()
    if person is None:
        abort(401)
    form = PasswordForm()
    if form.validate_on_submit():
        stored = person.password_hash
        moment = now()
        db.session.rollback()
        if matches(stored, str(form.old_password.data)):
            here = present_session()
            with writing():
                service.set_password(person, str(form.new_password.data), moment, keep=None if here is None else here.id)
            flash(_("The password is changed. Other sessions have ended."), "good")
            return redirect(url_for("accounts.password"))
        form.old_password.errors = [_("This is not the present password.")]
    return render_template("accounts/password.html", form=form), 422 if form.is_submitted() else 200


@blueprint.post("/language")
@public
def language() -> ResponseReturnValue:
    """Vietnamese or English: kept in a cookie, and with the person when somebody has signed in."""
    chosen = request.form.get("language", "")
    if chosen not in LANGUAGES:
        abort(400)
    person = present_person()
    if person is not None:
        with writing():
            service.set_language(person, chosen, now())
        g.qms_language = chosen
    response = make_response(redirect(local_path(request.form.get("next"))))
    response.set_cookie(
        cookie_name(LANGUAGE_COOKIE),
        chosen,
        max_age=ONE_YEAR,
        samesite="Lax",
        httponly=True,
        secure=current_app.config["SESSION_COOKIE_SECURE"],
    )
    return response
