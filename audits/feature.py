"""What audits bring to the house."""

from flask import url_for

from audits.checklist_views import blueprint as checklist
from audits.estate import ESTATE, personal
from audits.evidence import ENTERED, EVIDENCE
from audits.figures import FIGURES
from audits.listing import LIST
from audits.papers.views import blueprint as papers
from audits.pictures import PICTURES
from audits.queries import to_come_in
from audits.register import SHEETS
from audits.telling import NOTICES
from audits.views import blueprint
from audits.work import DEADLINES, audit_url, coming, owed, search, tell_year, unit, work, work_count, year_counts
from audits.workflow import WORKFLOW
from qms.accounts.permissions import Permission
from qms.kernel.feature import Feature, Figure, MenuEntry, RecordKind, Work
from qms.kernel.language import _, _l
from qms.organisation.panels import register_of_unit
from qms.sheets.contents import NotContained

FEATURE = Feature(
    "audits",
    blueprints=(blueprint, checklist, papers),
    workflows=(WORKFLOW,),
    menu=(
        MenuEntry(
            _l("Audits"), "audits.listing", "clipboard-check", "year", 30, Permission.AUDITS_READ, Figure(year_counts, tell_year)
        ),
    ),
    work=Work(work, work_count, unit=unit, owed=owed, coming=coming),
    evidence=EVIDENCE,
    entered=ENTERED,
    figures=FIGURES,
    records=(RecordKind("audit", _l("Audit"), audit_url, lambda audit_id: url_for("audits.show", audit_id=audit_id)),),
    search=search,
    called=_l("audit, audits, internal audit"),
    sheets=SHEETS,
    deadlines=DEADLINES,
    pictures=PICTURES,
    notices=NOTICES,
    estate=ESTATE,
    personal=personal,
    lists=(LIST,),
    long_work=(LIST.file.work,),
    panels=(
        register_of_unit(
            _l("Internal audits"),
            "clipboard-check",
            Permission.AUDITS_READ,
            lambda shown: url_for("audits.listing", unit=shown.unit_code),
            to_come_in,
            lambda number: _("%(count)s planned or under way", count=number) if number else "",
        ),
    ),
    not_in_sheets=(
        NotContained(
            _l("Checklists of audits with answers, objective evidence and files"),
            ("audit_questions", "question_evidence", "audit_evidence"),
        ),
        NotContained(_l("Reports and plans of audits as papers"), ("audit_papers",)),
        NotContained(_l("Conclusions of audits, and why audits were cancelled")),
    ),
)
