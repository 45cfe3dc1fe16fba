"""What a one-time link opens: a first or a new password, or the one record a letter is about."""

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue

from qms.accounts import entrance, proof, service
from qms.accounts.forms import NewPasswordForm
from qms.accounts.gate import instant, moment_for, present_session, public
from qms.accounts.links import service as links
from qms.accounts.links.service import LETTER, LinkState
from qms.accounts.models import OneTimeLink
from qms.accounts.passwords import shortest_for
from qms.kernel.days import local_day
from qms.kernel.db import db, writing
from qms.kernel.language import _
from qms.kernel.refusal import Refused
from qms.kernel.web import local_path

blueprint = Blueprint("links", __name__)


@blueprint.route("/link/<token>", methods=["GET", "POST"])
@public
def show(token: str) -> ResponseReturnValue:
    """Shows whose link it is and what it opens; sending the form uses it up."""
    link = links.find(token)
    if link is None:
        return _shut(None, None, 404)
    state = links.state_of(link, instant(), local_day(instant()))
    if link.purpose == LETTER and state is not LinkState.CLOSED and _holds(link):
        return redirect(_target(link))
    if state is not LinkState.OPEN:
        return _shut(link, state, 410)
    return _letter(link, token) if link.purpose == LETTER else _password(link, token)


def _shut(link: OneTimeLink | None, state: LinkState | None, status: int) -> ResponseReturnValue:
    """Why a link opens nothing, and what to do now."""
    sentences = {
        LinkState.USED: _("It has been used; a link works once."),
        LinkState.EXPIRED: _("Its time is over."),
        LinkState.CLOSED: _("The account it was made for is closed, or has a role for which one signs in with more than a link."),
    }
    sentence = (
        sentences[state] if state is not None else _("There is no such link. Perhaps the mail program cut its address off.")
    )
    if link is None or link.purpose == LETTER:
        advice = _("Sign in to see what waits for you; the next letter brings a new link.")
    else:
        advice = _("Ask the administrator of your agency for a new link, or sign in if you have a password.")
    target = _target(link) if link is not None and link.purpose == LETTER else None
    return _page("accounts/link_shut.html", status, sentence=sentence, advice=advice, target=target)


def _letter(link: OneTimeLink, token: str) -> ResponseReturnValue:
    form = NewPasswordForm()
    if not form.is_submitted():
        return _page("accounts/link_letter.html", 200, link=link, target=_target(link))
    person, limited_to = link.person, list(link.limited_to or ())
    moment = moment_for(person)
    with writing():
        links.consume(token, moment)
    entrance.enter(person, second_factor=False, limited_to=limited_to, way="link")
    return redirect(local_path(limited_to[0]))


def _password(link: OneTimeLink, token: str) -> ResponseReturnValue:
    """A password that is refused does not use the link up."""
    form = NewPasswordForm()
    person = link.person
    if form.validate_on_submit():
        moment = moment_for(person)
        try:
            with writing():
                service.set_password(person, str(form.new_password.data), moment)
                links.consume(token, moment)
                proof.forget_failures(person)
        except Refused as refused:
            db.session.rollback()
            form.new_password.errors = [str(refusal) for refusal in refused.refusals]
        else:
            entrance.enter(person, second_factor=False, way="link")
            return entrance.go("/")
    status = 422 if form.is_submitted() else 200
    return _page("accounts/link_password.html", status, link=link, form=form, shortest=shortest_for(person))


def _holds(link: OneTimeLink) -> bool:
    """Whether this browser is signed in as the person already, so that the letter only has to lead on."""
    here = present_session()
    return here is not None and here.person_id == link.person_id and here.limited_to in (None, link.limited_to)


def _target(link: OneTimeLink) -> str:
    return local_path(str((link.limited_to or ["/"])[0]))


def _page(template: str, status: int, **values: object) -> ResponseReturnValue:
    """A page that no cache keeps; its address goes nowhere else, as the referrer stays within this site."""
    return render_template(template, **values), status, {"Cache-Control": "no-store"}
