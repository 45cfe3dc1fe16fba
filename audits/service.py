"""The verbs of audits. They never commit, never see a request and never ask the time."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from audits import queries, rules, telling
from audits.answering import lacking_now
from audits.checklist import questions_for
from audits.models import (
    NUMBERING,
    Answer,
    Audit,
    AuditKind,
    AuditState,
    EvidenceItem,
    EvidenceKind,
    Question,
)
from audits.noting import note
from audits.workflow import WORKFLOW, acting
from nonconformities import service as nonconformities
from nonconformities.models import Grade, Nonconformity, Source
from procedures.models import Procedure, ProcedureUnit
from qms.accounts.models import Person
from qms.files.erasing import erase
from qms.files.models import StoredFile
from qms.kernel.days import entered_late
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.reference import Reference
from qms.kernel.refusal import refuse_if
from qms.kernel.text import search_text
from qms.people.within_reach import unless_within_reach
from qms.standard.catalogue import EDITION, clause_mask, sort_key, split_codes
from qms.standard.catalogue import clauses as catalogue
from qms.units.models import Unit


def plan_audit(
    unit: Unit,
    kind: AuditKind,
    planned_on: date,
    lead_auditor: Person | None,
    clauses: Sequence[str],
    moment: Moment,
    independence_exception: str | None = None,
) -> Audit:
    """A new planned audit with the next free code of the year (9.2.2 a).

    Raises ``Refused``: person_unknown, no_clause, unknown_clause, own_unit, not_permitted, lead_disabled.
    """
    listed = sorted(set(clauses), key=lambda clause: sort_key(clause) if clause in catalogue() else (0,))
    audit = Audit(
        unit_id=unit.id,
        lead_auditor=lead_auditor,
        lead_auditor_id=lead_auditor.id if lead_auditor else None,
        kind=kind,
        planned_on=planned_on,
        clauses="; ".join(listed),
        clause_mask=clause_mask(listed),
        edition=EDITION,
        state=AuditState.PLANNED,
        independence_exception=independence_exception or None,
    )
    named = lead_auditor and (unless_within_reach(lead_auditor, unit.id, moment.today), rules.lead_stays(lead_auditor))
    WORKFLOW.perform(audit, "plan", moment, *(named or ()))
    audit.code = NUMBERING.next_code(planned_on.year)
    audit.folded = search_text(audit.code, unit.code, unit.name)
    db.session.add(audit)
    db.session.flush()
    note(audit, "plan", moment, {"planned_on": [None, planned_on.isoformat()], "clauses": [None, audit.clauses]})
    telling.tell_lead(audit, moment)
    telling.tell_planned(audit, moment)
    return audit


def start(audit: Audit, moment: Moment) -> None:
    """Planned → under way today; the questions of its clauses are copied, so later templates change nothing.

    Raises ``Refused``: own_unit, wrong_state, not_permitted.
    """
    moment = acting(audit, moment)
    WORKFLOW.perform(audit, "start", moment)
    audit.started_on = moment.today
    if not audit.questions:
        _copy_questions(audit)
    note(audit, "start", moment, _states(AuditState.PLANNED, AuditState.UNDER_WAY))


def take_checklist(audit: Audit, moment: Moment) -> None:
    """Copies the questions into an audit that a register brought as under way. Raises ``Refused``: has_checklist and others."""
    moment = acting(audit, moment)
    WORKFLOW.perform(audit, "take_checklist", moment)
    _copy_questions(audit)
    note(audit, "take_checklist", moment, {"questions": [0, len(audit.questions)]})


def _copy_questions(audit: Audit) -> None:
    listed = [clause for clause in split_codes(audit.clauses) if clause in catalogue()]
    if not listed:  # an audit of a register that names no clause asks everything
        listed = [number for number, clause in catalogue().items() if clause.depth == 1 and int(number) >= 4]
        audit.clauses = "; ".join(listed)
        audit.clause_mask = clause_mask(listed)
    audit.questions = [
        Question(
            number=number,
            template_code=asked.code,
            clause=asked.clause,
            text_vi=asked.text_vi,
            text_en=asked.text_en,
            look_vi=asked.look_vi,
            look_en=asked.look_en,
            answer=Answer.OPEN,
        )
        for number, asked in enumerate(questions_for(listed), 1)
    ]
    db.session.flush()


def add_evidence(
    audit: Audit,
    kind: EvidenceKind,
    text: str,
    moment: Moment,
    file: StoredFile | None = None,
    reference: Reference | None = None,
    question: Question | None = None,
) -> EvidenceItem:
    """One more piece of evidence of the audit; every question may refer to it, and ``question`` does so at once.

    Raises ``Refused``: wrong_state, not_permitted, own_unit, no_text, no_file, no_record, raised.
    """
    moment = acting(audit, moment)
    WORKFLOW.perform(audit, "add_evidence", moment)
    refuse_if(*rules.evidence_refusals(kind, text, file is not None, reference is not None))
    if question is not None:
        refuse_if(rules.answer_stays_open(question))
    item = EvidenceItem(
        audit=audit,
        number=queries.last_evidence(audit, question) + 1,
        kind=kind,
        text=text.strip(),
        file=file,
        record_kind=reference.kind if reference else None,
        record_code=reference.code if reference else None,
    )
    db.session.add(item)
    db.session.flush()
    changes: dict[str, list[object]] = {f"evidence {item.number}": [None, kind.value]}
    if question is not None:
        chosen = sorted(each.number for each in question.evidence)
        question.evidence.append(item)
        question.incomplete = bool(lacking_now(question, has_evidence=True))
        flag_modified(question, "answer")  # whoever has the question open sees that it changed
        db.session.flush()
        changes[f"rests_on {question.number}"] = [chosen, [*chosen, item.number]]
    note(audit, "add_evidence", moment, changes)
    return item


def remove_evidence(item: EvidenceItem, reason: str, moment: Moment) -> None:
    """Takes a piece of evidence out of the audit and its answers; the bytes of a photo go, unless another record has them.

    For what must not be kept, such as a citizen's face (Law 91/2025 on personal data). The trail keeps number, kind and reason.
    Raises ``Refused``: wrong_state, not_permitted, own_unit, rests_on_it, reason_missing.
    """
    audit = item.audit
    moment = acting(audit, moment)
    WORKFLOW.perform(audit, "remove_evidence", moment, rules.nothing_rests_on(item, audit.questions), reason=reason)
    changes: dict[str, list[object]] = {f"evidence {item.number}": [item.kind.value, None]}
    for question in audit.questions:
        if item in question.evidence:
            before = sorted(each.number for each in question.evidence)
            question.evidence.remove(item)
            changes[f"rests_on {question.number}"] = [before, [each for each in before if each != item.number]]
            question.incomplete = bool(lacking_now(question, has_evidence=bool(question.evidence)))
            flag_modified(question, "answer")  # whoever has the question open sees that it changed
    stored = item.file
    audit.evidence.remove(item)
    db.session.delete(item)
    db.session.flush()
    if (
        stored is not None
        and db.session.scalar(select(EvidenceItem.id).where(EvidenceItem.file_id == stored.id).limit(1)) is None
    ):
        erase(stored, moment, unit_id=audit.unit_id)
    note(audit, "remove_evidence", moment, changes, reason.strip())


def raise_from(question: Question, moment: Moment) -> Nonconformity:
    """A nonconformity from a minor or major finding, with requirement, evidence and statement carried over; once only (10.2.1).

    Raises ``Refused``: wrong_state, not_permitted, own_unit, raised, no_nonconformity, no_requirement, no_statement.
    """
    audit = question.audit
    moment = acting(audit, moment)
    WORKFLOW.perform(audit, "raise", moment)
    refuse_if(*rules.raising_refusals(question))
    seen = [question.finding or "", *(f"[{item.number}] {item.text}" for item in question.evidence)]
    found = nonconformities.raise_nonconformity(
        audit.unit,
        grade=Grade.MAJOR if question.answer is Answer.MAJOR else Grade.MINOR,
        statement=question.statement or "",
        requirement=question.requirement,
        evidence="\n".join(seen),
        clause=question.clause,
        source=Source.INSPECTION if audit.kind is AuditKind.INSPECTION else Source.INTERNAL_AUDIT,
        audit_code=audit.code,
        procedure=_procedure_of(question),
        moment=moment,
    )
    question.nonconformity = found
    db.session.flush()
    note(audit, "raise", moment, {f"question {question.number}": [None, found.code]})
    return found


def _procedure_of(question: Question) -> Procedure | None:
    codes = [item.record_code for item in question.evidence if item.record_kind == "procedure"]
    if not codes:
        return None
    unit_id = question.audit.unit_id
    applied = select(ProcedureUnit.procedure_id).where(ProcedureUnit.unit_id == unit_id)
    return db.session.scalars(
        select(Procedure)
        .join(Unit, Unit.id == Procedure.unit_id)
        .where(Unit.code + "/" + Procedure.code == codes[0], (Procedure.unit_id == unit_id) | Procedure.id.in_(applied))
    ).first()


def report(audit: Audit, conclusion: str, moment: Moment) -> None:
    """Under way → reported today; from now on the answers are locked (9.2.2 d).

    Raises ``Refused``: wrong_state, not_permitted, own_unit, not_lead, not_started_yet, no_checklist, open_questions,
    not_raised, no_conclusion.
    """
    moment = acting(audit, moment)
    WORKFLOW.perform(audit, "report", moment, rules.conclusion_given(conclusion))
    audit.conclusion = conclusion.strip()
    audit.reported_on = audit.reported_entered_on = moment.today
    audit.reported_late = entered_late(audit.reported_on, audit.reported_entered_on)
    note(audit, "report", moment, _states(AuditState.UNDER_WAY, AuditState.REPORTED))
    telling.tell_reported(audit, moment)


def change_lead(audit: Audit, lead: Person, moment: Moment) -> None:
    """Somebody else leads from now on; what was answered stays as it is (9.2.2 c).

    Raises ``Refused``: wrong_state, not_permitted, person_unknown, lead_disabled, leads_already, own_unit.
    """
    WORKFLOW.perform(
        audit,
        "change_lead",
        moment,
        unless_within_reach(lead, audit.unit_id, moment.today),
        rules.lead_stays(lead),
        rules.lead_is_another(audit, lead),
        rules.new_lead_not_of_unit(audit, lead),
    )
    before = audit.lead_auditor.username if audit.lead_auditor is not None else None
    audit.lead_auditor = lead
    db.session.flush()
    note(audit, "change_lead", moment, {}, personal={"lead_auditor": [before, lead.username]})
    telling.tell_lead(audit, moment)


def cancel(audit: Audit, reason: str, moment: Moment) -> None:
    """Takes a planned or running audit off the programme. Raises ``Refused``: wrong_state, not_permitted, reason_missing."""
    before = audit.state
    WORKFLOW.perform(audit, "cancel", moment, reason=reason)
    audit.cancelled_on = moment.today
    audit.cancel_reason = reason.strip()
    note(audit, "cancel", moment, _states(before, AuditState.CANCELLED), audit.cancel_reason)


def _states(before: AuditState, after: AuditState) -> dict[str, list[object]]:
    return {"state": [before.value, after.value]}
