"""What the organisation brings to the search page."""

from flask import url_for

from qms.accounts.actor import visible_units
from qms.accounts.permissions import Permission
from qms.kernel.feature import SearchHit
from qms.kernel.language import current_language
from qms.kernel.moment import Moment
from qms.units import queries

MOST_HITS = 20


def search(text: str, moment: Moment) -> list[SearchHit]:
    """Units by code and name in both languages, without marks."""
    english = current_language() == "en"
    return [
        SearchHit(
            title=f"{unit.code} {unit.name_en if english and unit.name_en else unit.name}",
            context=str(unit.kind.title) if unit.parent is None else f"{unit.kind.title}, {unit.parent.name}",
            url=url_for("units.show", unit_id=unit.id),
            icon="sitemap",
        )
        for unit in queries.matching(visible_units(moment.person, Permission.UNITS_READ), text, MOST_HITS)
    ]
