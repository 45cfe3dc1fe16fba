"""The first page after sign-in: my work, or the overview for whoever leads; and the search over everything one may see."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now, signed_in
from qms.accounts.permissions import Permission
from qms.dashboard import overview, queries, reminding, searching
from qms.dashboard.queries import View
from qms.evaluation.models import Result, Verdict
from qms.kernel.db import writing
from qms.kernel.feature import house
from qms.kernel.language import _l, ngettext
from qms.kernel.web import filter_text, page_number, page_size
from qms.reports.lists import short_file

blueprint = Blueprint("dashboard", __name__)
searching_pages = Blueprint("search", __name__)
overviewing = Blueprint("overview", __name__)

ON_PHONE = 15
"""Things on a page of my work on a phone: each has a button as wide as the screen."""
SHORTEST = 2
"""Letters a search needs: one would find everything."""
EVERYWHERE = "all"
"""Asks for a search that is not narrowed by the words that name a kind."""


@blueprint.get("/")
@signed_in
def home() -> ResponseReturnValue:
    """Where everybody begins: who leads at the overview, everybody else at what waits for them."""
    return redirect(url_for("overview.show")) if overview.leads(now()) else my_work()


@overviewing.get("/overview", endpoint="show")
@needs(Permission.EVALUATION_READ)
def show_overview() -> ResponseReturnValue:
    """How the units stand, who is missing and why, what got worse, what needs a decision, what comes."""
    view = overview.overview(now(), page_number())
    return render_template("dashboard/overview.html", view=view, verdicts=Verdict, results=Result)


@overviewing.get("/overview/charts")
@needs(Permission.EVALUATION_READ)
def charts() -> ResponseReturnValue:
    """What people would rather look at than read, as the features draw it."""
    moment = now()
    brought = [picture for feature in house().features for picture in feature.pictures]
    drawn = [(one, one.draw(moment)) for one in brought if moment.person.may(one.permission, None)]
    return render_template("dashboard/charts.html", pictures=[(one, chart) for one, chart in drawn if chart is not None])


@blueprint.get("/my-work")
@signed_in
def my_work() -> ResponseReturnValue:
    """What waits for me by due day, each with its one next step; what I wait for; everything open in my units."""
    moment = now()
    view = _view()
    waiting = queries.waiting(view, page_number(), moment, page_size(ON_PHONE))
    others = [] if view is View.MINE else [item for item in waiting.page.items if reminding.owed_by_others(item, moment)]
    return render_template(
        "dashboard/my_work.html",
        view=view.value,
        waiting=waiting,
        tabs=[
            {
                "title": each.title,
                "url": url_for("dashboard.my_work", view=each.value),
                "active": each is view,
                "count": waiting.page.total if each is view else None,
            }
            for each in View
        ],
        own=queries.own_standing(moment) if view is View.MINE else None,
        remindable=others.__contains__,
        reminded=reminding.reminded_on(moment.today, others),
        reminded_today=reminding.REMINDED_TODAY,
    )


@blueprint.get("/my-work/export.<any(xlsx, csv):extension>")
@signed_in
def export(extension: str) -> ResponseReturnValue:
    """One of the three ways as a file, all its pages."""
    moment, view = now(), _view()
    mine = view is View.MINE
    whose = _l("Asked by") if mine else _l("Owed by")
    heads = (_l("Due"), _l("What"), _l("Record"), whose, _l("In the way"), _l("Next step"))
    lines = (
        (item.due_on, item.title, item.context, item.asked_by if mine else item.owed_by, item.obstacle, item.step)
        for item in queries.gathered(view, moment)
    )
    return short_file("my-work", _l("My work"), heads, lines, extension, moment)


def _view() -> View:
    """The way that was asked for; an unknown one is the first."""
    asked = request.values.get("view", "")
    return View(asked) if asked in set(View) else View.MINE


@blueprint.post("/my-work/remind")
@signed_in
def remind() -> ResponseReturnValue:
    """Reminds whoever owes a thing of my lists; back to the list with what happened."""
    thing = reminding.owed(request.form.get("kind", ""), request.form.get("code", ""), now())
    with writing():
        told = reminding.remind(thing, now())
    flash(ngettext("%(num)s person was reminded.", "%(num)s people were reminded.", told), "good")
    return redirect(url_for("dashboard.my_work", view=_view().value), 303)


@searching_pages.get("/search")
@signed_in
def show() -> ResponseReturnValue:
    """What all features find, grouped; marks are not needed, words stand in any order, one that names a kind narrows to it."""
    text = filter_text("q")
    wide = request.args.get("in") == EVERYWHERE
    answer = searching.search(text, now(), everywhere=wide) if len(text) >= SHORTEST else searching.Answer([])
    return render_template("dashboard/search.html", text=text, answer=answer, shortest=SHORTEST, everywhere=EVERYWHERE)
