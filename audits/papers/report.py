"""The report of an audit as an official paper: what was found, by clause, with the conclusion (9.2.2 d, f; ISO 19011)."""

from collections.abc import Iterable, Sequence

from audits.models import Answer, AuditKind, Question
from audits.papers.facts import LANGUAGE, Facts, full_title, two_figures
from qms.kernel.language import _
from qms.kernel.web import day_text
from qms.reports.letterhead import enclosed, letterhead, place_and_date
from qms.reports.paper import Align, Block, Caption, Column, Heading, Paper, Run, Signature, Table, Text, paragraph
from qms.standard.catalogue import split_codes

SYMBOL = "BC"
"""How the number of a report names its type (NĐ 30/2020, annex III)."""
CENTER = Align.CENTER
COUNTED = tuple(answer for answer in Answer if answer is not Answer.OPEN)


def compose_report(facts: Facts) -> Paper:
    """The report, dated the day the audit was reported; signed by the lead auditor, who answers for it."""
    audit, issuer = facts.audit, facts.issuer(SYMBOL)
    lead = audit.lead_auditor.full_name if audit.lead_auditor is not None else ""
    return Paper(
        letterhead=letterhead(issuer.family, issuer.name, issuer.superior),
        language=LANGUAGE,
        kind=_("REPORT"),
        subject=_("Result of the audit of the quality management system at %(unit)s", unit=audit.unit.name),
        addressee=_("To: %(addressee)s", addressee=_("the leadership of %(agency)s", agency=issuer.name)),
        place_and_date=place_and_date(issuer.place, audit.reported_on or audit.planned_on, LANGUAGE),
        number_symbol=issuer.number_symbol,
        blocks=tuple(_blocks(facts)),
        signature=Signature((_("LEAD AUDITOR"),), lead),
        recipients=enclosed([_("As above"), audit.unit.name, _("Filed: records office")]),
        title_for_file=f"{audit.code}: {_('Audit report')}",
        made_on=audit.reported_on or audit.planned_on,
    )


def _blocks(facts: Facts) -> Iterable[Block]:
    audit = facts.audit
    yield paragraph(
        _(
            "The audit team reports the result of the audit %(code)s of %(unit)s as follows:",
            code=audit.code,
            unit=audit.unit.name,
        )
    )
    yield Heading(1, _("I. The audit"))
    yield from _about(facts)
    yield Heading(1, _("II. Findings"))
    tables = _Tables()
    yield from _counted(facts, tables)
    yield from _nonconformities(facts, tables)
    if facts.questions:
        yield from _told(facts, tables, Answer.OBSERVATION, _("3. Observations:"), _("Observations"))
        left_out = _("Questions that do not apply")
        yield from _told(facts, tables, Answer.NOT_APPLICABLE, _("4. Questions that do not apply:"), left_out)
    yield Heading(1, _("III. Conclusion"))
    for part in (audit.conclusion or _("The register holds no conclusion of the audit.")).splitlines():
        if part.strip():
            yield paragraph(part.strip())
    if facts.nonconforming:
        yield paragraph(
            _(
                "%(unit)s corrects the nonconformities, finds their causes and takes corrective action in time; the effect is "
                "verified by somebody who took no part in it.",
                unit=audit.unit.name,
            )
        )
    yield paragraph(_("This is the report of the audit %(code)s of %(unit)s./.", code=audit.code, unit=audit.unit.name))


class _Tables:
    """Counts the tables, so that none is numbered that does not stand on the paper."""

    def __init__(self) -> None:
        self.number = 0

    def caption(self, text: str) -> Caption:
        """The line over the next table."""
        self.number += 1
        return Caption(_("Table %(number)s", number=self.number), text)


def _point(title: str, text: str, *, leads: bool = False) -> Text:
    return paragraph(Run(title, bold=True), " ", text, leads=leads)


def _about(facts: Facts) -> Iterable[Text]:
    audit = facts.audit
    days = " - ".join(dict.fromkeys(day_text(day) for day in (audit.started_on, audit.reported_on) if day is not None))
    yield _point(_("1. Kind and time:"), f"{audit.kind.title}; {days}.")
    yield _point(_("2. Scope:"), _("the work of %(unit)s (%(code)s).", unit=audit.unit.name, code=audit.unit.code))
    clauses = ", ".join(split_codes(audit.clauses))
    yield _point(_("3. Criteria:"), _("%(standard)s, clauses %(clauses)s.", standard=audit.edition, clauses=clauses))
    if audit.lead_auditor is not None:
        name, unit = audit.lead_auditor.full_name, audit.lead_auditor.unit.name
        yield _point(_("4. Lead auditor:"), f"{name}, {unit}.")
    if audit.independence_exception:
        yield _point(_("Documented exception from independence:"), f"{audit.independence_exception}.")
    if audit.kind is not AuditKind.INSPECTION:
        yield paragraph(
            _("Answers rest on samples of the records that could be seen on these days; what was not looked at is not judged.")
        )


def _counted(facts: Facts, tables: _Tables) -> Iterable[Block]:
    if not facts.questions:
        yield _point(_("1. Checklist:"), _("the audit was taken over from a register, without a checklist."))
        return
    counts = facts.counts
    told = "; ".join(f"{full_title(answer)}: {two_figures(counts[answer])}" for answer in COUNTED)
    asked = _("%(count)s questions were answered (%(told)s).", count=two_figures(len(facts.questions)), told=told)
    yield _point(_("1. Checklist:"), asked, leads=True)
    yield tables.caption(_("Answers by chapter of the standard"))
    yield Table(
        columns=(
            Column(_("Chapter"), 34),
            Column(_("Number of questions"), 12, CENTER),
            *(Column(full_title(answer), 11, CENTER) for answer in COUNTED),
        ),
        rows=tuple(
            (f"{chapter.number} {chapter.title(LANGUAGE)}", *_numbers(questions)) for chapter, questions in facts.chapters()
        ),
        total=(_("Total"), *_numbers(facts.questions)),
    )


def _numbers(questions: Sequence[Question]) -> tuple[str, ...]:
    given = [question.answer for question in questions]
    return str(len(given)), *(str(given.count(answer)) for answer in COUNTED)


def _nonconformities(facts: Facts, tables: _Tables) -> Iterable[Block]:
    title = _("2. Nonconformities:")
    rows = tuple(_raised_rows(facts))
    if not rows:
        yield _point(title, _("none.") if facts.questions else _("the registers name none for this audit."))
        return
    yield _point(title, _("%(count)s, in the table below.", count=two_figures(len(rows))), leads=True)
    yield tables.caption(_("Nonconformities"))
    yield Table(
        columns=(
            Column(_("Code"), 15),
            Column(_("Grade, clause"), 12, CENTER),
            Column(_("Requirement not met"), 22),
            Column(_("Evidence"), 26),
            Column(_("Statement of the nonconformity"), 25),
        ),
        rows=rows,
    )


def _raised_rows(facts: Facts) -> Iterable[tuple[str, ...]]:
    for question in facts.nonconforming:
        yield (
            question.nonconformity.code if question.nonconformity is not None else "",
            f"{full_title(question.answer)}\n{question.clause}",
            question.requirement or "",
            _seen(question),
            question.statement or "",
        )
    for nc in facts.from_registers:
        yield nc.code, f"{nc.grade.title}\n{nc.clause or ''}".strip(), nc.requirement or "", nc.evidence or "", nc.statement


def _told(facts: Facts, tables: _Tables, answer: Answer, title: str, caption: str) -> Iterable[Block]:
    found = facts.of_answer(answer)
    if not found:
        yield _point(title, _("none."))
        return
    yield _point(title, _("%(count)s, in the table below.", count=two_figures(len(found))), leads=True)
    yield tables.caption(caption)
    yield Table(
        columns=(Column(_("Clause"), 12, CENTER), Column(_("Question"), 40), Column(_("What was seen, or the reason"), 48)),
        rows=tuple(
            (
                question.clause,
                question.text_vi,
                (question.reason or "") if answer is Answer.NOT_APPLICABLE else _seen(question),
            )
            for question in found
        ),
    )


def _seen(question: Question) -> str:
    return "\n".join(
        [*([question.finding] if question.finding else []), *(f"[{item.number}] {item.text}" for item in question.evidence)]
    )
