"""What is stored about a person: shown, given away as a file, and erased where the law allows."""

import json

from flask import Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now, oneself, signed_in
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.download import as_file
from qms.kernel.language import _
from qms.kernel.refusal import Refusal, Refused
from qms.people import deeds, rules
from qms.people.forms import ForgetForm
from qms.people.pages import blueprint, person_or_404
from qms.people.privacy import personal
from qms.people.privacy import service as forgetting
from qms.people.standing import standing_of

FORGET = Permission.ACCOUNTS_FORGET
MOST_LINES = 200
"""Of one heading on the page; the file has them all."""


@blueprint.get("/account/data")
@signed_in(recent=True)
def own_data() -> ResponseReturnValue:
    """Everything stored about me, readable."""
    return _readable(oneself(), url_for(".own_data_file"))


@blueprint.get("/account/data.json")
@signed_in(recent=True)
def own_data_file() -> ResponseReturnValue:
    """The same for a program."""
    return _file(oneself())


@blueprint.get("/people/<int:person_id>/data")
@needs(FORGET, recent=True)
def data(person_id: int) -> ResponseReturnValue:
    """Everything stored about somebody, for the answer to a request."""
    person = _reached(person_id)
    return _readable(person, url_for(".data_file", person_id=person.id))


@blueprint.get("/people/<int:person_id>/data.json")
@needs(FORGET, recent=True)
def data_file(person_id: int) -> ResponseReturnValue:
    """The same for a program."""
    return _file(_reached(person_id))


@blueprint.route("/people/<int:person_id>/forget", methods=["GET", "POST"])
@needs(FORGET, recent=True)
def forget(person_id: int) -> ResponseReturnValue:
    """Says what goes and what stays and why, and does it when the user name was typed."""
    form = ForgetForm()
    status = 422 if form.is_submitted() else 200
    refusals: tuple[Refusal, ...] = ()
    if form.validate_on_submit():
        try:
            with writing():
                forgetting.forget(
                    person_or_404(person_id, FORGET), str(form.username.data), now(), request=form.request.data or None
                )
            flash(_("The person's data are erased."), "good")
            return redirect(url_for(".show", person_id=person_id), 303)
        except Refused as refused:  # a wrong user name is typed again
            refusals, status = refused.refusals, 409
    person = person_or_404(person_id, FORGET)
    standing = standing_of(person, now(), FORGET)
    page = render_template(
        "people/forget.html",
        form=form,
        someone=person,
        refusals=refusals,
        hindrances=deeds.hindrances("forget", standing, now()),
        too_early=rules.logs_kept_long_enough(standing, requested=False),
    )
    return page, status


def _reached(person_id: int) -> Person:
    person = person_or_404(person_id, FORGET)
    standing = standing_of(person, now(), FORGET)
    refusals = deeds.hindrances("export_data", standing, now())
    if refusals:
        raise Refused(refusals)
    return person


def _readable(person: Person, file_url: str) -> ResponseReturnValue:
    stored = personal.readable(personal.everything(person, MOST_LINES))
    return render_template("people/data.html", someone=person, stored=stored, file_url=file_url)


def _file(person: Person) -> Response:
    text = json.dumps(personal.as_json(person, now()), ensure_ascii=False, indent=2)
    return as_file(text, f"data-{person.id}-{now().today.isoformat()}.json")
