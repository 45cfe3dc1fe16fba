"""The checklist of an audit with every answer as a form of the QMS, for the file of the audit (9.2.2 f; 7.5.3)."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from audits.models import Answer, EvidenceItem, Question
from audits.papers.facts import Facts, clause_title, full_title
from audits.queries import by_clause
from qms.kernel.language import _
from qms.kernel.later import later
from qms.kernel.web import day_text
from qms.reports.paper import Align, Block, Column, Group, Heading, KeepTogether, Run, Table, paragraph

if TYPE_CHECKING:
    from qms.reports import form
else:
    form = later("qms.reports.form")

CODE, ISSUE = "QMS-PDG", "01"
"""Code and edition of the form itself."""


def compose_checklist(facts: Facts, today: date) -> "form.Form":
    """Every question with its answer and what it rests on; open ones have an empty answer, to be filled in by hand.

    Once the answers are locked the form bears the day of the report, before that the day it is printed.
    """
    audit, agency = facts.audit, facts.agency
    return form.Form(
        agency=agency.name,
        unit=audit.unit.name if audit.unit_id != agency.id else "",
        title=_("Audit checklist"),
        code=CODE,
        issue=ISSUE,
        day=day_text(audit.reported_on or today),
        blocks=tuple(_blocks(facts)),
    )


def _blocks(facts: Facts) -> Iterable[Block]:
    audit = facts.audit
    lead = audit.lead_auditor.full_name if audit.lead_auditor is not None else _("Not named yet")
    for title, text in (
        (_("Audit"), f"{audit.code}, {audit.kind.title}"),
        (_("Audited unit"), f"{audit.unit.name} ({audit.unit.code})"),
        (_("Lead auditor"), lead),
        (_("Audit criteria"), audit.edition),
        (_("Planned day"), day_text(audit.planned_on)),
    ):
        yield paragraph(Run(f"{title}: ", bold=True), text, indent=False)
    rows: list[tuple[str, ...] | Group] = []
    for group in by_clause(facts.questions):
        rows.append(Group(clause_title(group.clause.number)))
        rows += [_row(question) for question in group.questions]
    yield Table(
        columns=(
            Column(_("No."), 6, Align.CENTER),
            Column(_("Question, where to look"), 38),
            Column(_("Answer"), 14, Align.CENTER),
            Column(_("What was recorded, and the evidence"), 42),
        ),
        rows=tuple(rows),
    )
    if audit.evidence:
        yield Heading(2, _("Evidence"))
        yield Table(
            columns=(Column(_("No."), 6, Align.CENTER), Column(_("Kind"), 24), Column(_("What it is"), 70)),
            rows=tuple((str(item.number), str(item.kind.title), _told(item)) for item in audit.evidence),
        )
    yield KeepTogether((paragraph(_("Signature of the lead auditor:"), "\n\n\n\n", lead, indent=False),))


def _row(question: Question) -> tuple[str, ...]:
    answer = "" if question.answer is Answer.OPEN else full_title(question.answer)
    code = f"\n{question.nonconformity.code}" if question.nonconformity is not None else ""
    return str(question.number), f"{question.text_vi}\n({question.look_vi})", f"{answer}{code}", "\n".join(_words(question))


def _words(question: Question) -> Iterable[str]:
    """Everything that was typed, whatever the answer is now."""
    if question.finding:
        yield question.finding
    for title, text in (
        (_("Requirement not met"), question.requirement),
        (_("Statement of the nonconformity"), question.statement),
        (_("Why the question does not apply"), question.reason),
    ):
        if text:
            yield f"{title}: {text}"
    if question.evidence:
        yield _("Evidence: %(numbers)s", numbers=", ".join(str(item.number) for item in question.evidence))


def _told(item: EvidenceItem) -> str:
    file = f" ({item.file.name}, SHA-256 {item.file.sha256[:16]}…)" if item.file is not None else ""
    return item.text + file
