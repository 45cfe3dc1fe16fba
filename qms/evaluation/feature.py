"""What the evaluation brings to the house."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import Select

from qms.accounts.permissions import Permission
from qms.config import present_settings
from qms.evaluation import queries
from qms.evaluation.checking import CHECK
from qms.evaluation.jobs import YEARLY, next_yearly_day
from qms.evaluation.standing.jobs import CATCHING_UP, DAILY
from qms.evaluation.views import blueprint
from qms.evaluation.work import EVALUATE, PRINT
from qms.kernel.feature import Coming, Feature, Figure, MenuEntry, Phase, Told, Work
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.sheets.contents import NotContained


def _counts(moment: Moment) -> list[Select[Any]]:
    return [queries.runs_of_year(moment.person, moment.today.year, yearly=yearly) for yearly in (True, False)]


def _tell(numbers: Sequence[int], _moment: Moment) -> Told:
    """The day of the yearly evaluation; the phase runs once somebody has evaluated this year, and is done with the yearly run."""
    yearly, by_people = numbers
    settings = present_settings()
    day = f"{settings.evaluation_day:02}/{settings.evaluation_month:02}"
    return Told(day, Phase.DONE if yearly else Phase.RUNNING if by_people else Phase.AHEAD)


def _coming(moment: Moment, until: date) -> list[Coming]:
    """The day of the next yearly evaluation, when it is near."""
    day = next_yearly_day(moment.today)
    return [Coming(day, _("Yearly evaluation by the system"), url_for("evaluation.listing"))] if day <= until else []


FEATURE = Feature(
    "evaluation",
    blueprints=(blueprint,),
    menu=(
        MenuEntry(
            _l("Yearly evaluation"),
            "evaluation.listing",
            "report",
            "year",
            60,
            Permission.EVALUATION_READ,
            Figure(_counts, _tell),
        ),
    ),
    work=Work(coming=_coming),
    jobs=(YEARLY, DAILY),
    chores=(CATCHING_UP,),
    long_work=(EVALUATE, PRINT),
    checks=(CHECK,),
    not_in_sheets=(
        NotContained(
            _l("Evaluations and yearly reports"), ("evaluation_runs", "evaluation_causes", "evaluation_figures", "issued_papers")
        ),
    ),
)
