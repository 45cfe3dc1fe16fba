"""What this package brings to the house."""

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy import Select

from procedures import queries
from procedures.evidence import ENTERED, EVIDENCE
from procedures.listing import LIST
from procedures.models import KIND
from procedures.register import SHEETS
from procedures.search import search
from procedures.views import blueprint, record_url
from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, Figure, MenuEntry, Phase, RecordKind, Told
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.panels import Shown
from qms.organisation.panels import register_of_unit


def _counts(moment: Moment) -> list[Select[Any]]:
    return [queries.overdue_count(moment.person, moment.today), queries.live_count(moment.person, moment.today)]


def _tell(numbers: Sequence[int], _moment: Moment) -> Told:
    """How many reviews are overdue, else how many documents are in force; the phase is done while no review is owed."""
    overdue, live = numbers
    if not live:
        return Told(None, Phase.AHEAD)
    return Told(_("%(count)s to review", count=overdue), Phase.RUNNING) if overdue else Told(str(live), Phase.DONE)


def _to_review(shown: Shown, moment: Moment) -> Select[Any]:
    return queries.overdue_in(moment.person, shown.unit_code, moment.today)


FEATURE = Feature(
    "procedures",
    blueprints=(blueprint,),
    menu=(
        MenuEntry(
            _l("Documents"), "procedures.listing", "file-text", "year", 20, Permission.PROCEDURES_READ, Figure(_counts, _tell)
        ),
    ),
    evidence=EVIDENCE,
    entered=ENTERED,
    records=(RecordKind(KIND, _l("Procedure"), record_url, lambda own: url_for("procedures.show", procedure_id=own)),),
    sheets=SHEETS,
    lists=(LIST,),
    long_work=(LIST.file.work,),
    search=search,
    called=_l("procedure, procedures, document, documents"),
    panels=(
        register_of_unit(
            _l("Procedures"),
            "file-text",
            Permission.PROCEDURES_READ,
            lambda shown: url_for("procedures.listing", unit=shown.unit_code),
            _to_review,
            lambda number: _("%(count)s to review", count=number) if number else "",
        ),
    ),
)
