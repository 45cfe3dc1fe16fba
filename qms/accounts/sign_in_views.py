"""Signing in and out, and the language of the pages."""

from flask import Blueprint, abort, current_app, flash, g, jsonify, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts import entrance, proof, service
from qms.accounts.forms import SignInForm
from qms.accounts.gate import no_click, now, present_person, present_session, public, seconds_left, why_over
from qms.accounts.kept import kept_under
from qms.accounts.layout import LANGUAGE_COOKIE
from qms.accounts.passwords import shortest_for
from qms.accounts.sessions import Ended
from qms.kernel.db import writing
from qms.kernel.language import LANGUAGES, _
from qms.kernel.text import nfc
from qms.kernel.web import ONE_YEAR, cookie_name, local_path

blueprint = Blueprint("accounts", __name__)


@blueprint.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> ResponseReturnValue:
    """One answer for an unknown name, a wrong password, a locked and a closed account, after the same time."""
    here = present_session()
    if present_person() is not None and here is not None and here.limited_to is None and request.method == "GET":
        return redirect(local_path(request.args.get("next")))
    form = SignInForm(next=request.args.get("next", ""))
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        password = str(form.password.data)
        shown = proof.by_password(str(form.username.data), password, now())
        if shown.person is not None:
            entrance.enter(shown.person, second_factor=False)
            if present_person() is not None and len(nfc(password)) < shortest_for(shown.person):
                flash(_("Your password is shorter than the rule asks for now. Please choose a longer one."), "attention")
                return redirect(url_for("account.password"))
            return entrance.go(form.next.data)
        if shown.source_tired:
            form.form_errors = [_("There were too many attempts from your network. Please wait a quarter of an hour.")]
            status = 429
        else:
            form.password.errors = [_("The user name or the password is not right.")]
    over = why_over()
    return render_template("accounts/sign_in.html", form=form, over=over, over_sentence=_over_sentence(over)), status


def _over_sentence(over: Ended | None) -> str:
    sentences = {
        Ended.IDLE: _(
            "Please sign in again: nobody clicked for some time, so the session was locked. You come back to where you were."
        ),
        Ended.LONG: _("Please sign in again: the session has reached its longest time. You come back to where you were."),
        Ended.OTHER: _("Please sign in again: the session has ended. You come back to where you were."),
    }
    return "" if over is None else sentences[over]


@blueprint.post("/sign-out")
@public
def sign_out() -> ResponseReturnValue:
    """Ends the session of this browser; harmless when there is none."""
    entrance.leave()
    return redirect(url_for("accounts.sign_in"))


@blueprint.get("/session")
@public
@no_click
def remaining() -> ResponseReturnValue:
    """How many seconds the session lives on without a click, and whose it is (by the name that pages keep things under); 0 and
    nobody's when it is over. An open page asks, so it is no click itself.
    """
    person = present_person()
    return jsonify(seconds=seconds_left(), kept_under="" if person is None else kept_under(person))


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
