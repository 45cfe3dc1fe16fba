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
    assert code(rules.conductor_not_of_unit(audit, moment(HERE))) == "own_unit"
    audit.independence_exception = "12/QĐ-UBND"
    assert rules.lead_not_of_unit(audit, moment()) is None
    assert rules.new_lead_not_of_unit(audit, person(HERE)) is None
    assert rules.conductor_not_of_unit(audit, moment(HERE)) is None
    elsewhere = Audit(unit_id=HERE, lead_auditor=person())
    assert rules.lead_not_of_unit(elsewhere, moment()) is None
    assert rules.new_lead_not_of_unit(elsewhere, person()) is None
    assert rules.conductor_not_of_unit(elsewhere, moment()) is None


def test_another_lead_is_another_person_who_can_sign_in() -> None:
    assert rules.lead_stays(person()) is None
    assert code(rules.lead_stays(person(disabled=True))) == "lead_disabled"
    assert code(rules.lead_is_another(Audit(lead_auditor_id=ME), person())) == "leads_already"
    assert rules.lead_is_another(Audit(lead_auditor_id=SOMEBODY), person()) is None
    assert rules.lead_is_another(Audit(lead_auditor_id=None), person()) is None


@pytest.mark.parametrize(("lead", "found"), [(None, None), (ME, None), (SOMEBODY, "not_lead")])
def test_the_lead_reports_and_whoever_conducts_when_there_is_none(lead: int | None, found: str | None) -> None:
    assert code(rules.led_by_actor(Audit(lead_auditor_id=lead), moment())) == found


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


@pytest.mark.parametrize("answer", list(Answer))
def test_an_answer_lacks_only_what_its_kind_asks_for(answer: Answer) -> None:
    question = Question(nonconformity_id=None, audit=Audit(evidence=[EvidenceItem(id=3), EvidenceItem(id=4)]))
    assert rules.answer_refusals(question, draft(answer)) == []
    bare = draft(answer, finding=None, requirement=None, statement=None, reason=None, evidence_ids=frozenset())
    lacking = {Answer.CONFORMS: ["no_evidence"], Answer.NOT_APPLICABLE: ["no_reason"]}
    assert codes(rules.answer_refusals(question, bare)) == lacking.get(answer, ["no_finding"] if answer in FINDINGS else [])
    foreign = draft(answer, evidence_ids=frozenset({3, 5}))
    assert codes(rules.answer_refusals(question, foreign)) == ["foreign_evidence"]
    question.nonconformity_id = 9
    assert codes(rules.answer_refusals(question, draft(answer))) == ["raised"]


@pytest.mark.parametrize("answer", list(Answer))
def test_a_nonconformity_is_raised_once_from_a_finding_with_requirement_and_statement(answer: Answer) -> None:
    question = Question(answer=answer, nonconformity_id=None, requirement="7.5.3", statement="Thiếu sổ")
    assert codes(rules.raising_refusals(question)) == ([] if answer in NONCONFORMING else ["no_nonconformity"])
    question.requirement = question.statement = None
    assert codes(rules.raising_refusals(question)) == (
        ["no_requirement", "no_statement"] if answer in NONCONFORMING else ["no_nonconformity"]
    )
    question.nonconformity_id = 9
    assert codes(rules.raising_refusals(question)) == ["raised"]


def test_evidence_is_not_removed_while_a_conforming_answer_rests_on_it_alone() -> None:
    item, other = EvidenceItem(id=3), EvidenceItem(id=4)
    alone, beside, found = questions(Answer.CONFORMS, Answer.CONFORMS, Answer.MINOR)
    alone.evidence, beside.evidence, found.evidence = [item], [item, other], [item]
    assert rules.removal_refusals(item, [beside, found], "Có khuôn mặt") == []
    assert codes(rules.removal_refusals(item, [alone, beside, found], "Có khuôn mặt")) == ["rests_on_it"]
    assert rules.removal_refusals(other, [alone], "Có khuôn mặt") == []
    assert codes(rules.removal_refusals(item, [alone], "  ")) == ["rests_on_it", "no_reason"]


@pytest.mark.parametrize("kind", list(EvidenceKind))
def test_evidence_has_words_a_photo_its_file_and_a_fact_its_record(kind: EvidenceKind) -> None:
    assert rules.evidence_refusals(kind, "Sổ theo dõi", has_file=True, has_reference=True) == []
    assert codes(rules.evidence_refusals(kind, "  ", has_file=True, has_reference=True)) == ["no_text"]
    lacking = {EvidenceKind.PHOTO: ["no_file"], EvidenceKind.FACT: ["no_record"]}.get(kind, [])
    assert codes(rules.evidence_refusals(kind, "Sổ", has_file=False, has_reference=False)) == lacking
