"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.journal import head_views, views
from qms.journal.alarms import ALARM
from qms.journal.heads import DAILY_HEAD, SEALING
from qms.journal.listing import LIST
from qms.journal.verification import NIGHTLY
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l
from qms.sheets.contents import NotContained

FEATURE = Feature(
    "journal",
    blueprints=(views.blueprint, head_views.blueprint),
    menu=(MenuEntry(_l("Audit trail"), "journal.listing", "history", "admin", 86, Permission.TRAIL_READ),),
    jobs=(DAILY_HEAD, NIGHTLY),
    chores=(SEALING,),
    lists=(LIST,),
    long_work=(LIST.file.work,),
    alarms=(ALARM,),
    words={
        "verification": _l("Check of everything"),
        "verification.verify": _l("Held everything against the audit trail"),
        "stock": _l("Stock of the records"),
        "stock.take_stock": _l("Took stock of how the records stand"),
        "backup": _l("Backup"),
        "backup.restore": _l("Restored a backup"),
    },
    not_in_sheets=(NotContained(_l("The audit trail"), ("trail", "trail_heads")),),
)
