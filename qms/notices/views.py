"""The inbox of everybody, and the outbox for those who look after it."""

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now, oneself, signed_in
from qms.accounts.permissions import Permission
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.language import _, ngettext
from qms.kernel.paging import paginate
from qms.kernel.web import page_number
from qms.notices import queries, service
from qms.notices.models import LetterState

blueprint = Blueprint("notices", __name__)
outbox = Blueprint("outbox", __name__)


@blueprint.get("/inbox")
@signed_in
def inbox() -> ResponseReturnValue:
    """What I was told, unread first."""
    own = oneself().id
    page, lines = queries.inbox(own, page_number())
    return render_template("notices/inbox.html", page=page, lines=lines)


@blueprint.get("/inbox/<int:notice_id>/open")
@signed_in
def show(notice_id: int) -> ResponseReturnValue:
    """Leads to the record a notice is about: looked up only when somebody wants it, not for every line of the list."""
    notice = queries.own_notice(oneself().id, notice_id)
    if notice is None:
        abort(404)
    url = house().record_url(notice.kind, notice.code)
    if url is None:
        flash(_("The record of this message is no longer there."), "attention")
    return redirect(url or url_for("notices.inbox"))


@blueprint.post("/inbox/<int:notice_id>/read")
@signed_in
def read(notice_id: int) -> ResponseReturnValue:
    """One notice is read."""
    moment = now()
    with writing():
        notice = queries.own_notice(oneself().id, notice_id)
        if notice is None:
            abort(404)
        service.mark_read(notice, moment)
    return redirect(url_for("notices.inbox"))


@blueprint.post("/inbox/read")
@signed_in
def read_all() -> ResponseReturnValue:
    """All of them are read."""
    moment = now()
    with writing():
        service.mark_all_read(oneself().id, moment)
    return redirect(url_for("notices.inbox"))


@outbox.get("/letters")
@needs(Permission.LETTERS_READ)
def letters() -> ResponseReturnValue:
    """The outbox: what waits, what left, what was given up. Texts are not shown: they may hold links that sign in."""
    asked = request.args.get("state")
    state = LetterState(asked) if asked in set(LetterState) else None
    person = now().person
    page = paginate(queries.letters(person, state), page_number())
    return render_template(
        "notices/letters.html",
        page=page,
        state=state,
        states=LetterState,
        counts=queries.counts(person),
        dead=LetterState.DEAD,
        configured=service.mail_configured(),
    )


@outbox.post("/letters/<int:letter_id>/resend")
@needs(Permission.LETTERS_READ)
def resend(letter_id: int) -> ResponseReturnValue:
    """A letter that was given up is tried again."""
    moment = now()
    with writing():
        letter = queries.letter(moment.person, letter_id)
        if letter is None:
            abort(404)
        service.resend(letter, moment)
    flash(_("The letter will be sent again."), "good")
    return redirect(url_for("outbox.letters"))


@outbox.post("/letters/resend")
@needs(Permission.LETTERS_READ)
def resend_all() -> ResponseReturnValue:
    """Everything that was given up is tried again, for when the mail server's settings were wrong."""
    moment = now()
    with writing() as session:
        given_up = session.scalars(queries.given_up(moment.person)).all()
        for letter in given_up:
            service.resend(letter, moment)
    flash(ngettext("%(num)s letter will be sent again.", "%(num)s letters will be sent again.", len(given_up)), "good")
    return redirect(url_for("outbox.letters"))
