"""The page for a forgotten password: the same answer, after the same time, whether there is such an account or not."""

from time import monotonic, sleep

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from qms.accounts import throttle
from qms.accounts.gate import now, public
from qms.kernel.db import writing
from qms.notices.service import mail_configured
from qms.people.accounts.service import forgotten_password
from qms.people.forms import ForgottenForm
from qms.people.pages import blueprint
from qms.people.rules import RESETS_EACH, RESETS_WINDOW

SECONDS = 0.4
"""Every answer takes that long: making a link takes a moment, and nobody shall see from outside that one was made."""


@blueprint.route("/forgotten", methods=["GET", "POST"])
@public
def forgotten() -> ResponseReturnValue:
    """Sends a link by mail; without a mail server there is no such page, and the administrator helps."""
    if not mail_configured():
        abort(404)
    form = ForgottenForm()
    if not form.validate_on_submit():
        return render_template("people/forgotten.html", form=form, sent=False), 422 if form.is_submitted() else 200
    began, moment, who = monotonic(), now(), str(form.who.data)
    with writing():
        source_may = throttle.allow_source(request.remote_addr, moment.instant)
        subject = f"forgotten:{who.casefold()}"
        if throttle.allow(subject, RESETS_EACH, RESETS_WINDOW, moment.instant) and source_may:
            forgotten_password(who, moment)
    sleep(max(0.0, SECONDS - (monotonic() - began)))
    if not source_may:
        abort(429)
    return render_template("people/forgotten.html", form=form, sent=True)
