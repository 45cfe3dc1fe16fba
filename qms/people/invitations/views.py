"""The pages of invitations: what we asked of others, what is asked of our people, and the steps of one."""

from collections.abc import Callable
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now, signed_in
from qms.accounts.permissions import Role
from qms.kernel.db import writing
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.paging import paginate
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import page_number
from qms.kernel.workflow import OpenStep
from qms.people.invitations import queries, service
from qms.people.invitations.forms import DeclineForm, InvitationForm
from qms.people.invitations.models import Invitation
from qms.people.invitations.service import Wanted
from qms.people.invitations.workflow import GIVE, OF_HOME, OF_HOST, WORKFLOW
from qms.people.pages import blueprint, offer_units, unit_typed


@blueprint.get("/people/invitations")
@needs(GIVE)
def invitations() -> ResponseReturnValue:
    """Both parts, each with how many wait."""
    person = now().person
    part = queries.OURS if request.args.get("view") == queries.OURS else queries.ASKED
    waiting = queries.counts(person)
    titles = {queries.ASKED: _("Asked of other agencies"), queries.OURS: _("Asked of our people")}
    tabs = [
        {"title": title, "url": url_for(".invitations", view=name), "active": name == part, "count": waiting[name]}
        for name, title in titles.items()
    ]
    page = paginate(queries.listing(part, person), page_number())
    lines = queries.lines(page.items, {one.id: part == queries.OURS for one in page.items})
    return render_template("people/invitations.html", page=page, lines=lines, tabs=tabs, ours=part == queries.OURS)


@blueprint.route("/people/invitations/new", methods=["GET", "POST"])
@needs(GIVE, recent=True)
def invite_guest() -> ResponseReturnValue:
    """Asks for a person by user name; the answer is the same whoever has it."""
    form = InvitationForm()
    refusals: tuple[Refusal, ...] = ()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with writing():
                unit = unit_typed(form.unit, GIVE)
                if unit is not None:
                    days = (form.valid_from.data or now().today, form.valid_to.data or now().today)
                    wanted = Wanted(str(form.username.data), Role(form.role.data), *days, str(form.reason.data))
                    service.invite(unit, wanted, now())
            if unit is not None:
                flash(_("The invitation is noted; if there is such a user, the agency of that person will see it."), "good")
                return redirect(url_for(".invitations"), 303)
        except Refused as refused:  # shown beside the form: another day may be all that is needed
            refusals, status = refused.refusals, 409
    offer_units(form.unit, GIVE)
    return render_template("people/invite_guest.html", form=form, refusals=refusals), status


@blueprint.get("/people/invitations/<int:invitation_id>")
@signed_in
def invitation(invitation_id: int) -> ResponseReturnValue:
    """One invitation: for both sides, and for the person it is about."""
    return _page(invitation_id)


@blueprint.post("/people/invitations/<int:invitation_id>/accept")
@needs(GIVE, recent=True)
def accept_invitation(invitation_id: int) -> ResponseReturnValue:
    """The person serves there from now on, or from the first day."""
    return _take(invitation_id, service.accept, _("Accepted. The person has the role in the unit that invited."), by_home=True)


@blueprint.route("/people/invitations/<int:invitation_id>/decline", methods=["GET", "POST"])
@needs(GIVE)
def decline_invitation(invitation_id: int) -> ResponseReturnValue:
    """Says no, with the reason."""
    form = DeclineForm()
    if form.validate_on_submit():
        reason = str(form.reason.data)
        return _take(
            invitation_id,
            lambda one, moment: service.decline(one, reason, moment),
            _("The invitation is declined."),
            by_home=True,
        )
    one, ours = queries.get(invitation_id, now().person)
    (line,) = queries.lines([one], {one.id: ours or abort(404)})
    page = render_template("people/decline_invitation.html", line=line, form=form)
    return page, 422 if form.is_submitted() else 200


@blueprint.post("/people/invitations/<int:invitation_id>/withdraw")
@needs(GIVE)
def withdraw_invitation(invitation_id: int) -> ResponseReturnValue:
    """The host takes it back."""
    return _take(invitation_id, service.withdraw, _("The invitation is withdrawn."))


@blueprint.post("/people/invitations/<int:invitation_id>/end")
@needs(GIVE)
def end_invitation(invitation_id: int) -> ResponseReturnValue:
    """Either side ends the work of the guest at once."""
    return _take(invitation_id, service.end, _("The work of the guest is ended."))


def _take(
    invitation_id: int, verb: Callable[[Invitation, Moment], Any], done: str, *, by_home: bool = False
) -> ResponseReturnValue:
    """One step; ``by_home``: only the home agency has it, for everybody else there is nothing to answer."""
    try:
        with writing():
            one, ours = queries.get(invitation_id, now().person, to_change=True)
            if by_home and not ours:
                abort(404)
            verb(one, now())
    except Refused as refused:
        return _page(invitation_id, refused.refusals)
    flash(done, "good")
    return redirect(url_for(".invitation", invitation_id=invitation_id), 303)


def _page(invitation_id: int, refused: tuple[Refusal, ...] = ()) -> ResponseReturnValue:
    moment = now()
    one, ours = queries.get(invitation_id, moment.person)
    oneself = one.person_id is not None and one.person_id == moment.person.person_id
    (line,) = queries.lines([one], {one.id: ours or oneself})
    page = render_template(
        "people/invitation.html",
        line=line,
        one=one,
        refusals=refused,
        steps=_steps(one, ours, moment),
        looks_after=moment.person.may(GIVE, None),
    )
    return page, 409 if refused else 200


def _steps(one: Invitation, ours: bool, moment: Moment) -> list[OpenStep]:
    """The steps of the side, or sides, that whoever looks is on."""
    names = {*(OF_HOST if moment.person.may(GIVE, one.unit_id) else ()), *(OF_HOME if ours else ())}
    return [
        OpenStep(step.name, step.title, tuple(service.hindrances(one, step.name, moment)), step.needs_reason)
        for step in WORKFLOW.steps
        if step.name in names and one.state in step.sources
    ]
