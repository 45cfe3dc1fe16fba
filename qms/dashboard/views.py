"""The first page after sign-in, my work; and the search over everything one may see."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import now, signed_in
from qms.dashboard import queries
from qms.kernel.web import filter_text

blueprint = Blueprint("dashboard", __name__)
searching = Blueprint("search", __name__)

SHORTEST = 2
"""Letters a search needs: one would find everything."""


@blueprint.get("/")
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
