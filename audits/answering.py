"""Answering a question: one verb on plain data, so that a page, a form without scripts and an offline application call the same.

An answer is stored as it was given; what it still lacks is told, and stops the report, not the answer (nothing typed is lost).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified, set_committed_value

from audits import queries, rules
from audits.models import Answer, AnswerReceipt, EvidenceItem, Question, question_evidence
from audits.noting import note
from audits.rules import Draft, answer_refusals
from audits.workflow import WORKFLOW, acting
from qms.kernel.db import db
from qms.kernel.forms import ChangedMeanwhile
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if


@dataclass(frozen=True)
class Given:
    """An answer as a client sends it: plain words and numbers.

    ``client_id`` is made by the client for this one sending; the same id sent again changes nothing and gets the same reply.
    ``version`` is the question's when the client last heard of it. ``after`` are the ids of what this client sent before and
    has no reply for: should one of them be the last thing stored, nobody else changed the question meanwhile.
    ``evidence`` are numbers of the audit's evidence.
    """

    audit_id: int
    number: int
    client_id: str
    version: int
    answer: Answer
    finding: str = ""
    requirement: str = ""
    statement: str = ""
    reason: str = ""
    evidence: tuple[int, ...] = ()
    after: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kept:
    """The reply: the version that is stored now, since when, and what the answer still lacks before the report."""

    version: int
    at: datetime
    lacking: tuple[Refusal, ...]


TEXTS = ("finding", "requirement", "statement", "reason")


def answer(given: Given, moment: Moment) -> Kept | None:
    """Stores an answer with everything that was typed, whatever its kind; None when there is no such question in scope.

    Raises ``Refused``: wrong_state, not_permitted, own_unit, raised, foreign_evidence; ``ChangedMeanwhile``.
    """
    question = queries.question_for_change(given.audit_id, given.number, moment.person)
    if question is None:
        return None
    receipts = _receipts(question.id, [given.client_id, *given.after])
    known = receipts.get(given.client_id)
    if known is not None:
        return Kept(known.version, known.at, tuple(_lacking_as_stored(question)))
    if question.version not in {given.version, *(receipt.version for receipt in receipts.values())}:
        raise ChangedMeanwhile
    acts = acting(question.audit, moment)
    WORKFLOW.perform(question.audit, "answer", acts)
    draft = Draft(
        given.answer,
        _text(given.finding),
        _text(given.requirement),
        _text(given.statement),
        _text(given.reason),
        frozenset(given.evidence),
    )
    items, chosen = _evidence(question, draft.evidence)
    refuse_if(*answer_refusals(question, draft, frozenset(items)))
    lacking = rules.lacking(draft.answer, draft.finding, draft.reason, has_evidence=bool(draft.evidence))
    _store(question, draft, items, chosen, acts, incomplete=bool(lacking))
    db.session.add(AnswerReceipt(client_id=given.client_id, question_id=question.id, version=question.version, at=moment.instant))
    return Kept(question.version, moment.instant, tuple(lacking))


def _store(
    question: Question, draft: Draft, items: dict[int, EvidenceItem], chosen: Collection[int], moment: Moment, *, incomplete: bool
) -> None:
    """Writes what differs, with one entry in the trail that names each field with its old and its new text."""
    number, changes = question.number, dict[str, list[object]]()
    if question.answer is not draft.answer:
        changes[f"question {number}"] = [question.answer.value, draft.answer.value]
    for name in TEXTS:
        old, new = getattr(question, name), getattr(draft, name)
        if old != new:
            changes[f"{name} {number}"] = [old, new]
    if set(chosen) != draft.evidence:
        changes[f"rests_on {number}"] = [sorted(chosen), sorted(draft.evidence)]
        question.evidence = [items[each] for each in sorted(draft.evidence)]
    if not changes:
        return
    for name in TEXTS:  # only now: what asks the database above would write a half-changed question first
        setattr(question, name, getattr(draft, name))
    asked = draft.answer is not Answer.OPEN
    question.answer, question.incomplete = draft.answer, incomplete
    question.answered_by_id = moment.person.person_id if asked else None
    question.answered_at = moment.instant if asked else None
    flag_modified(question, "answer")  # evidence alone is a change too: the version counts it
    db.session.flush()
    note(question.audit, "answer", moment, changes)


def _evidence(question: Question, wanted: frozenset[int]) -> tuple[dict[int, EvidenceItem], set[int]]:
    """By number the evidence that is wanted or chosen now, and the numbers of what is chosen now."""
    links = question_evidence
    chosen = (links.c.evidence_id == EvidenceItem.id) & (links.c.question_id == question.id)
    rows = db.session.execute(
        select(EvidenceItem, links.c.question_id)
        .outerjoin(links, chosen)
        .where(
            EvidenceItem.audit_id == question.audit_id,
            EvidenceItem.number.in_(wanted) | links.c.question_id.is_not(None),
        )
        .order_by(EvidenceItem.number)
    ).all()
    set_committed_value(question, "evidence", [item for item, by in rows if by is not None])
    return {item.number: item for item, _by in rows}, {item.number for item, by in rows if by is not None}


def _receipts(question_id: int, client_ids: list[str]) -> dict[str, AnswerReceipt]:
    rows = db.session.scalars(
        select(AnswerReceipt).where(AnswerReceipt.client_id.in_(client_ids), AnswerReceipt.question_id == question_id)
    )
    return {receipt.client_id: receipt for receipt in rows}


def lacking_now(question: Question, *, has_evidence: bool) -> list[Refusal]:
    """What the stored answer still lacks before the report."""
    return rules.lacking(question.answer, question.finding, question.reason, has_evidence=has_evidence)


def _lacking_as_stored(question: Question) -> list[Refusal]:
    return lacking_now(question, has_evidence=not question.incomplete)


def _text(typed: str) -> str | None:
    return typed.strip() or None
