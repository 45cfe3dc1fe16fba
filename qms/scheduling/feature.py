"""What the clock brings to the house."""

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l
from qms.scheduling.views import blueprint

FEATURE = Feature(
    "scheduling",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Work by the clock"), "scheduling.listing", "clock", "foot", 90, Permission.JOBS_READ),),
)
