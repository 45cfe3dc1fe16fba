"""What this package brings to the house."""

from collections.abc import Sequence

from flask import url_for

from nonconformities import queries
from nonconformities.answering.preparables import PREPARABLES
from nonconformities.answering.views import answering
from nonconformities.deadlines import DEADLINES
from nonconformities.deciding import decisions
from nonconformities.estate import ESTATE, personal
from nonconformities.evidence import ENTERED, EVIDENCE
from nonconformities.figures import FIGURES, causes
from nonconformities.listing import LIST
from nonconformities.panels import PANELS
from nonconformities.paper import views as paper
from nonconformities.pictures import PICTURES
from nonconformities.register import SHEETS
from nonconformities.service import KIND
from nonconformities.telling import NOTICES
from nonconformities.views import records, steps
from nonconformities.views.pages import pages
from nonconformities.work import awaited, owed, unit, work, work_count
from nonconformities.workflow import ACTION_WORKFLOW, WORKFLOW
from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, Figure, MenuEntry, Phase, RecordKind, Told, Work
from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.sheets.contents import NotContained

_VIEWS = (records, steps, paper)
"""Imported so that the blueprint knows its pages."""


def _tell(numbers: Sequence[int], _moment: Moment) -> Told:
    """How many are open, beside the menu entry; the phase runs while there is one, is done when all are closed."""
    still_open, raised = numbers
    if still_open:
        return Told(_("%(count)s open", count=still_open), Phase.RUNNING)
    return Told(None, Phase.DONE if raised else Phase.AHEAD)


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
            Figure(queries.figure_counts, _tell),
        ),
    ),
    work=Work(work, work_count, awaited, unit, owed, decisions),
    evidence=EVIDENCE,
    entered=ENTERED,
    figures=FIGURES,
    causes=causes,
    sheets=SHEETS,
    words={
        f"{KIND}.raise": _l("Raise a nonconformity"),
        f"{KIND}.issue_paper": _l("Issue a paper of the nonconformity"),
        **{f"{KIND}.{step.name}": step.title for step in ACTION_WORKFLOW.steps},
    },
    records=(
        RecordKind(
            KIND,
            _l("Nonconformity"),
            queries.url_of,
            lambda number: url_for("nonconformities.show", nonconformity_id=number),
        ),
        RecordKind(ACTION_WORKFLOW.kind, _l("Corrective action"), queries.action_url),
    ),
    search=queries.search,
    called=_l("nonconformity, nonconformities, NC"),
    lists=(LIST,),
    long_work=(LIST.file.work,),
    deadlines=DEADLINES,
    pictures=PICTURES,
    notices=NOTICES,
    estate=ESTATE,
    preparables=PREPARABLES,
    personal=personal,
    panels=PANELS,
    not_in_sheets=(
        NotContained(
            _l("Earlier answers to a nonconformity, who took part in an answer, and photos"),
            ("nonconformity_participants", "nonconformity_photos"),
        ),
        NotContained(_l("Nonconformities as papers"), ("nonconformity_papers",)),
        NotContained(_l("Who raised, answered, did, verified and closed, with results of actions, verdicts and reasons")),
    ),
)
