"""What this package brings to the house."""

from flask import url_for

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry
from qms.kernel.language import _l
from qms.organisation.panels import register_of_unit
from qms.reviews.evidence import ENTERED, EVIDENCE
from qms.reviews.register import SHEETS
from qms.reviews.views import blueprint

FEATURE = Feature(
    "reviews",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Management reviews"), "reviews.listing", "presentation", "year", 50, Permission.REVIEWS_READ),),
    evidence=EVIDENCE,
    entered=ENTERED,
    sheets=SHEETS,
    panels=(
        register_of_unit(
            _l("Management reviews"),
            "presentation",
            Permission.REVIEWS_READ,
            lambda shown: url_for("reviews.listing", unit=shown.unit_code),
        ),
    ),
)
