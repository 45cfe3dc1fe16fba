"""Each rule of an audit by itself, on both sides of its edge; plain objects that no database ever saw."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from audits import rules
from audits.models import FINDINGS, NONCONFORMING, Answer, Audit, EvidenceItem, EvidenceKind, Question
from audits.rules import Draft
from qms.accounts.models import Person
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from tests.office import TODAY, at

HERE, ELSEWHERE = 1, 2
ME, SOMEBODY = 7, 8


@dataclass(frozen=True)
class Actor:
    """Somebody of one unit."""

    home_units: frozenset[int] = frozenset({ELSEWHERE})
    identities: frozenset[int] = frozenset({ME})
    person_id: int | None = ME


def moment(home: int = ELSEWHERE) -> Moment:
    return Moment(Actor(frozenset({home})), at(TODAY))  # type: ignore[arg-type]  # as far as rules look


def code(refusal: Refusal | None) -> str | None:
    return None if refusal is None else refusal.code


def codes(refusals: Sequence[Refusal]) -> list[str]:
    return [refusal.code for refusal in refusals]


def person(unit_id: int = ELSEWHERE, **fields: object) -> Person:
    return Person(**{"id": ME, "full_name": "An", "unit_id": unit_id, "disabled": False, **fields})


def questions(*answers: Answer, raised: Sequence[int] = ()) -> list[Question]:
    """Questions 1, 2, 3 … with these answers; a nonconformity was raised from those in ``raised``."""
    return [
        Question(number=number, answer=answer, nonconformity_id=5 if number in raised else None)
        for number, answer in enumerate(answers, start=1)
    ]


def test_an_audit_names_clauses_of_the_catalogue() -> None:
    found = [code(rules.clauses_named(Audit(clauses=listed), moment())) for listed in ("", "4;8.5.1", "4;11.1")]
    assert found == ["no_clause", None, "unknown_clause"]


def test_nobody_of_the_unit_leads_or_puts_questions_without_a_documented_exception() -> None:
    audit = Audit(unit_id=HERE)
    assert rules.lead_not_of_unit(audit, moment()) is None, "nobody leads yet"
    audit.lead_auditor = person(HERE)
    assert code(rules.lead_not_of_unit(audit, moment())) == "own_unit"
    assert code(rules.new_lead_not_of_unit(audit, person(HERE))) == "own_unit"
    assert code(rules.CONDUCTED_FROM_OUTSIDE.refuses(audit, moment(HERE))) == "own_unit"
    audit.independence_exception = "12/QĐ-UBND"
    assert rules.lead_not_of_unit(audit, moment()) is None
    assert rules.new_lead_not_of_unit(audit, person(HERE)) is None
    assert rules.CONDUCTED_FROM_OUTSIDE.refuses(audit, moment(HERE)) is None
    elsewhere = Audit(unit_id=HERE, lead_auditor=person())
    assert rules.lead_not_of_unit(elsewhere, moment()) is None
    assert rules.new_lead_not_of_unit(elsewhere, person()) is None
    assert rules.CONDUCTED_FROM_OUTSIDE.refuses(elsewhere, moment()) is None


def test_another_lead_is_another_person_who_can_sign_in() -> None:
    assert rules.lead_stays(person()) is None
    assert code(rules.lead_stays(person(disabled=True))) == "lead_disabled"
    assert code(rules.lead_is_another(Audit(lead_auditor_id=ME), person())) == "leads_already"
    assert rules.lead_is_another(Audit(lead_auditor_id=SOMEBODY), person()) is None
    assert rules.lead_is_another(Audit(lead_auditor_id=None), person()) is None


@pytest.mark.parametrize(("lead", "found"), [(None, None), (ME, None), (SOMEBODY, "not_lead")])
def test_the_lead_reports_and_whoever_conducts_when_there_is_none(lead: int | None, found: str | None) -> None:
    assert code(rules.REPORTED_BY_LEAD.refuses(Audit(lead_auditor_id=lead), moment())) == found


def test_a_checklist_is_copied_once() -> None:
    without, with_one = Audit(questions=[]), Audit(questions=questions(Answer.OPEN))
    assert (rules.checklist_missing(without, moment()), code(rules.checklist_there(without, moment()))) == (None, "no_checklist")
    assert (code(rules.checklist_missing(with_one, moment())), rules.checklist_there(with_one, moment())) == (
        "has_checklist",
        None,
    )


def test_no_report_comes_before_the_start() -> None:
    days = (None, *(TODAY + timedelta(days=beside) for beside in (-1, 0, 1)))
    found = [code(rules.started_by_today(Audit(started_on=day), moment())) for day in days]
    assert found == [None, None, None, "not_started_yet"]


def test_a_report_waits_for_every_answer_and_every_nonconformity() -> None:
    audit = Audit(questions=questions(Answer.CONFORMS, Answer.MINOR, Answer.MAJOR, Answer.NOT_APPLICABLE, raised=[3]))
    assert rules.all_answered(audit, moment()) is None
    assert code(rules.all_raised(audit, moment())) == "not_raised"
    audit.questions = questions(Answer.MINOR, Answer.OPEN, Answer.OPEN, raised=[1])
    assert code(rules.all_answered(audit, moment())) == "open_questions"
    assert rules.all_raised(audit, moment()) is None


def draft(answer: Answer, **fields: object) -> Draft:
    full = Draft(answer, "Thấy ở quầy 2", "7.5.3", "Thiếu sổ", "Không có dịch vụ", frozenset({3}))
    return replace(full, **fields)  # type: ignore[arg-type]


def test_an_answer_is_stored_whatever_it_lacks_until_a_nonconformity_carries_it_over() -> None:
    question, known = Question(nonconformity_id=None), frozenset({3, 4})
    bare = draft(Answer.MINOR, finding=None, requirement=None, statement=None, reason=None, evidence=frozenset())
    for told in (draft(Answer.CONFORMS), bare, draft(Answer.OPEN, evidence=known)):
        assert rules.answer_refusals(question, told, known) == []
    assert codes(rules.answer_refusals(question, draft(Answer.MINOR, evidence=frozenset({3, 5})), known)) == ["foreign_evidence"]
    question.nonconformity_id = 9
    assert codes(rules.answer_refusals(question, draft(Answer.MINOR), known)) == ["raised"]


@pytest.mark.parametrize("answer", list(Answer))
def test_an_answer_lacks_only_what_its_kind_asks_for(answer: Answer) -> None:
    assert rules.lacking(answer, "Thấy ở quầy 2", "Không có dịch vụ", has_evidence=True) == []
    bare = {Answer.CONFORMS: ["no_evidence"], Answer.NOT_APPLICABLE: ["no_reason"], Answer.OPEN: []}
    assert codes(rules.lacking(answer, None, None, has_evidence=False)) == bare.get(answer, ["no_finding"])
    needs_words = [answer] if answer in FINDINGS else []
    assert len(rules.lacking(answer, None, "Không có dịch vụ", has_evidence=True)) == len(needs_words)
    assert rules.lacking(answer, "Thấy", "Không có dịch vụ", has_evidence=False) == []


def test_a_report_waits_for_words_and_evidence_and_names_the_question() -> None:
    audit = Audit(questions=questions(Answer.CONFORMS, Answer.MINOR))
    for question in audit.questions:
        question.incomplete = False
    assert rules.all_complete(audit, moment()) is None
    audit.questions[1].incomplete = True
    refusal = rules.all_complete(audit, moment())
    assert code(refusal) == "incomplete" and "2" in str(refusal)


def test_nobody_starts_an_audit_that_nobody_leads_unless_a_register_brought_it() -> None:
    assert code(rules.lead_named(Audit(lead_auditor_id=None, taken_over=False), moment())) == "no_lead"
    assert rules.lead_named(Audit(lead_auditor_id=ME, taken_over=False), moment()) is None
    assert rules.lead_named(Audit(lead_auditor_id=None, taken_over=True), moment()) is None


def test_the_list_of_leads_says_why_somebody_cannot() -> None:
    assert rules.lead_refusals(person(), HERE, None) == []
    assert codes(rules.lead_refusals(person(HERE), HERE, None)) == ["own_unit"]
    assert rules.lead_refusals(person(HERE), HERE, "12/QĐ-UBND") == []
    assert codes(rules.lead_refusals(person(HERE, disabled=True), HERE, None)) == ["lead_disabled", "own_unit"]


@pytest.mark.parametrize("answer", list(Answer))
def test_a_nonconformity_is_raised_once_from_a_finding_with_requirement_and_statement(answer: Answer) -> None:
    question = Question(answer=answer, nonconformity_id=None, finding="3/20", requirement="7.5.3", statement="Thiếu sổ")
    assert codes(rules.raising_refusals(question)) == ([] if answer in NONCONFORMING else ["no_nonconformity"])
    question.finding = question.requirement = question.statement = None
    assert codes(rules.raising_refusals(question)) == (
        ["no_finding", "no_requirement", "no_statement"] if answer in NONCONFORMING else ["no_nonconformity"]
    )
    question.nonconformity_id = 9
    assert codes(rules.raising_refusals(question)) == ["raised"]


def test_evidence_is_not_removed_while_a_conforming_answer_rests_on_it_alone() -> None:
    item, other = EvidenceItem(id=3), EvidenceItem(id=4)
    alone, beside, found, worded = questions(Answer.CONFORMS, Answer.CONFORMS, Answer.MINOR, Answer.CONFORMS)
    alone.evidence, beside.evidence, found.evidence, worded.evidence = [item], [item, other], [item], [item]
    worded.finding = "Thấy ở quầy 2"
    assert rules.nothing_rests_on(item, [beside, found, worded]) is None
    assert code(rules.nothing_rests_on(item, [alone, beside, found])) == "rests_on_it"
    assert rules.nothing_rests_on(other, [alone]) is None


def test_a_report_has_a_conclusion() -> None:
    assert code(rules.conclusion_given(" \n")) == "no_conclusion"
    assert rules.conclusion_given("Duy trì tốt") is None


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_evidence_has_words_a_photo_its_file_and_a_fact_its_record(kind: EvidenceKind) -> None:
    assert rules.evidence_refusals(kind, "Sổ theo dõi", has_file=True, has_reference=True) == []
    assert codes(rules.evidence_refusals(kind, "  ", has_file=True, has_reference=True)) == ["no_text"]
    lacking = {EvidenceKind.PHOTO: ["no_file"], EvidenceKind.FACT: ["no_record"]}.get(kind, [])
    assert codes(rules.evidence_refusals(kind, "Sổ", has_file=False, has_reference=False)) == lacking
