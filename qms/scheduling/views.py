"""The page that shows what the clock did."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs
from qms.accounts.permissions import Permission
from qms.kernel.feature import house
from qms.scheduling.clock import recent_runs

blueprint = Blueprint("scheduling", __name__, url_prefix="/jobs")


@blueprint.get("")
@needs(Permission.JOBS_READ)
def listing() -> ResponseReturnValue:
    """The ledger of runs."""
    titles = {job.name: job.title for feature in house().features for job in feature.jobs}
    return render_template("scheduling/listing.html", runs=recent_runs(), titles=titles)
