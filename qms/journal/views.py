"""The audit trail for people: everything one may see, one record, one person; and as a file."""

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.journal import queries
from qms.journal.listing import FILE, filters_of
from qms.journal.names import Names, pseudonym
from qms.journal.sentences import record_name
from qms.journal.words import Words, words
from qms.kernel.db import db
from qms.kernel.feature import house
from qms.kernel.language import _
from qms.kernel.web import kept_filters, page_number

blueprint = Blueprint("journal", __name__, url_prefix="/journal")


@blueprint.get("")
@needs(Permission.TRAIL_READ)
def listing() -> ResponseReturnValue:
    """What happened, newest first; the filters stand in the address."""
    moment, filters, known = now(), filters_of(), words(house())
    return render_template(
        "journal/listing.html",
        page=queries.told_page(queries.listing(filters, moment.person), page_number()),
        filters=filters,
        kinds=sorted(((kind, str(title)) for kind, title in known.kinds.items()), key=lambda one: one[1]),
        deeds=_deeds(known),
        kept=kept_filters(),
        may_export=moment.person.may(Permission.TRAIL_EXPORT, None),
    )


@blueprint.route("/export.<any(xlsx, csv):extension>", methods=["GET", "POST"])
@needs(Permission.TRAIL_EXPORT)
def export(extension: str) -> ResponseReturnValue:
    """The list as a file, with the filters that are set, as far as one may export; a long one is queued."""
    return FILE.answer(extension, "journal.listing")


@blueprint.get("/person/<int:person_id>")
@needs(Permission.TRAIL_READ)
def person(person_id: int) -> ResponseReturnValue:
    """What a person did; and what happened to the account."""
    actor = now().person
    about = request.args.get("about") == "1"
    query = queries.about_person(person_id, actor) if about else queries.by_person(person_id, actor)
    page = queries.told_page(query, page_number())
    if not page.total and not queries.is_known(person_id, actor):
        abort(404)
    found = db.session.get(Person, person_id)
    name = pseudonym(person_id) if found is None or found.forgotten_at else found.full_name
    tabs = [
        {"title": _("What the person did"), "url": url_for(".person", person_id=person_id), "active": not about},
        {"title": _("What happened to the account"), "url": url_for(".person", person_id=person_id, about=1), "active": about},
    ]
    return render_template("journal/person.html", page=page, name=name, tabs=tabs)


@blueprint.get("/<kind>/<path:code>")
@needs(Permission.TRAIL_READ)
def record(kind: str, code: str) -> ResponseReturnValue:
    """What happened to one record, as sentences."""
    page = queries.told_page(queries.of_record(kind, code, now().person), page_number())
    if not page.total:
        abort(404)
    title = record_name(kind, code, Names(), words(house()))
    return render_template("journal/record.html", page=page, title=title, record_url=house().record_url(kind, code))


def _deeds(known: Words) -> list[tuple[str, list[tuple[str, str]]]]:
    """The deeds by kind of record, as a select with groups shows them."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for name, title in known.deeds.items():
        kind, dot, deed = name.partition(".")
        groups.setdefault(known.kind(kind) if dot else _("Every kind"), []).append((deed if dot else name, str(title)))
    return sorted((title, sorted(deeds, key=lambda one: one[1])) for title, deeds in groups.items())
