"""What the clock does for the queue once a day."""

from datetime import datetime

from qms.kernel.days import local_day
from qms.kernel.feature import Job, by_parts
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.scheduling.results import sweep


def _daily(instant: datetime) -> str:
    return local_day(instant).isoformat()


def _sweep(_period: str, _moment: Moment) -> str:
    return str(sweep())


SWEEP = Job("sweep_results", _l("Results that no work names"), _daily, by_parts(_sweep))
