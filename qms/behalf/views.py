"""The pages of prepared forms: what waits for me, what I filled in, and the one tap. Open to a session from a letter."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts import sessions
from qms.accounts.gate import now, present_session, signed_in
from qms.behalf import queries, service
from qms.behalf.forms import DecisionForm, DeclineForm
from qms.behalf.models import PreparedForm, PreparedState
from qms.behalf.workflow import WORKFLOW, acting
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.forms import check_version
from qms.kernel.language import _
from qms.kernel.moment import Moment
from qms.kernel.paging import paginate
from qms.kernel.refusal import Refusal, Refused
from qms.kernel.web import page_number

blueprint = Blueprint("behalf", __name__, url_prefix="/prepared")


@blueprint.get("")
@signed_in
def listing() -> ResponseReturnValue:
    """What waits for my confirmation, or what I filled in for others."""
    person = now().person
    view = queries.FILLED_IN if request.args.get("view") == queries.FILLED_IN else queries.MINE
    counts = queries.counts(person)
    titles = {queries.MINE: _("To be confirmed by me"), queries.FILLED_IN: _("Filled in by me")}
    tabs = [
        {
            "title": title,
            "url": url_for("behalf.listing", view=name),
            "active": name == view,
            "count": counts[name],
        }
        for name, title in titles.items()
    ]
    page = paginate(queries.listing(view, person), page_number())
    return render_template("behalf/listing.html", page=page, tabs=tabs, title_of=lambda form: queries.preparable_of(form).title)


@blueprint.get("/<int:form_id>")
@signed_in
def show(form_id: int) -> ResponseReturnValue:
    """What was filled in, in words; who, when, for whom; and the one button."""
    return _page(queries.get(form_id, now()))


@blueprint.post("/<int:form_id>/confirm")
@signed_in
def confirm(form_id: int) -> ResponseReturnValue:
    """The one tap."""
    form = DecisionForm()
    try:
        with writing():
            prepared = queries.get(form_id, now(), to_change=True)
            check_version(prepared, form.version.data)
            service.confirm(prepared, now())
            kind, code = prepared.kind, prepared.code
    except Refused as refused:
        return _page(queries.get(form_id, now()), refused.refusals)
    flash(_("Confirmed. It counts from now on, with both names."), "good")
    return redirect(_record_url(kind, code) or url_for("behalf.show", form_id=form_id), 303)


@blueprint.route("/<int:form_id>/decline", methods=["GET", "POST"])
@signed_in
def decline(form_id: int) -> ResponseReturnValue:
    """Says no, with the reason."""
    prepared, form = queries.get(form_id, now()), DeclineForm()
    if form.validate_on_submit():
        with writing():
            prepared = queries.get(form_id, now(), to_change=True)
            check_version(prepared, form.version.data)
            service.decline(prepared, form.reason.data, now())
        flash(_("Declined. %(name)s is told why.", name=prepared.prepared_by.full_name), "good")
        return redirect(url_for("behalf.show", form_id=form_id), 303)
    if not form.is_submitted():
        form.version.data = str(prepared.version)
    refusals = WORKFLOW.hindrances(prepared, "decline", acting(prepared, now()))
    return render_template("behalf/decline.html", prepared=prepared, form=form, refusals=refusals), 422 if form.errors else 200


@blueprint.post("/<int:form_id>/withdraw")
@signed_in
def withdraw(form_id: int) -> ResponseReturnValue:
    """Whoever filled it in takes it back."""
    form = DecisionForm()
    with writing():
        prepared = queries.get(form_id, now(), to_change=True)
        check_version(prepared, form.version.data)
        service.withdraw(prepared, now())
    flash(_("Taken back. Nothing of it counts."), "good")
    return redirect(url_for("behalf.show", form_id=form_id), 303)


def _page(prepared: PreparedForm, refused: tuple[Refusal, ...] = ()) -> ResponseReturnValue:
    moment = now()
    preparable = queries.preparable_of(prepared)
    asked = acting(prepared, moment)
    waits = prepared.state is PreparedState.WAITING
    decides = waits and prepared.for_id in moment.person.identities
    hindrances = _hindrances(prepared, moment) if decides else []
    page = render_template(
        "behalf/show.html",
        prepared=prepared,
        title=preparable.title,
        described=preparable.describe(prepared.fields),
        # only for whoever decides now: the form is kept, the right to read the record may go
        about=preparable.about(prepared.code) if decides else (),
        record_url=_record_url(prepared.kind, prepared.code),
        decides=decides,
        hindrances=hindrances,
        may_withdraw=waits and not WORKFLOW.hindrances(prepared, "withdraw", asked),
        refused=refused,
        version=prepared.version,
    )
    return page, 409 if refused else 200


def _record_url(kind: str, code: str) -> str | None:
    """The page of the record, unless this session came in by a letter that is only about the form."""
    url, here = house().record_url(kind, code), present_session()
    return url if url is None or here is None or sessions.opens(here, url) else None


def _hindrances(prepared: PreparedForm, moment: Moment) -> list[Refusal]:
    own = WORKFLOW.hindrances(prepared, "confirm", acting(prepared, moment))
    return own or list(queries.preparable_of(prepared).hindrances(prepared.code, prepared.fields, moment))
