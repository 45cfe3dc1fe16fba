"""What the page of a checklist shows: one chapter of the standard with its questions open, and the progress of all."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from audits import queries
from audits.answering import lacking_now
from audits.forms import AnswerForm
from audits.models import NONCONFORMING, Answer, Audit, Question
from audits.queries import ClauseGroup, by_clause, chapter_of
from qms.kernel.language import _, current_language
from qms.kernel.refusal import Refusal
from qms.kernel.share import Share
from qms.standard.catalogue import Clause, clauses


@dataclass(frozen=True)
class Shown:
    """What stands in the fields of a question: as stored, or as it was sent when it could not be stored."""

    client_id: str
    version: int
    answer: str
    finding: str
    requirement: str
    statement: str
    reason: str
    evidence: frozenset[int]
    saved_at: datetime | None = None
    lacking: Sequence[Refusal] = ()
    errors: Sequence[str] = field(default=())


def as_stored(question: Question) -> Shown:
    """The fields of a question as the database holds them, ready to be sent under a new id."""
    numbers = frozenset(item.number for item in question.evidence)
    return Shown(
        client_id=str(uuid.uuid4()),
        version=question.version,
        answer=question.answer.value,
        finding=question.finding or "",
        requirement=question.requirement or default_requirement(question.clause),
        statement=question.statement or "",
        reason=question.reason or "",
        evidence=numbers,
        saved_at=question.answered_at,
        lacking=lacking_now(question, has_evidence=bool(numbers)) if question.incomplete else (),
    )


def as_sent(form: AnswerForm, errors: Iterable[str]) -> Shown:
    """The fields as they were sent, with what stood in the way."""
    return Shown(
        client_id=form.client_id.data or str(uuid.uuid4()),
        version=form.version.data or 0,
        answer=form.answer.data or Answer.OPEN.value,
        finding=form.finding.data or "",
        requirement=form.requirement.data or "",
        statement=form.statement.data or "",
        reason=form.reason.data or "",
        evidence=frozenset(form.evidence.data or ()),
        errors=tuple(errors),
    )


def default_requirement(clause: str) -> str:
    """What the field for the requirement says before anybody writes into it."""
    known = clauses().get(clause)
    title = "" if known is None else known.title(current_language())
    heading = _("Clause %(clause)s", clause=clause)
    return heading if not title or title.startswith("[") else f"{heading}: {title}"


def is_changed(question: Question, form: AnswerForm) -> bool:
    """Whether a form of the whole page says something new about a question."""
    shown = as_stored(question)
    requirement = form.requirement.data or ""
    if requirement == default_requirement(question.clause) and form.answer.data not in set(NONCONFORMING):
        form.requirement.data = requirement = question.requirement or ""
    sent = (form.answer.data, form.finding.data or "", form.statement.data or "", form.reason.data or "")
    return (
        sent != (shown.answer, shown.finding, shown.statement, shown.reason)
        or requirement != (question.requirement or "")
        or set(form.evidence.data or ()) != shown.evidence
    )


@dataclass(frozen=True)
class Chapter:
    """A chapter of the standard within a checklist."""

    clause: Clause
    groups: list[ClauseGroup]

    @property
    def number(self) -> str:
        """ "8"."""
        return self.clause.number


@dataclass(frozen=True)
class Progress:
    """How far the checklist is: share, counts, one tone per question, the clauses by chapter."""

    share: Share
    counts: list[tuple[Answer, int]]
    tones: list[str]
    chapters: list[Chapter]
    incomplete: list[int]


def progress_of(questions: Sequence[Question]) -> Progress:
    """The progress of a checklist, from the outline of its questions."""
    chapters: dict[str, list[ClauseGroup]] = {}
    for group in by_clause(questions):
        chapters.setdefault(chapter_of(group.clause.number), []).append(group)
    found = [Chapter(clauses().get(number) or Clause(number, number, number), groups) for number, groups in chapters.items()]
    return Progress(
        queries.progress(questions),
        queries.answer_counts(questions),
        queries.segment_tones(questions),
        found,
        [question.number for question in questions if question.incomplete],
    )


def chapter_shown(audit: Audit, wanted: str | None, question: int | None) -> str | None:
    """The chapter that is asked for, by its number or by a question; else the first with an open question."""
    by_number = {each.number: chapter_of(each.clause) for each in audit.questions}
    if wanted in by_number.values():
        return wanted
    if question in by_number:
        return by_number[question]
    still_open = (each.number for each in audit.questions if each.answer is Answer.OPEN)
    first = next(still_open, next(iter(by_number), None))
    return None if first is None else by_number[first]


def neighbours(progress: Progress, chapter: str | None) -> tuple[Chapter | None, Chapter | None]:
    """The chapters before and after."""
    numbers = [each.number for each in progress.chapters]
    if chapter not in numbers:
        return None, None
    at = numbers.index(chapter)
    before = progress.chapters[at - 1] if at else None
    return before, progress.chapters[at + 1] if at + 1 < len(numbers) else None


def shown_of(questions: Iterable[Question], sent: Mapping[int, Shown]) -> dict[int, Shown]:
    """What stands in the fields of each question; what was sent and not stored goes before what is stored."""
    return {question.number: sent.get(question.number) or as_stored(question) for question in questions}


def common_evidence(sent: Iterable[str]) -> tuple[int, ...]:
    """Numbers of the evidence that was ticked for all conforming answers of a page."""
    return tuple(int(number) for number in sent if number.isdecimal())
