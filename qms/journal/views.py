"""The audit trail for people: everything one may see, one record, one person; and as a file."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.journal import queries
from qms.journal.listing import LIST, RECORD, SEAL, WHAT, WHEN, WHO, WHOLE
from qms.journal.names import Names, pseudonym
from qms.journal.sentences import record_name
from qms.journal.words import words
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.web import page_number, page_size

blueprint = Blueprint("journal", __name__, url_prefix="/journal")
COLUMNS = (WHEN, WHO, WHAT, RECORD, SEAL)


LIST.open(blueprint, "")


@blueprint.get("/person/<int:person_id>")
@needs(Permission.TRAIL_READ)
def person(person_id: int) -> ResponseReturnValue:
    """What a person did; and what happened to the account."""
    actor = now().person
    about = request.args.get("about") == "1"
    query = queries.about_person(person_id, actor) if about else queries.by_person(person_id, actor)
    page = queries.told_page(query, page_number(), page_size())
    if not page.total and not queries.is_known(person_id, actor):
        abort(404)
    found = db.session.get(Person, person_id)
    name = pseudonym(person_id) if found is None or found.forgotten_at else found.full_name
    tabs = [
        {"title": _("What the person did"), "url": url_for(".person", person_id=person_id), "active": not about},
        {"title": _("What happened to the account"), "url": url_for(".person", person_id=person_id, about=1), "active": about},
    ]
    return render_template("journal/person.html", page=page, name=name, tabs=tabs, columns=COLUMNS, moment=now())


@blueprint.get("/<kind>/<path:code>")
@needs(Permission.TRAIL_READ)
def record(kind: str, code: str) -> ResponseReturnValue:
    """What happened to one record, as sentences."""
    page = queries.told_page(queries.of_record(kind, code, now().person), page_number(), page_size())
    if not page.total:
        abort(404)
    title = record_name(kind, code, Names(), words(house()))
    return render_template(
        "journal/record.html",
        page=page,
        title=title,
        columns=(WHEN, WHO, WHOLE, SEAL),
        moment=now(),
        record_url=house().record_url(kind, code),
    )
