"""Making and changing accounts: new, edit, invite, links, sessions, second factor, disable, enable."""

import hashlib

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.forms import ChangedMeanwhile
from qms.kernel.language import _
from qms.people import deeds
from qms.people.accounts import service
from qms.people.accounts.service import Delivery, Particulars
from qms.people.forms import NewPersonForm, ParticularsForm, ReasonForm, unit_choice
from qms.people.pages import blueprint, offer_units, person_or_404, unit_typed
from qms.people.standing import standing_of

MANAGE = Permission.ACCOUNTS_MANAGE


@blueprint.route("/people/new", methods=["GET", "POST"])
@needs(MANAGE, recent=True)
def new() -> ResponseReturnValue:
    """A new account, and its invitation when wanted."""
    form = NewPersonForm()
    if form.validate_on_submit():
        with writing():
            unit = unit_typed(form.unit, MANAGE)
            if unit is not None:
                person = service.add(str(form.username.data), _particulars(form), unit, now())
                # nothing stands in the way of an invitation to an account made this moment by the same hand
                delivery = service.deliver(person, service.INVITATION, now()) if form.invite.data else None
                person_id = person.id
        if unit is not None:
            flash(_("The account is made."), "good")
            return _answer(delivery, person_id, service.INVITATION)
    offer_units(form.unit, MANAGE)
    return render_template("people/new.html", form=form), 422 if form.is_submitted() else 200


@blueprint.route("/people/<int:person_id>/edit", methods=["GET", "POST"])
@needs(MANAGE, recent=True)
def edit(person_id: int) -> ResponseReturnValue:
    """Name, title, address, unit, language."""
    form = ParticularsForm()
    if form.validate_on_submit():
        with writing():
            person = person_or_404(person_id)
            if form.seen.data != _seen(person):
                raise ChangedMeanwhile
            stays = form.unit.code == person.unit.code
            unit = person.unit if stays else unit_typed(form.unit, MANAGE)
            if unit is not None:
                service.edit(person, _particulars(form), unit, now())
        if unit is not None:
            flash(_("The account is changed."), "good")
            return redirect(url_for(".show", person_id=person_id), 303)
    person = person_or_404(person_id)
    if not form.is_submitted():
        given = {name: getattr(person, name) for name in ("full_name", "title", "email", "language")}
        form.process(data={**given, "unit": unit_choice(person.unit), "seen": _seen(person)})
    offer_units(form.unit, MANAGE)
    page = render_template("people/edit.html", form=form, someone=person, hindrances=_hindrances("edit", person))
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/people/<int:person_id>/invite")
@needs(MANAGE, recent=True)
def invite(person_id: int) -> ResponseReturnValue:
    """Sends an invitation, or shows its link once."""
    with writing():
        delivery = service.invite(person_or_404(person_id), now())
    return _answer(delivery, person_id, service.INVITATION)


@blueprint.post("/people/<int:person_id>/reset-password")
@needs(MANAGE, recent=True)
def reset_password(person_id: int) -> ResponseReturnValue:
    """Sends a link for a new password, or shows it once."""
    with writing():
        delivery = service.send_reset(person_or_404(person_id), now())
    return _answer(delivery, person_id, service.RESET)


@blueprint.post("/people/<int:person_id>/reset-second-factor")
@needs(MANAGE, recent=True)
def reset_second_factor(person_id: int) -> ResponseReturnValue:
    """For a lost telephone: identity was checked by whoever clicks this."""
    with writing():
        service.reset_second_factor(person_or_404(person_id), now())
    flash(_("The second factor is taken away and all sessions have ended."), "good")
    return redirect(url_for(".show", person_id=person_id), 303)


@blueprint.post("/people/<int:person_id>/end-sessions")
@needs(MANAGE)
def end_sessions(person_id: int) -> ResponseReturnValue:
    """Signs the person out everywhere."""
    with writing():
        service.end_sessions(person_or_404(person_id), now())
    flash(_("All sessions of this person have ended."), "good")
    return redirect(url_for(".show", person_id=person_id), 303)


@blueprint.post("/people/<int:person_id>/unlink-directory")
@needs(MANAGE, recent=True)
def unlink_directory(person_id: int) -> ResponseReturnValue:
    """For a person who got a new account in the directory."""
    with writing():
        service.unlink_directory(person_or_404(person_id), now())
    flash(_("The link to the directory is taken away; the next sign-in by the same user name makes a new one."), "good")
    return redirect(url_for(".show", person_id=person_id), 303)


@blueprint.route("/people/<int:person_id>/disable", methods=["GET", "POST"])
@needs(MANAGE, recent=True)
def disable(person_id: int) -> ResponseReturnValue:
    """Closes the account at once, with the reason."""
    return _with_reason(person_id, "disable")


@blueprint.route("/people/<int:person_id>/enable", methods=["GET", "POST"])
@needs(MANAGE, recent=True)
def enable(person_id: int) -> ResponseReturnValue:
    """Opens the account again, with the reason."""
    return _with_reason(person_id, "enable")


def _with_reason(person_id: int, name: str) -> ResponseReturnValue:
    form = ReasonForm()
    if form.validate_on_submit():
        verb = {"disable": service.disable, "enable": service.enable}[name]
        with writing():
            verb(person_or_404(person_id), str(form.reason.data), now())
        flash(_("The account is disabled.") if name == "disable" else _("The account is enabled."), "good")
        return redirect(url_for(".show", person_id=person_id), 303)
    person = person_or_404(person_id)
    page = render_template(
        "people/reason.html", form=form, someone=person, deed=deeds.deed(name), hindrances=_hindrances(name, person)
    )
    return page, 422 if form.is_submitted() else 200


def _answer(delivery: Delivery | None, person_id: int, purpose: str) -> ResponseReturnValue:
    """A link that no mail carries is shown in this very answer: it is kept nowhere and cannot be shown again."""
    if delivery is None or delivery.link is None:
        if delivery is not None:
            flash(_("The letter is on its way to %(address)s.", address=delivery.address), "good")
        return redirect(url_for(".show", person_id=person_id), 303)
    person = person_or_404(person_id)
    hours = int(service.LIFETIMES[purpose].total_seconds() // 3600)
    return render_template(
        "people/link.html", someone=person, link=delivery.link, hours=hours, invitation=purpose == service.INVITATION
    )


def _particulars(form: ParticularsForm) -> Particulars:
    return Particulars(str(form.full_name.data), form.title.data or None, form.email.data or None, str(form.language.data))


def _hindrances(name: str, person: Person) -> list[object]:
    moment = now()
    return list(deeds.hindrances(name, standing_of(person, moment, deeds.deed(name).permission), moment))


def _seen(person: Person) -> str:
    """What the form was made from: somebody else's change meanwhile is not undone unseen."""
    shown = (person.full_name, person.title, person.email, person.unit_id, person.language)
    return hashlib.sha256(repr(shown).encode()).hexdigest()
