"""What procedures bring to the search page."""

from flask import url_for

from procedures import queries
from qms.kernel.feature import SearchHit
from qms.kernel.moment import Moment

MOST_HITS = 20


def search(text: str, moment: Moment) -> list[SearchHit]:
    """Procedures by code and title, without marks; those in force first."""
    return [
        SearchHit(
            title=f"{procedure.code} {procedure.title}",
            context=f"{procedure.unit.name}, {queries.validity(procedure, moment.today).title}",
            url=url_for("procedures.show", procedure_id=procedure.id),
            icon="file-text",
        )
        for procedure in queries.matching(moment.person, text, moment.today, MOST_HITS)
    ]
