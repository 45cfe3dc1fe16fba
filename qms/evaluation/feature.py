"""What the evaluation brings to the house."""

from qms.accounts.permissions import Permission
from qms.evaluation.jobs import YEARLY
from qms.evaluation.standing.jobs import CATCHING_UP, DAILY
from qms.evaluation.views import blueprint
from qms.evaluation.work import EVALUATE, PRINT
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l

FEATURE = Feature(
    "evaluation",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Yearly evaluation"), "evaluation.listing", "report", "year", 60, Permission.EVALUATION_READ),),
    jobs=(YEARLY, DAILY),
    chores=(CATCHING_UP,),
    long_work=(EVALUATE, PRINT),
)
