"""The first page after sign-in: my work, or the overview for whoever leads; and the search over everything one may see."""

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now, signed_in
from qms.accounts.permissions import Permission
from qms.dashboard import overview, queries
from qms.evaluation.models import Result, Verdict
from qms.kernel.web import filter_text, page_number

blueprint = Blueprint("dashboard", __name__)
searching = Blueprint("search", __name__)
overviewing = Blueprint("overview", __name__)

SHORTEST = 2
"""Letters a search needs: one would find everything."""


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


@blueprint.get("/my-work")
@signed_in
def my_work() -> ResponseReturnValue:
    """What waits for me by due day, each with its one next step; above it what the last evaluation said of my unit."""
    moment = now()
    return render_template("dashboard/my_work.html", waiting=queries.waiting(moment), verdict=queries.own_verdict(moment))


@searching.get("/search")
@signed_in
def show() -> ResponseReturnValue:
    """What all features find, grouped; marks are not needed, words stand in any order."""
    text = filter_text("q")
    groups = queries.found(text, now()) if len(text) >= SHORTEST else []
    return render_template("dashboard/search.html", text=text, groups=groups, shortest=SHORTEST)
