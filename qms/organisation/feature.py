"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry, RecordKind
from qms.kernel.language import _l
from qms.organisation.listing import LIST
from qms.organisation.search import search
from qms.organisation.views import blueprint, record_url

FEATURE = Feature(
    "organisation",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Units"), "units.listing", "sitemap", "foot", 10, Permission.UNITS_READ),),
    records=(RecordKind("unit", _l("Unit"), record_url),),
    lists=(LIST,),
    long_work=(LIST.file.work,),
    search=search,
    called=_l("unit, units"),
)
