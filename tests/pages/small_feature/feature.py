"""What this package brings to the house."""

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry
from qms.organisation.panels import register_of_unit
from tests.pages.small_feature.listing import LIST
from tests.pages.small_feature.views import blueprint

FEATURE = Feature(
    "providers",
    blueprints=(blueprint,),
    menu=(MenuEntry(LIST.title, "providers.listing", "building", "foot", 95, Permission.REVIEWS_READ),),
    lists=(LIST,),
    long_work=(LIST.file.work,),
    panels=(register_of_unit(LIST.title, "building", Permission.REVIEWS_READ, lambda shown: LIST.url(unit=shown.unit_code)),),
)
