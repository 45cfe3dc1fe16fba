"""What this package brings to the house."""

from collections.abc import Sequence

from qms.accounts.permissions import Permission
from qms.dashboard.queries import work_counts
from qms.dashboard.reminding import NOTICES
from qms.dashboard.views import blueprint, overviewing, searching_pages
from qms.kernel.feature import Feature, Figure, MenuEntry, Told
from qms.kernel.language import _l
from qms.kernel.moment import Moment


def _tell(numbers: Sequence[int], _moment: Moment) -> Told:
    """How many things wait; nothing when none does."""
    total = sum(numbers)
    return Told(str(total) if total else None)


FEATURE = Feature(
    "dashboard",
    blueprints=(blueprint, searching_pages, overviewing),
    menu=(
        MenuEntry(_l("My work"), "dashboard.my_work", "list-check", "top", 0, None, Figure(work_counts, _tell)),
        MenuEntry(_l("Overview"), "overview.show", "layout-dashboard", "top", 1, Permission.EVALUATION_READ),
    ),
    notices=NOTICES,
)
