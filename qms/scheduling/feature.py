"""What the clock and the queue bring to the house."""

from flask import url_for

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry, RecordKind
from qms.kernel.language import _l
from qms.scheduling import binding, personal
from qms.scheduling.jobs import SWEEP
from qms.scheduling.models import RECORD
from qms.scheduling.results import PURGE
from qms.scheduling.views import blueprint
from qms.scheduling.work_views import blueprint as work

FEATURE = Feature(
    "scheduling",
    blueprints=(blueprint, work),
    menu=(MenuEntry(_l("Work by the clock"), "scheduling.listing", "clock", "admin", 90, Permission.JOBS_READ),),
    records=(RecordKind(RECORD, _l("Long work"), lambda code: url_for("work.show", work_id=int(code))),),
    jobs=(SWEEP,),
    chores=(PURGE,),
    personal=personal.stored_about,
    checks=(binding.CHECK,),
    alarms=(binding.ALARM,),
    words={f"{RECORD}.{binding.DEED}": _l("Refused long work that another hand had changed")},
)
"""The ledger of work by the clock: a period of a job is done once, however many processes run; and the queue of long work."""
