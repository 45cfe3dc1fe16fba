"""What this package brings to the house."""

from nonconformities import queries
from nonconformities.answering.preparables import PREPARABLES
from nonconformities.answering.views import answering
from nonconformities.deadlines import DEADLINES
from nonconformities.estate import ESTATE, personal
from nonconformities.evidence import EVIDENCE
from nonconformities.register import TAKERS
from nonconformities.service import KIND
from nonconformities.telling import NOTICES
from nonconformities.views import records, steps
from nonconformities.views.pages import pages
from nonconformities.work import work
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, MenuEntry, RecordKind
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment

_VIEWS = (records, steps)
"""Imported so that the blueprint knows its pages."""


def _figure(moment: Moment) -> str | None:
    """How many are open, beside the menu entry."""
    count = queries.open_count(moment)
    return _("%(count)s open", count=count) if count else None


FEATURE = Feature(
    "nonconformities",
    blueprints=(pages, answering),
    workflows=(WORKFLOW, ACTION_WORKFLOW),
    menu=(
        MenuEntry(
            _l("Nonconformities"),
            "nonconformities.listing",
            "alert-triangle",
            "year",
            40,
            Permission.NONCONFORMITIES_READ,
            _figure,
        ),
    ),
    work=work,
    evidence=EVIDENCE,
    takers=TAKERS,
    words={f"{KIND}.raise": _l("Raise a nonconformity")} | {f"{KIND}.{step.name}": step.title for step in ACTION_WORKFLOW.steps},
    records=(
        RecordKind(KIND, _l("Nonconformity"), queries.url_of),
        RecordKind(ACTION_WORKFLOW.kind, _l("Corrective action"), queries.action_url),
    ),
    search=queries.search,
    deadlines=DEADLINES,
    notices=NOTICES,
    estate=ESTATE,
    preparables=PREPARABLES,
    personal=personal,
)
