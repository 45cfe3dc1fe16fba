"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.journal import head_views, views
from qms.journal.heads import DAILY_HEAD, SEALING
from qms.journal.listing import FILE
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l

FEATURE = Feature(
    "journal",
    blueprints=(views.blueprint, head_views.blueprint),
    menu=(MenuEntry(_l("Audit trail"), "journal.listing", "history", "admin", 86, Permission.TRAIL_READ),),
    jobs=(DAILY_HEAD,),
    chores=(SEALING,),
    long_work=(FILE.work,),
)
