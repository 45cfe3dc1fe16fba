"""Answers as a client gives them, for the tests of audits."""

from collections.abc import Iterable
from uuid import uuid4

from audits import answering
from audits.answering import Given, Kept
from audits.models import Answer, Audit, Question
from qms.kernel.moment import Moment


def given(
    question: Question,
    answer: Answer,
    *,
    finding: str = "",
    requirement: str = "",
    statement: str = "",
    reason: str = "",
    evidence: Iterable[int] = (),
    client_id: str | None = None,
    version: int | None = None,
    after: Iterable[str] = (),
) -> Given:
    """What somebody sends who has the question open as it is now."""
    return Given(
        audit_id=question.audit_id,
        number=question.number,
        client_id=client_id or str(uuid4()),
        version=question.version if version is None else version,
        answer=answer,
        finding=finding,
        requirement=requirement,
        statement=statement,
        reason=reason,
        evidence=tuple(evidence),
        after=tuple(after),
    )


def give(question: Question, answer: Answer, moment: Moment, **words: object) -> Kept:
    """Answers a question; to be called inside ``writing()``."""
    kept = answering.answer(given(question, answer, **words), moment)  # type: ignore[arg-type]
    assert kept is not None
    return kept


def sent(audit: Audit, number: int, answer: Answer, **words: object) -> dict[str, object]:
    """The same as the form fields that the script sends for one question."""
    version = next(question.version for question in audit.questions if question.number == number)
    return {"client_id": str(uuid4()), "version": version, "answer": answer.value, **words}


def page(audit: Audit, answers: dict[int, tuple[Answer, dict[str, object]]], **more: object) -> dict[str, object]:
    """The same as the one form of a chapter that is sent without scripts."""
    fields = dict(more)
    for number, (answer, words) in answers.items():
        fields |= {f"{number}-{name}": value for name, value in sent(audit, number, answer, **words).items()}
    return fields
