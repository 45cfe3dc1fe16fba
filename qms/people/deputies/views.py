"""Naming a deputy: for oneself, or for somebody of one's units; and taking it back."""

from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select

from qms.accounts.gate import needs, now, oneself, present_actor, signed_in
from qms.accounts.models import Deputy, Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db, writing
from qms.kernel.language import _
from qms.kernel.refusal import Refusal, Refused
from qms.people import queries
from qms.people.deputies import service as deputising
from qms.people.forms import DeputyForm
from qms.people.pages import blueprint, offer_people, person_or_404, person_typed


@blueprint.app_template_global()
def deputised_today() -> Sequence[Deputy]:
    """For whom the person who signed in acts today; nobody is looked for when nobody has lent a grant."""
    actor = present_actor()
    if actor.person_id is None or not actor.lent:
        return ()
    return deputising.principals_today(actor.person_id, now().today)


@blueprint.route("/account/deputies", methods=["GET", "POST"])
@signed_in(recent=True)
def own_deputies() -> ResponseReturnValue:
    """Who stands in for me, and for whom I do."""
    return _answer(oneself, own=True)


@blueprint.route("/people/<int:person_id>/deputies/new", methods=["GET", "POST"])
@needs(Permission.DEPUTIES_NAME, recent=True)
def name_deputy(person_id: int) -> ResponseReturnValue:
    """A deputy for somebody of one's units."""
    return _answer(lambda: person_or_404(person_id, Permission.DEPUTIES_NAME), own=False)


@blueprint.post("/account/deputies/<int:deputy_id>/revoke")
@signed_in
def revoke_deputy(deputy_id: int) -> ResponseReturnValue:
    """Ends it at once; whoever is not concerned and may not name deputies there does not learn that it exists."""
    moment = now()
    with writing():
        deputy = db.session.get(Deputy, deputy_id)
        if deputy is None or not _may_see(deputy, moment.person.person_id):
            abort(404)
        deputising.revoke(deputy, moment)
        own = moment.person.person_id in {deputy.principal_id, deputy.deputy_id}
        principal_id = deputy.principal_id
    flash(_("The deputy is withdrawn."), "good")
    return redirect(url_for(".own_deputies") if own else url_for(".show", person_id=principal_id), 303)


def _may_see(deputy: Deputy, person_id: int | None) -> bool:
    if person_id in {deputy.principal_id, deputy.deputy_id}:
        return True
    return queries.find(now().person, deputy.principal_id, Permission.DEPUTIES_NAME) is not None


def _answer(find: Callable[[], Person], *, own: bool) -> ResponseReturnValue:
    form = DeputyForm()
    status = 422 if form.is_submitted() else 200
    refusals: Sequence[Refusal] = ()
    if form.validate_on_submit():
        try:
            with writing():
                principal = find()
                deputy = person_typed(form.deputy, _eligible(principal, own=own))
                if deputy is not None:
                    days = (form.valid_from.data or now().today, form.valid_to.data or now().today)
                    deputising.name(principal, deputy, *days, str(form.reason.data), now())
                    principal_id = principal.id
            if deputy is not None:
                flash(_("The deputy is named and has been told."), "good")
                return redirect(url_for(".own_deputies") if own else url_for(".show", person_id=principal_id), 303)
        except Refused as refused:  # shown beside the form: another day or person may be all that is needed
            status, refusals = 409, refused.refusals
    person = find()
    offer_people(form.deputy, _eligible(person, own=own))
    return _page(person, form, refusals, own=own), status


def _eligible(principal: Person, *, own: bool) -> Select[Person]:
    today, but = now().today, principal.id
    if own:
        return queries.colleagues(principal.unit_id, today, but=but)
    return queries.candidates(now().person, Permission.DEPUTIES_NAME, principal.unit_id, today, but=but)


def _page(person: Person, form: DeputyForm, refusals: Sequence[Refusal], *, own: bool) -> str:
    moment, deputies = now(), queries.deputies_of(person.id)
    return render_template(
        "people/deputies.html",
        someone=person,
        form=form,
        refusals=refusals,
        own=own,
        deputies=deputies,
        deputy_is_over=lambda deputy: deputising.is_over(deputy, moment.today),
        revocable=deputising.revocable(deputies, moment),
    )
