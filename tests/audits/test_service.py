"""An audit from the plan to the report, and what stands in the way."""

from datetime import timedelta

import pytest

from audits import service
from audits.models import Answer, Audit, AuditKind, AuditState, EvidenceKind, Question
from nonconformities.models import Grade, Source
from qms.accounts.permissions import Role
from qms.kernel.db import writing
from qms.kernel.reference import Reference
from qms.kernel.refusal import Refused
from qms.standard.catalogue import clause_mask
from qms.trail.service import history
from tests.audits import answers
from tests.audits.conftest import Ward
from tests.office import TODAY, past_the_trail


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    """The codes of a refusal."""
    return {refusal.code for refusal in refused.value.refusals}


def started(ward: Ward, clauses: tuple[str, ...] = ("7.5",)) -> Audit:
    audit = ward.plan(clauses)
    with writing():
        service.start(audit, ward.office.moment(ward.lead))
    return audit


def evidence_of(audit: Audit, ward: Ward) -> int:
    with writing():
        return service.add_evidence(audit, EvidenceKind.RECORD, "Hồ sơ 12/2026", ward.office.moment(ward.lead)).number


def give(ward: Ward, question: Question, answer: Answer, **words: object) -> None:
    with writing():
        answers.give(question, answer, ward.office.moment(ward.lead), **words)


def test_an_audit_goes_from_the_plan_to_the_report(ward: Ward) -> None:
    audit = started(ward, ("7.5", "8.5.1"))
    assert audit.code == f"ĐG-{TODAY.year}-01"
    assert audit.clause_mask == clause_mask(["7.5", "8.5.1"])
    assert audit.questions and all(question.answer is Answer.OPEN for question in audit.questions)
    item = evidence_of(audit, ward)
    for question in audit.questions:
        give(ward, question, Answer.CONFORMS, evidence=[item])
    with writing():
        service.report(audit, "Hệ thống được duy trì.", ward.office.moment(ward.lead))
    assert (audit.state, audit.reported_on, audit.reported_entered_on) == (AuditState.REPORTED, TODAY, TODAY)
    assert audit.reported_late is False
    deeds = [entry.deed for entry in history("audit", audit.code)]
    assert deeds[0] == "report" and deeds[-2:] == ["start", "plan"]


def test_codes_count_on_within_a_year(ward: Ward) -> None:
    ward.office.audit(ward.unit, f"ĐG-{TODAY.year}-09")
    ward.office.audit(ward.unit, f"ĐG-{TODAY.year}-x")
    assert ward.plan().code == f"ĐG-{TODAY.year}-10"


def test_nobody_leads_the_audit_of_the_own_unit(ward: Ward) -> None:
    own = ward.office.person("own", unit=ward.unit, role=Role.AUDITOR)
    with pytest.raises(Refused) as refused:
        ward.plan(lead=own)
    assert codes(refused) == {"own_unit"}


def test_a_documented_exception_lets_somebody_lead_the_audit_of_the_own_unit(ward: Ward) -> None:
    own = ward.office.person("own", unit=ward.unit, role=Role.AUDITOR)
    with writing():
        audit = service.plan_audit(
            ward.unit, AuditKind.PLANNED, TODAY, own, ["7.5"], ward.office.moment(ward.officer), "12/QĐ-UBND"
        )
        service.start(audit, ward.office.moment(own))
    assert audit.state is AuditState.UNDER_WAY


def test_the_lead_auditor_who_moved_into_the_unit_can_no_longer_start(ward: Ward) -> None:
    audit = ward.plan()
    with past_the_trail():
        ward.lead.unit_id = ward.unit.id
    with pytest.raises(Refused) as refused, writing():
        service.start(audit, ward.office.moment(ward.lead))
    assert codes(refused) == {"own_unit"}


def test_a_conductor_of_the_unit_itself_is_refused(ward: Ward) -> None:
    own = ward.office.person("own", unit=ward.unit, role=Role.AUDITOR)
    audit = started(ward)
    with pytest.raises(Refused) as refused, writing():
        answers.give(audit.questions[0], Answer.OBSERVATION, ward.office.moment(own), finding="x")
    assert codes(refused) == {"own_unit"}


@pytest.mark.parametrize(("clauses", "code"), [((), "no_clause"), (("99.1",), "unknown_clause")])
def test_an_audit_names_clauses_of_the_catalogue(ward: Ward, clauses: tuple[str, ...], code: str) -> None:
    with pytest.raises(Refused) as refused:
        ward.plan(clauses)
    assert codes(refused) == {code}


@pytest.mark.parametrize(
    ("answer", "words", "code"),
    [
        (Answer.CONFORMS, {}, "no_evidence"),
        (Answer.OBSERVATION, {"finding": "  "}, "no_finding"),
        (Answer.MINOR, {}, "no_finding"),
        (Answer.MAJOR, {}, "no_finding"),
        (Answer.NOT_APPLICABLE, {}, "no_reason"),
    ],
)
def test_an_answer_that_lacks_something_is_stored_and_stops_the_report(
    ward: Ward, answer: Answer, words: dict[str, object], code: str
) -> None:
    audit = started(ward)
    lead = ward.office.moment(ward.lead)
    for question in audit.questions:
        give(ward, question, Answer.NOT_APPLICABLE, reason="không phát sinh")
    with writing():
        kept = answers.give(audit.questions[0], answer, lead, **words)
    assert [refusal.code for refusal in kept.lacking] == [code]
    assert ward.office.again(audit.questions[0]).answer is answer
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, "xong", lead)
    assert "incomplete" in codes(refused)


def test_what_was_seen_makes_a_conforming_answer_complete(ward: Ward) -> None:
    question = started(ward).questions[0]
    with writing():
        kept = answers.give(question, Answer.CONFORMS, ward.office.moment(ward.lead), finding="Đã xem 12/12 hồ sơ. " * 80)
    assert not kept.lacking and not question.incomplete and len(question.finding or "") > 1500


def test_evidence_of_another_audit_is_refused(ward: Ward) -> None:
    question = started(ward).questions[0]
    with pytest.raises(Refused) as refused:
        give(ward, question, Answer.OBSERVATION, finding="x", evidence=[999])
    assert codes(refused) == {"foreign_evidence"}
    assert ward.office.again(question).answer is Answer.OPEN


def test_one_piece_of_evidence_serves_many_questions(ward: Ward) -> None:
    audit = started(ward)
    item = evidence_of(audit, ward)
    for question in audit.questions[:2]:
        give(ward, question, Answer.CONFORMS, evidence=[item])
    assert [[each.number for each in question.evidence] for question in audit.questions[:2]] == [[item], [item]]


def test_a_change_of_kind_keeps_every_word_in_the_record_and_in_the_trail(ward: Ward) -> None:
    question = started(ward).questions[0]
    number, seen = question.number, "3/12 phiếu trống. " * 40
    words = {"finding": seen, "requirement": "r", "statement": "s"}
    give(ward, question, Answer.MINOR, **words)
    give(ward, question, Answer.CONFORMS, **words)
    give(ward, question, Answer.NOT_APPLICABLE, **words, reason="why")
    kept = (question.finding, question.requirement, question.statement, question.reason)
    assert kept == (seen.strip(), "r", "s", "why")
    third, second, first = history("audit", question.audit.code)[:3]
    assert first.changes[f"finding {number}"] == [None, seen.strip()]
    assert second.changes == {f"question {number}": ["minor", "conforms"]}
    assert third.changes == {f"question {number}": ["conforms", "not_applicable"], f"reason {number}": [None, "why"]}


def test_a_text_that_is_taken_out_stays_in_the_trail(ward: Ward) -> None:
    question = started(ward).questions[0]
    give(ward, question, Answer.OBSERVATION, finding="Bảng niêm yết cũ")
    give(ward, question, Answer.OBSERVATION, finding="")
    entry = history("audit", question.audit.code)[0]
    assert entry.changes == {f"finding {question.number}": ["Bảng niêm yết cũ", None]}


def test_a_nonconformity_carries_requirement_evidence_and_statement_over(ward: Ward) -> None:
    procedure = ward.office.procedure(ward.unit, "QT-VH-01")
    audit = started(ward)
    lead = ward.office.moment(ward.lead)
    question = audit.questions[0]
    with writing():
        reference = Reference("procedure", f"{ward.unit.code}/{procedure.code}")
        item = service.add_evidence(audit, EvidenceKind.FACT, "QT-VH-01", lead, reference=reference)
    give(ward, question, Answer.MAJOR, finding="3/12 trống", requirement="7.5.2", statement="Không ghi", evidence=[item.number])
    with writing():
        raised = service.raise_from(question, lead)
    assert (raised.grade, raised.source, raised.audit_code) == (Grade.MAJOR, Source.INTERNAL_AUDIT, audit.code)
    assert (raised.requirement, raised.statement, raised.clause) == ("7.5.2", "Không ghi", question.clause)
    assert raised.evidence == "3/12 trống\n[1] QT-VH-01"
    assert raised.procedure_id == procedure.id
    for attempt in (
        lambda: service.raise_from(question, lead),
        lambda: answers.give(question, Answer.OPEN, lead),
    ):
        with pytest.raises(Refused) as refused, writing():
            attempt()
        assert codes(refused) == {"raised"}


def test_a_nonconformity_needs_requirement_and_statement(ward: Ward) -> None:
    question = started(ward).questions[0]
    with pytest.raises(Refused) as refused, writing():
        service.raise_from(question, ward.office.moment(ward.lead))
    assert codes(refused) == {"no_nonconformity"}
    give(ward, question, Answer.MINOR)
    with pytest.raises(Refused) as refused, writing():
        service.raise_from(question, ward.office.moment(ward.lead))
    assert codes(refused) == {"no_finding", "no_requirement", "no_statement"}


def test_a_report_waits_for_open_questions_nonconformities_and_a_conclusion(ward: Ward) -> None:
    audit = started(ward)
    lead = ward.office.moment(ward.lead)
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, " ", lead)
    assert codes(refused) == {"open_questions", "no_conclusion"}
    for question in audit.questions:
        give(ward, question, Answer.NOT_APPLICABLE, reason="không phát sinh")
    give(ward, audit.questions[0], Answer.MINOR, finding="f")
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, "xong", lead)
    assert codes(refused) == {"not_raised"}


def test_only_the_lead_auditor_reports(ward: Ward) -> None:
    audit = started(ward)
    for question in audit.questions:
        give(ward, question, Answer.NOT_APPLICABLE, reason="không phát sinh")
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, "xong", ward.office.moment(ward.officer))
    assert codes(refused) == {"not_lead"}


def test_an_audit_of_a_register_without_a_lead_is_reported_by_whoever_may_conduct(ward: Ward) -> None:
    audit = started(ward)
    for question in audit.questions:
        give(ward, question, Answer.NOT_APPLICABLE, reason="không phát sinh")
    with past_the_trail():
        audit.lead_auditor_id, audit.taken_over = None, True
    with writing():
        service.report(audit, "xong", ward.office.moment(ward.officer))
    assert audit.state is AuditState.REPORTED


def test_no_audit_is_started_without_a_lead_auditor_unless_a_register_brought_it(ward: Ward) -> None:
    officer = ward.office.moment(ward.officer)
    with writing():
        audit = service.plan_audit(ward.unit, AuditKind.PLANNED, TODAY, None, ["7.5"], officer)
    with pytest.raises(Refused) as refused, writing():
        service.start(audit, officer)
    assert codes(refused) == {"no_lead"}
    with past_the_trail():
        audit.taken_over = True
    with writing():
        service.start(audit, officer)
    assert audit.state is AuditState.UNDER_WAY


def test_no_report_comes_before_the_start(ward: Ward) -> None:
    audit = started(ward)
    for question in audit.questions:
        give(ward, question, Answer.NOT_APPLICABLE, reason="không phát sinh")
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, "xong", ward.office.moment(ward.lead, TODAY - timedelta(days=1)))
    assert codes(refused) == {"not_started_yet"}


def test_after_the_report_answers_and_evidence_are_locked(ward: Ward) -> None:
    audit = started(ward)
    lead = ward.office.moment(ward.lead)
    for question in audit.questions:
        give(ward, question, Answer.NOT_APPLICABLE, reason="không phát sinh")
    with writing():
        service.report(audit, "xong", lead)
    for attempt in (
        lambda: answers.give(audit.questions[0], Answer.OPEN, lead),
        lambda: service.add_evidence(audit, EvidenceKind.RECORD, "x", lead),
        lambda: service.raise_from(audit.questions[0], lead),
        lambda: service.cancel(audit, "x", ward.office.moment(ward.officer)),
        lambda: service.report(audit, "again", lead),
    ):
        with pytest.raises(Refused) as refused, writing():
            attempt()
        assert codes(refused) == {"wrong_state"}


def test_a_cancelled_audit_keeps_its_reason(ward: Ward) -> None:
    audit = ward.plan()
    officer = ward.office.moment(ward.officer)
    with pytest.raises(Refused) as refused, writing():
        service.cancel(audit, "  ", officer)
    assert codes(refused) == {"reason_missing"}
    with writing():
        service.cancel(audit, "Đơn vị đã sáp nhập", officer)
    assert (audit.state, audit.cancelled_on, audit.cancel_reason) == (AuditState.CANCELLED, TODAY, "Đơn vị đã sáp nhập")


def test_an_audit_of_a_register_takes_its_checklist_once(ward: Ward) -> None:
    audit = ward.office.audit(ward.unit, state=AuditState.UNDER_WAY, lead_auditor_id=ward.lead.id, clauses="7.5")
    lead = ward.office.moment(ward.lead)
    with pytest.raises(Refused) as refused, writing():
        service.report(audit, "xong", lead)
    assert codes(refused) == {"no_checklist"}
    with writing():
        service.take_checklist(audit, lead)
    assert len(audit.questions) == 3
    with pytest.raises(Refused) as refused, writing():
        service.take_checklist(audit, lead)
    assert codes(refused) == {"has_checklist"}


def test_evidence_needs_its_words_its_file_and_its_record(ward: Ward) -> None:
    audit = started(ward)
    lead = ward.office.moment(ward.lead)
    for kind, text, code in (
        (EvidenceKind.RECORD, " ", "no_text"),
        (EvidenceKind.PHOTO, "x", "no_file"),
        (EvidenceKind.FACT, "x", "no_record"),
    ):
        with pytest.raises(Refused) as refused, writing():
            service.add_evidence(audit, kind, text, lead)
        assert codes(refused) == {code}
