"""The standing rows by the clock: the full pass once a day, the small one every few seconds."""

from datetime import date, datetime, timedelta

from qms.evaluation.standing.keeping import is_behind, rebuild, refresh
from qms.kernel.days import local_day
from qms.kernel.feature import Chore, Job, by_parts
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment


def day_of_standing(instant: datetime) -> str:
    """The day that has just ended; the pass for it is owed until it is in the ledger."""
    return (local_day(instant) - timedelta(days=1)).isoformat()


def run_daily(period: str, moment: Moment) -> str:
    """The full pass; answers with the day and how many units are in scope."""
    return _("%(day)s: %(count)s units", day=date.fromisoformat(period).strftime("%d/%m/%Y"), count=rebuild(moment))


def catch_up(moment: Moment) -> int:
    """The small pass, once the full one of the day is done."""
    return 0 if is_behind(moment) else refresh(moment)


DAILY = Job("standing", _l("Standing of all units"), day_of_standing, by_parts(run_daily))
CATCHING_UP = Chore("standing", catch_up)
