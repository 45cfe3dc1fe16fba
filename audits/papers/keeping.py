"""Issuing the papers of an audit: printed once for the same facts, the bytes are kept and served again (7.5.3)."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import defer

from audits.models import Audit, AuditPaper, AuditState, PaperKind
from audits.papers.checklist_form import compose_checklist
from audits.papers.facts import LANGUAGE, facts_of
from audits.papers.plan import compose_plan
from audits.papers.report import compose_report
from audits.workflow import WORKFLOW
from qms.kernel.db import db
from qms.kernel.language import force_locale
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.trail.service import record

if TYPE_CHECKING:
    from qms.reports import form, pdf
else:
    form = later("qms.reports.form")
    pdf = later("qms.reports.pdf")


def printable(audit: Audit) -> tuple[PaperKind, ...]:
    """The papers that the audit has by now; one called off has none."""
    if audit.state is AuditState.CANCELLED:
        return ()
    kinds = [PaperKind.PLAN]
    if audit.questions:
        kinds.append(PaperKind.CHECKLIST)
    if audit.state is AuditState.REPORTED:
        kinds.append(PaperKind.REPORT)
    return tuple(kinds)


def is_final(audit: Audit, kind: PaperKind) -> bool:
    """Whether a paper is kept: a plan once somebody leads, the others once the answers are locked."""
    if kind is PaperKind.PLAN:
        return audit.lead_auditor_id is not None
    return audit.state is AuditState.REPORTED


def basis_of(audit: Audit, kind: PaperKind) -> str:
    """The facts a paper rests on: a plan of another day, lead or list of clauses is another paper; locked answers give one."""
    if kind is not PaperKind.PLAN:
        return AuditState.REPORTED.value
    return "; ".join(
        [
            audit.kind.value,
            audit.planned_on.isoformat(),
            f"lead {audit.lead_auditor_id}",
            f"exception {audit.independence_exception or ''}",
            f"clauses {audit.clauses or ''}",
        ]
    )


def render(audit: Audit, kind: PaperKind, moment: Moment, place: str, superior: str) -> bytes:
    """Prints a paper of an audit that was loaded with its answers and evidence."""
    facts = facts_of(audit, place, superior)
    with force_locale(LANGUAGE):
        if kind is PaperKind.CHECKLIST:
            filled, day = compose_checklist(facts, moment.today), audit.reported_on or moment.today
            return form.render_forms([filled], title_for_file=f"{audit.code}: {filled.title}", language=LANGUAGE, made_on=day)
        if kind is PaperKind.REPORT:
            return pdf.render_pdf(compose_report(facts))
        return pdf.render_pdf(compose_plan(facts, moment.today, draft=not is_final(audit, kind)))


def issued(audit: Audit) -> Sequence[AuditPaper]:
    """Every paper issued for the audit, newest first, without its bytes."""
    query = select(AuditPaper).where(AuditPaper.audit_id == audit.id).options(defer(AuditPaper.content))
    return db.session.scalars(query.order_by(AuditPaper.id.desc())).all()


def find(audit: Audit, paper_id: int) -> AuditPaper | None:
    """One issued paper of the audit with its bytes."""
    return db.session.scalars(select(AuditPaper).where(AuditPaper.id == paper_id, AuditPaper.audit_id == audit.id)).first()


def issued_before(audit: Audit, kind: PaperKind) -> AuditPaper | None:
    """The paper that was issued for the facts of now."""
    same_facts = (AuditPaper.audit_id == audit.id, AuditPaper.kind == kind, AuditPaper.basis == basis_of(audit, kind))
    return db.session.scalars(select(AuditPaper).where(*same_facts).options(defer(AuditPaper.content))).first()


def keep(audit: Audit, kind: PaperKind, content: bytes, moment: Moment) -> AuditPaper:
    """Keeps the bytes as the paper of the audit as it is now; when somebody else was faster, theirs count."""
    there = issued_before(audit, kind)
    if there is not None:
        return there
    digest = hashlib.sha256(content).hexdigest()
    paper = AuditPaper(
        audit_id=audit.id,
        kind=kind,
        basis=basis_of(audit, kind),
        content=content,
        sha256=digest,
        size=len(content),
        issued_at=moment.instant,
    )
    db.session.add(paper)
    db.session.flush()
    changes = {"paper": [None, kind.value], "sha256": [None, digest]}
    record(moment, WORKFLOW.kind, audit.code, "issue_paper", unit_id=audit.unit_id, changes=changes)
    return paper
