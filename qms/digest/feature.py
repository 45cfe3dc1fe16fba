"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.digest.delivery import DIGESTS
from qms.digest.reminders import REMINDERS
from qms.digest.views import blueprint, of_units
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l

FEATURE = Feature(
    "digest",
    blueprints=(blueprint, of_units),
    menu=(MenuEntry(_l("Digests of units"), "unit_digests.units", "speakerphone", "foot", 30, Permission.DIGESTS_READ),),
    jobs=(REMINDERS, DIGESTS),
)
