"""What the page of an audit shows around and in its checklist."""

from collections.abc import Mapping
from itertools import groupby

from flask import current_app, url_for

from audits import queries
from audits.checklist_page import Progress, Shown, neighbours, progress_of, shown_of
from audits.models import Answer, Audit, AuditState
from audits.papers import keeping
from audits.workflow import WORKFLOW, acting
from qms.journal.names import names_of, who
from qms.kernel import panels
from qms.kernel.feature import house
from qms.kernel.language import _, _l, current_language
from qms.kernel.moment import Moment
from qms.kernel.workflow import OpenStep
from qms.standard.catalogue import split_codes
from qms.trail.service import history

PAGE_STEPS = ("start", "take_checklist", "report", "change_lead", "cancel")
_TOLD = (*PAGE_STEPS, "plan", "raise")
"""Answers have their own time beside the question."""
_MANY_EVENTS = 12
_NO_CHECKLIST = {
    AuditState.REPORTED: _l("This audit came from a register, which brings no checklist."),
    AuditState.CANCELLED: _l("This audit was cancelled before it had a checklist."),
}
"""Why there is none, of an audit that will have none any more."""


def next_steps(audit: Audit, moment: Moment) -> list[OpenStep]:
    """The steps of the page, each with what stands in its way."""
    return [
        step
        for step in WORKFLOW.next_steps(audit, acting(audit, moment), PAGE_STEPS)
        if not (step.name == "take_checklist" and audit.questions)
    ]


def page_context(audit: Audit, moment: Moment) -> dict[str, object]:
    """The audit itself: next steps, what is known of it, its papers, what other features add, where its history is."""
    return {
        "audit": audit,
        "steps": next_steps(audit, moment),
        "clauses": split_codes(audit.clauses),
        "printable": keeping.printable(audit),
        "papers": keeping.issued(audit),
        "cards": house().cards(panels.Shown(WORKFLOW.kind, audit.id, audit.code, audit.unit_id, audit.unit.code), moment),
        "history_url": url_for("audits.events", audit_id=audit.id),
        "history_title": _("What happened to this audit"),
        "no_checklist": _NO_CHECKLIST.get(
            audit.state, _l("There is no checklist yet. The questions for the clauses are copied when the audit starts.")
        ),
    }


def checklist_context(
    audit: Audit, chapter: str | None, moment: Moment, sent: Mapping[int, Shown] | None = None
) -> dict[str, object]:
    """One chapter of the checklist with its questions open, and the progress of all."""
    acts = acting(audit, moment)
    progress = progress_of(audit.questions)
    questions, evidence = ((), ()) if chapter is None else queries.checklist(audit.id, chapter)
    before, following = neighbours(progress, chapter)
    locks = WORKFLOW.hindrances(audit, "answer", acts)
    return {
        "audit": audit,
        "audit_id": audit.id,
        "progress": progress,
        "chapter": chapter,
        "groups": queries.by_clause(questions),
        "shown": shown_of(questions, sent or {}),
        "evidence": evidence,
        "before": before,
        "following": following,
        "locks": locks,
        "may_remove": not WORKFLOW.hindrances(audit, "remove_evidence", acts),
        "answers": Answer,
        "record_url": house().record_url,
    }


def evidence_part(audit_id: int, number: int, chapter: str) -> str:
    """What offers the evidence at each question of the chapter, once some was added to ``number``; without surroundings too."""
    questions, evidence = queries.checklist(audit_id, chapter)
    part = current_app.jinja_env.get_template("audits/_evidence_added.html")
    groups, shown = queries.by_clause(questions), shown_of(questions, {})
    return part.render(audit_id=audit_id, number=number, groups=groups, shown=shown, evidence=evidence)


def progress_part(audit_id: int, progress: Progress) -> str:
    """The part of the page that shows the progress, without the surroundings of a page, which ask the database."""
    part = current_app.jinja_env.get_template("audits/_progress_parts.html")
    return part.render(audit_id=audit_id, progress=progress, language=current_language())


def events_of(audit: Audit) -> list[tuple[object, str]]:
    """What happened to the audit, newest first."""
    entries = history(WORKFLOW.kind, audit.code, _TOLD, _MANY_EVENTS)
    titles = {step.name: step.title for step in WORKFLOW.steps}
    rows: list[tuple[object, str]] = []
    names = names_of(entries)
    # many nonconformities raised in a row are one line
    for (deed, by), together in groupby(entries, lambda entry: (entry.deed, who(entry, names))):
        first = next(iter(together))
        rows.append((first.at, _("%(deed)s, by %(username)s", deed=titles[deed], username=by)))
    return rows
