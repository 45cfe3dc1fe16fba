"""The first page after sign-in: my work."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import now, signed_in
from qms.dashboard import queries

blueprint = Blueprint("dashboard", __name__)


@blueprint.get("/")
@signed_in
def my_work() -> ResponseReturnValue:
    """What waits for me by due day, each with its one next step; above it what the last evaluation said of my unit."""
    moment = now()
    return render_template("dashboard/my_work.html", waiting=queries.waiting(moment), verdict=queries.own_verdict(moment))
