"""The plan of one audit as an official paper: objectives, scope, criteria, team, day (9.2.2 a, b, c; ISO 19011)."""

from collections import Counter
from collections.abc import Iterable
from datetime import date

from audits.checklist import questions_for
from audits.papers.facts import LANGUAGE, Facts, clause_title, two_figures
from qms.kernel.language import _
from qms.kernel.web import day_text
from qms.reports.letterhead import enclosed, letterhead, place_and_date
from qms.reports.paper import Align, Block, Caption, Column, Heading, Paper, Signature, Table, Text, paragraph
from qms.standard.catalogue import split_codes

SYMBOL = "KH"
"""How the number of a plan names its type (NĐ 30/2020, annex III)."""


def compose_plan(facts: Facts, day: date, *, draft: bool) -> Paper:
    """The plan, dated the day it is issued; signed by the head of the agency."""
    audit, issuer = facts.audit, facts.issuer(SYMBOL)
    return Paper(
        letterhead=letterhead(issuer.family, issuer.name, issuer.superior),
        language=LANGUAGE,
        kind=_("PLAN"),
        subject=_("Audit of the quality management system at %(unit)s in %(year)s", unit=audit.unit.name, year=facts.year),
        place_and_date=place_and_date(issuer.place, day, LANGUAGE),
        number_symbol=issuer.number_symbol,
        blocks=tuple(_blocks(facts)),
        signature=Signature(issuer.signers),
        recipients=enclosed([audit.unit.name, _("Audit team"), _("Filed: records office")]),
        draft=draft,
        title_for_file=f"{audit.code}: {_('Audit plan')}",
        made_on=day,
    )


def _blocks(facts: Facts) -> Iterable[Block]:
    audit = facts.audit
    yield Heading(1, _("I. Objectives and scope"))
    yield paragraph(
        _(
            "1. Objectives: to determine whether the quality management system of %(unit)s conforms to %(standard)s and to the "
            "requirements of the agency itself, and whether it is effectively implemented and maintained (clause 9.2.1).",
            unit=audit.unit.name,
            standard=audit.edition,
        )
    )
    yield paragraph(_("2. Scope: the work of %(unit)s (%(code)s).", unit=audit.unit.name, code=audit.unit.code))
    yield paragraph(
        _(
            "3. Criteria: the clauses of %(standard)s in the table below, law, and the procedures in force.",
            standard=audit.edition,
        )
    )
    yield Caption(_("Table %(number)s", number=1), _("Clauses and number of questions of the checklist"))
    yield _clauses(facts)
    yield Heading(1, _("II. Organisation"))
    yield paragraph(_("1. Kind of audit: %(kind)s; code %(code)s.", kind=audit.kind.title, code=audit.code))
    yield paragraph(_("2. Planned day: %(day)s.", day=day_text(audit.planned_on)))
    yield _lead(facts)
    yield paragraph(
        _("4. Method: questions by the checklist, a look at records, and the workplace; answers rest on recorded evidence.")
    )
    yield Heading(1, _("III. Who does what"))
    yield paragraph(
        _("1. The audit team holds the audit, records each answer with its evidence, raises nonconformities and reports.")
    )
    yield paragraph(_("2. %(unit)s prepares documents and records and appoints people who can answer.", unit=audit.unit.name))
    yield paragraph(
        _(
            "This is the plan of the audit %(code)s; difficulties in carrying it out are told to the audit team./.",
            code=audit.code,
        )
    )


def _lead(facts: Facts) -> Text:
    audit = facts.audit
    if audit.lead_auditor is None:
        return paragraph(_("3. Lead auditor: not named yet."))
    words = {"name": audit.lead_auditor.full_name, "unit": audit.lead_auditor.unit.name}
    if audit.lead_auditor.unit_id != audit.unit_id:
        return paragraph(_("3. Lead auditor: %(name)s, %(unit)s; does not belong to the audited unit (clause 9.2.2 c).", **words))
    return paragraph(
        _(
            "3. Lead auditor: %(name)s, %(unit)s; documented exception from independence: %(exception)s.",
            exception=audit.independence_exception or "",
            **words,
        )
    )


def _clauses(facts: Facts) -> Table:
    asked = Counter(".".join(question.clause.split(".")[:2]) for question in questions_for(split_codes(facts.audit.clauses)))
    return Table(
        columns=(
            Column(_("Item"), 10, Align.CENTER),
            Column(_("Clause"), 65),
            Column(_("Number of questions"), 25, Align.CENTER),
        ),
        rows=tuple(
            (str(index), clause_title(clause), two_figures(number)) for index, (clause, number) in enumerate(asked.items(), 1)
        ),
        total=("", _("Total"), two_figures(asked.total())),
    )
