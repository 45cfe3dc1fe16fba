"""The page that shows what the clock did."""

from collections.abc import Callable

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from qms.accounts.gate import needs, now
from qms.accounts.permissions import Permission
from qms.kernel.feature import house
from qms.scheduling.clock import recent_runs

blueprint = Blueprint("scheduling", __name__, url_prefix="/jobs")


@blueprint.app_context_processor
def alarms() -> dict[str, Callable[[], list[str]]]:
    """For the first page and that of the clock: what whoever runs the installation must not overlook."""
    return {"alarms": _alarms}


def _alarms() -> list[str]:
    moment = now()
    alarms = [alarm for feature in house().features for alarm in feature.alarms]
    return [sentence for alarm in alarms if moment.person.may(alarm.permission, None) for sentence in alarm.tell(moment)]


@blueprint.get("")
@needs(Permission.JOBS_READ)
def listing() -> ResponseReturnValue:
    """The ledger of runs."""
    titles = {job.name: job.title for feature in house().features for job in feature.jobs}
    return render_template("scheduling/listing.html", runs=recent_runs(), titles=titles)
