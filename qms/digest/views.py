"""The digest without a mail server: my own, and those of the units, to be read, copied into a message, or printed."""

from datetime import date

from flask import Blueprint, Response, abort, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now, oneself, signed_in
from qms.accounts.permissions import Permission
from qms.digest import composing, waiting
from qms.digest.sheet import render_sheets
from qms.kernel.feature import house
from qms.kernel.paging import SIZE, Page
from qms.kernel.web import page_number
from qms.notices.queries import InboxLine, unread, was_told
from qms.workdays.queries import calendar

blueprint = Blueprint("digest", __name__, url_prefix="/digest")
of_units = Blueprint("unit_digests", __name__, url_prefix="/digest")

PDF = "application/pdf"


@blueprint.get("")
@signed_in
def home() -> ResponseReturnValue:
    """The short address of the own digest."""
    return redirect(url_for("digest.mine"))


@blueprint.get("/mine")
@signed_in
def mine() -> ResponseReturnValue:
    """What needs me today, as a page and as text."""
    moment, person = now(), oneself()
    until = _until(moment.today)
    owed = waiting.of_people([person.id], moment.today, until)
    digest = composing.digest_of(moment.today, owed, unread(person.id, composing.AT_MOST))
    return render_template(
        "digest/mine.html",
        digest=digest,
        news=[InboxLine(one) for one in digest.news],
        text=composing.person_text(person, digest),
        until=until,
    )


@blueprint.get("/mine/open/<kind>/<path:code>")
@signed_in
def own_record(kind: str, code: str) -> ResponseReturnValue:
    """Leads to a record that waits for me or that I was told of; no word about any other."""
    moment, person = now(), oneself()
    asked = waiting.is_asked_of(person.id, kind, code, moment.today, _until(moment.today))
    return _to_record(kind, code, known=asked or was_told(person.id, kind, code))


@of_units.get("/units")
@needs(Permission.DIGESTS_READ)
def units() -> ResponseReturnValue:
    """The units where something is overdue or due soon, the worst first."""
    moment = now()
    counts = waiting.unit_counts(moment.person, moment.today, _until(moment.today))
    pages = max(1, -(-len(counts) // SIZE))
    number = min(max(1, page_number()), pages)
    page = Page(counts[(number - 1) * SIZE : number * SIZE], number, len(counts))
    return render_template("digest/units.html", page=page, overdue=sum(count.overdue for count in counts))


@of_units.get("/units/open/<kind>/<path:code>")
@needs(Permission.DIGESTS_READ)
def record_in_scope(kind: str, code: str) -> ResponseReturnValue:
    """Leads to a record of a unit's digest; no word about any other."""
    moment = now()
    asked = waiting.is_asked_in_scope(moment.person, kind, code, moment.today, _until(moment.today))
    return _to_record(kind, code, known=asked)


@of_units.get("/units.pdf")
@needs(Permission.DIGESTS_READ)
def units_paper() -> ResponseReturnValue:
    """A sheet for each of these units, as one file."""
    moment = now()
    until = _until(moment.today)
    owed = waiting.of_scope(moment.person, moment.today, until)
    if not owed:
        abort(404)
    known = waiting.units_by_id(owed)
    sheets = sorted(((known[unit_id], rows) for unit_id, rows in owed.items()), key=lambda sheet: sheet[0].code)
    people = waiting.people_by_id(one for rows in owed.values() for one in rows)
    return Response(render_sheets(sheets, people, moment.today, until), content_type=PDF)


@of_units.get("/unit/<path:code>")
@needs(Permission.DIGESTS_READ)
def unit(code: str) -> ResponseReturnValue:
    """What is asked of the people of a unit, by person."""
    moment = now()
    found = waiting.readable_unit(moment.person, code)
    if found is None:
        abort(404)
    owed = waiting.of_unit(found.id, moment.today, _until(moment.today))
    people = waiting.people_by_id(owed)
    return render_template(
        "digest/unit.html",
        unit=found,
        rows=composing.by_person(owed, people),
        count=len(owed),
        text=composing.unit_text(found, moment.today, owed, people),
    )


@of_units.get("/unit/<path:code>.pdf")
@needs(Permission.DIGESTS_READ)
def unit_paper(code: str) -> ResponseReturnValue:
    """The sheet of one unit."""
    moment = now()
    found = waiting.readable_unit(moment.person, code)
    if found is None:
        abort(404)
    until = _until(moment.today)
    owed = waiting.of_unit(found.id, moment.today, until)
    return Response(render_sheets([(found, owed)], waiting.people_by_id(owed), moment.today, until), content_type=PDF)


def _to_record(kind: str, code: str, *, known: bool) -> ResponseReturnValue:
    url = house().record_url(kind, code) if known else None
    if url is None:
        abort(404)
    return redirect(url)


def _until(today: date) -> date:
    return waiting.last_day(today, calendar())
