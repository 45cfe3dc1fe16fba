"""What this package brings to the house."""

from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l
from qms.standard.views import blueprint

FEATURE = Feature(
    "standard",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Standard"), "standard.clauses", "book", "foot", 20),),
)
