"""The template asks about everything an audit may list."""

import pytest

from audits.checklist import questions_for, template_questions
from qms.standard.catalogue import audited_clauses, clauses, covers


@pytest.mark.parametrize("clause", audited_clauses())
def test_each_of_the_28_clauses_has_a_question(clause: str) -> None:
    assert any(covers(question.clause, clause) for question in template_questions())


@pytest.mark.parametrize("clause", [number for number in clauses() if int(number.split(".")[0]) >= 4])
def test_no_clause_of_the_catalogue_is_listed_without_a_question(clause: str) -> None:
    assert questions_for([clause])


def test_a_clause_reaches_the_questions_under_it_but_not_its_neighbours() -> None:
    assert {question.clause for question in questions_for(["7.5"])} == {"7.5.2", "7.5.3", "7.5.3.2"}
    assert {question.clause.split(".")[0] for question in questions_for(["10"])} == {"10"}


def test_every_question_names_a_clause_of_the_catalogue_and_has_a_code_of_its_own() -> None:
    asked = template_questions()
    assert {question.clause for question in asked} <= set(clauses())
    assert len({question.code for question in asked}) == len(asked)
    assert all(text.strip() for question in asked for text in (question.text_vi, question.text_en, question.look_vi))
