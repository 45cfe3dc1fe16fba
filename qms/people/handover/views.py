"""Everything a person holds on one screen, given over in one step; the minute of it as a page and as a paper."""

from typing import TYPE_CHECKING

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from qms.accounts.actor import in_visible_units
from qms.accounts.gate import needs, now, signed_in
from qms.accounts.models import Grant, Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db, writing
from qms.kernel.download import as_file
from qms.kernel.language import _, current_language
from qms.kernel.later import later
from qms.kernel.refusal import Refusal, Refused
from qms.people import deeds, queries
from qms.people.deputies import service as deputising
from qms.people.estate import estate_of
from qms.people.forms import HandoverForm
from qms.people.handover import service as handing_over
from qms.people.handover.minute import compose
from qms.people.handover.models import Handover
from qms.people.handover.service import GRANTS, Plan
from qms.people.pages import blueprint, offer_people, person_or_404, person_typed
from qms.people.standing import standing_of

if TYPE_CHECKING:
    from qms.reports import pdf
else:
    pdf = later("qms.reports.pdf")

HAND_OVER = Permission.ACCOUNTS_HAND_OVER


@blueprint.route("/people/<int:person_id>/handover", methods=["GET", "POST"])
@needs(HAND_OVER, recent=True)
def hand_over(person_id: int) -> ResponseReturnValue:
    """The list, the receiver, the last day; one step gives everything over or says everything that stands in the way."""
    form = HandoverForm()
    refusals: tuple[Refusal, ...] = ()
    status = 422 if form.is_submitted() else 200
    if form.validate_on_submit():
        try:
            with writing():
                giver = person_or_404(person_id, HAND_OVER)
                receiver = person_typed(form.receiver, _receivers(giver))
                if receiver is not None:
                    plan = Plan(giver, receiver, form.leaves_on.data, form.note.data, frozenset(form.again.data or ()))
                    handover_id = handing_over.hand_over(plan, now()).id
            if receiver is not None:
                flash(_("Everything is handed over. Print the minute and let both sides sign it."), "good")
                return redirect(url_for(".minute", handover_id=handover_id), 303)
        except Refused as refused:  # the whole list of reasons, beside what was typed
            refusals, status = refused.refusals, 409
    person = person_or_404(person_id, HAND_OVER)
    form.again.choices = _roles_to_give(person)
    offer_people(form.receiver, _receivers(person))
    standing = standing_of(person, now(), HAND_OVER)
    page = render_template(
        "people/handover.html",
        form=form,
        someone=person,
        refusals=refusals,
        hindrances=deeds.hindrances("hand_over", standing, now()),
        parts=estate_of(person.id),
        grants=handing_over.ending(person, now()),
        deputies=deputising.present_and_coming(person.id, now().today),
        may_give=now().person.may(Permission.GRANTS_GIVE, None),
    )
    return page, status


@blueprint.get("/handovers/<int:handover_id>")
@signed_in
def minute(handover_id: int) -> ResponseReturnValue:
    """What was given over, as it stood then; for both sides and for whoever hands over in the giver's unit."""
    made = _made(handover_id)
    things = [line for name, lines in made.things.items() if name != GRANTS for line in lines]
    return render_template("people/minute.html", made=made, things=things, roles=made.things.get(GRANTS, []))


@blueprint.get("/handovers/<int:handover_id>.pdf")
@signed_in
def minute_paper(handover_id: int) -> ResponseReturnValue:
    """The minute as a paper for two signatures."""
    made = _made(handover_id)
    return as_file(pdf.render_pdf(compose(made, current_language())), f"handover-{made.id}.pdf")


def _made(handover_id: int) -> Handover:
    sides = (joinedload(Handover.giver).joinedload(Person.unit), joinedload(Handover.receiver).joinedload(Person.unit))
    made = db.session.get(Handover, handover_id, options=[*sides, joinedload(Handover.made_by)])
    if made is None:
        abort(404)
    actor = now().person
    if actor.person_id not in {made.giver_id, made.receiver_id} and queries.find(actor, made.giver_id, HAND_OVER) is None:
        abort(404)
    return made


def _receivers(giver: Person) -> Select[Person]:
    return queries.candidates(now().person, HAND_OVER, giver.unit_id, now().today, but=giver.id)


def _roles_to_give(giver: Person) -> list[tuple[int, str]]:
    """The roles that end with the last day and that the actor may give to the receiver anew."""
    actor = now().person
    grants = handing_over.ending(giver, now())
    if not grants or not actor.may(Permission.GRANTS_GIVE, None):
        return []
    may_give = select(Grant.id).where(Grant.person_id == giver.id, in_visible_units(Grant.unit_id, actor, Permission.GRANTS_GIVE))
    given = set(db.session.scalars(may_give))
    return [(grant.id, _words(grant)) for grant in grants if grant.id in given]


def _words(grant: Grant) -> str:
    return f"{grant.role.title} · {grant.unit.name}"
