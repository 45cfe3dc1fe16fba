"""What this package brings to the house."""

from qms.dashboard.queries import waiting
from qms.dashboard.views import blueprint, searching
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l
from qms.kernel.moment import Moment


def _count(moment: Moment) -> str | None:
    """How many things wait; nothing when none does."""
    total = waiting(moment).total
    return str(total) if total else None


FEATURE = Feature(
    "dashboard",
    blueprints=(blueprint, searching),
    menu=(MenuEntry(_l("My work"), "dashboard.my_work", "list-check", "top", 0, None, _count),),
)
