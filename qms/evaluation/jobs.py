"""The yearly evaluation by the clock: once a year, on the configured day, caught up when the machine was off."""

from datetime import date, datetime, timedelta

from qms.config import present_settings
from qms.evaluation.models import RunOrigin
from qms.evaluation.service import evaluate, store, yearly_run
from qms.kernel.days import local_day
from qms.kernel.db import StepOn
from qms.kernel.feature import Job, LastStep
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.trail.service import in_use_since

RUN_HOUR = 2
"""Local hour of the run, so that the day before has surely ended."""


def yearly_period(instant: datetime) -> str | None:
    """The day of the yearly run that is owed at an instant, as ISO text: the latest one, however long the machine was off.

    None when that day lies before the installation came into use: it owes nothing for years it did not see.
    """
    settings = present_settings()
    today = local_day(instant - timedelta(hours=RUN_HOUR))
    day = date(today.year, settings.evaluation_month, settings.evaluation_day)
    if day > today:
        day = day.replace(year=day.year - 1)
    since = in_use_since()
    return day.isoformat() if day == today or (since is not None and local_day(since) <= day) else None


def next_yearly_day(today: date) -> date:
    """The configured day of this year, or of the next one once it is over."""
    settings = present_settings()
    day = date(today.year, settings.evaluation_month, settings.evaluation_day)
    return day if day >= today else day.replace(year=day.year + 1)


def run_yearly(period: str, moment: Moment) -> LastStep:
    """Evaluates the day before the configured day; the step it answers with seals the run and says what was found.

    A run that an older version stored without telling the ledger counts: the database holds one for a set, a day and a scope.
    """
    day = date.fromisoformat(period) - timedelta(days=1)
    outcome = evaluate(day, moment)
    outcome.made_ready()

    def seal() -> str:
        there = yearly_run(outcome.criteria_set.code, day)
        found = there or store(outcome, moment, RunOrigin.YEARLY)
        return f"{day.isoformat()}: {found.maintaining}/{found.in_scope}"

    return StepOn(outcome.connection, seal)


YEARLY = Job("yearly_evaluation", _l("Yearly evaluation"), yearly_period, run_yearly)
