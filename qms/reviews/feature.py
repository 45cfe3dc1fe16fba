"""What this package brings to the house."""

from collections.abc import Sequence

from flask import url_for

from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, Figure, MenuEntry, Phase, Told
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.organisation.panels import register_of_unit
from qms.reviews import queries
from qms.reviews.evidence import ENTERED, EVIDENCE
from qms.reviews.figures import FIGURES
from qms.reviews.listing import LIST
from qms.reviews.register import SHEETS
from qms.reviews.views import blueprint


def _tell(numbers: Sequence[int], _moment: Moment) -> Told:
    """How many reviews were held this year; the phase is done with the first one (9.3.1: at planned intervals)."""
    (held,) = numbers
    return Told(_("%(count)s held", count=held), Phase.DONE) if held else Told(None, Phase.AHEAD)


FEATURE = Feature(
    "reviews",
    blueprints=(blueprint,),
    menu=(
        MenuEntry(
            _l("Management reviews"),
            "reviews.listing",
            "presentation",
            "year",
            50,
            Permission.REVIEWS_READ,
            Figure(lambda moment: [queries.held_count(moment.person, moment.today.year)], _tell),
        ),
    ),
    evidence=EVIDENCE,
    entered=ENTERED,
    figures=FIGURES,
    lists=(LIST,),
    long_work=(LIST.file.work,),
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
