"""What this package brings to the house."""

from procedures import queries
from procedures.evidence import EVIDENCE
from procedures.register import TAKERS
from procedures.search import search
from procedures.views import blueprint, record_url
from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry, RecordKind
from qms.kernel.language import _l
from qms.kernel.moment import Moment


def _overdue(moment: Moment) -> str | None:
    """How many reviews are overdue; nothing when none is."""
    count = queries.count_overdue(moment.person, moment.today)
    return str(count) if count else None


FEATURE = Feature(
    "procedures",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Documents"), "procedures.listing", "file-text", "year", 20, Permission.PROCEDURES_READ, _overdue),),
    evidence=EVIDENCE,
    records=(RecordKind("procedure", _l("Procedure"), record_url),),
    takers=TAKERS,
    search=search,
)
