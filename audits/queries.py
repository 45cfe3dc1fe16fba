"""What the pages of audits ask: always within the scope of the person who looks."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, not_, or_, select, true, union
from sqlalchemy.orm import aliased, contains_eager, joinedload, load_only, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from audits.models import Answer, Audit, AuditState, EvidenceItem, Question, question_evidence
from nonconformities.models import Nonconformity
from procedures.models import Procedure, ProcedureUnit
from qms.accounts.actor import in_visible_units, visible_units
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.moment import Actor, Moment
from qms.kernel.panels import Shown
from qms.kernel.reference import Reference
from qms.kernel.share import Share
from qms.people.within_reach import within_reach
from qms.standard.catalogue import Clause, clauses
from qms.units.models import Unit


def readable(actor: Actor) -> ColumnElement[bool]:
    """The scope: audits of the units the person may read, and those the person leads."""
    if actor.may_everywhere(Permission.AUDITS_READ):
        return true()
    in_scope = in_visible_units(Audit.unit_id, actor, Permission.AUDITS_READ)
    leads_elsewhere = exists().where(Audit.lead_auditor_id == actor.person_id, not_(in_scope)).correlate(None)
    if not db.session.scalar(select(leads_elsewhere)):
        return in_scope
    each, led = aliased(Audit), aliased(Audit)  # a union and no OR: each half is found by its index
    readable_ones = select(each.id).where(in_visible_units(each.unit_id, actor, Permission.AUDITS_READ))
    return Audit.id.in_(union(readable_ones, select(led.id).where(led.lead_auditor_id == actor.person_id)))


def reachable(actor: Actor) -> ColumnElement[bool]:
    """The same scope for one record that is known by its number: an OR costs nothing there, and nothing is asked before."""
    if actor.may_everywhere(Permission.AUDITS_READ):
        return true()
    in_scope = in_visible_units(Audit.unit_id, actor, Permission.AUDITS_READ)
    return in_scope if actor.person_id is None else or_(in_scope, Audit.lead_auditor_id == actor.person_id)


def listed(moment: Moment) -> Select[Audit]:
    """What the list shows: the audits in scope, each with its unit and who leads it."""
    return (
        select(Audit)
        .where(readable(moment.person))
        .join(Unit, Unit.id == Audit.unit_id)
        .outerjoin(Person, Person.id == Audit.lead_auditor_id)
        .options(contains_eager(Audit.unit), contains_eager(Audit.lead_auditor))
    )


HELD_BY = case((Audit.state.in_((AuditState.PLANNED, AuditState.UNDER_WAY)), Audit.planned_on))
"""The day by which an audit that is not over has to be held and reported; none for one that is."""


def to_come_in(shown: Shown, moment: Moment) -> Select[int]:
    """How many audits of the unit whose page is drawn are planned or under way."""
    running = Audit.state.in_((AuditState.PLANNED, AuditState.UNDER_WAY))
    return select(func.count(Audit.id)).where(readable(moment.person), Audit.unit_id == shown.unit_id, running)


_OUTLINE = (
    Question.audit_id,
    Question.number,
    Question.clause,
    Question.answer,
    Question.incomplete,
    Question.nonconformity_id,
    Question.version,
)
"""What the rules and the progress ask of a question; its texts are loaded only where they are shown."""


def find(audit_id: int, actor: Actor) -> Audit | None:
    """The audit with the outline of its checklist, when the person may see it."""
    return db.session.scalars(
        select(Audit)
        .where(Audit.id == audit_id, reachable(actor))
        .options(
            joinedload(Audit.unit),
            joinedload(Audit.lead_auditor),
            selectinload(Audit.questions).load_only(*_OUTLINE),
        )
    ).first()


def find_itself(audit_id: int, actor: Actor) -> Audit | None:
    """The audit alone, for who looks neither at questions nor at answers."""
    return db.session.scalars(_itself(audit_id, actor)).first()


def find_to_appoint(audit_id: int, actor: Actor) -> Audit | None:
    """The same, locked."""
    return db.session.scalars(_itself(audit_id, actor).with_for_update(of=Audit)).first()


def find_for_change(audit_id: int, actor: Actor) -> Audit | None:
    """The audit, locked until the transaction ends: a report and a late answer must not pass each other."""
    return find(audit_id, actor) if _lock(audit_id, actor) else None


def find_with_evidence(audit_id: int, actor: Actor, *, to_change: bool = False) -> Audit | None:
    """The audit with every answer and its evidence, for what concerns all of them; ``to_change`` locks it as above."""
    itself = _itself(audit_id, actor)
    audit = db.session.scalars(itself.with_for_update(of=Audit) if to_change else itself).first()
    if audit is not None:
        questions, evidence = checklist(audit.id)
        set_committed_value(audit, "questions", questions)
        set_committed_value(audit, "evidence", evidence)
    return audit


def _itself(audit_id: int, actor: Actor) -> Select[Audit]:
    people = (joinedload(Audit.unit), joinedload(Audit.lead_auditor))
    return select(Audit).where(Audit.id == audit_id, reachable(actor)).options(*people)


def _lock(audit_id: int, actor: Actor) -> bool:
    return db.session.scalar(select(Audit.id).where(Audit.id == audit_id, reachable(actor)).with_for_update()) is not None


def question_for_change(audit_id: int, number: int, actor: Actor) -> Question | None:
    """One question with its audit, both locked in one statement, the audit first as everywhere; however long the checklist is."""
    return db.session.scalars(
        select(Question)
        .select_from(Audit)
        .join(Audit.questions)
        .where(Audit.id == audit_id, reachable(actor), Question.number == number)
        .options(contains_eager(Question.audit))
        .with_for_update()
    ).first()


def checklist(audit_id: int, chapter: str | None = None) -> tuple[Sequence[Question], Sequence[EvidenceItem]]:
    """The questions of a chapter of the standard (or all), with texts and what was raised from them; all evidence of the audit.

    Two statements: the evidence brings which of the questions rest on it.
    """
    query = select(Question).where(Question.audit_id == audit_id).order_by(Question.number)
    if chapter is not None:
        query = query.where(or_(Question.clause == chapter, Question.clause.startswith(chapter + ".", autoescape=True)))
    questions = db.session.scalars(query.options(joinedload(Question.nonconformity))).all()
    links = question_evidence
    rows = db.session.execute(
        select(EvidenceItem, links.c.question_id)
        .outerjoin(links, links.c.evidence_id == EvidenceItem.id)
        .where(EvidenceItem.audit_id == audit_id)
        .options(joinedload(EvidenceItem.file))
        .order_by(EvidenceItem.number)
    ).all()
    resting: dict[int | None, list[EvidenceItem]] = {}
    for item, question_id in rows:
        resting.setdefault(question_id, []).append(item)
    for question in questions:
        set_committed_value(question, "evidence", resting.get(question.id, []))
    return questions, list(dict.fromkeys(item for item, _question_id in rows))


def last_evidence(audit: Audit, question: Question | None) -> int:
    """The highest number that evidence of the audit has; ``question`` knows afterwards on which of it it rests. One statement."""
    links = question_evidence
    rests = and_(links.c.evidence_id == EvidenceItem.id, links.c.question_id == (question.id if question else None))
    rows = db.session.execute(
        select(EvidenceItem, links.c.question_id)
        .outerjoin(links, rests)
        .where(EvidenceItem.audit_id == audit.id)
        .order_by(EvidenceItem.number)
    ).all()
    if question is not None:
        set_committed_value(question, "evidence", [item for item, resting in rows if resting is not None])
    return max((item.number for item, _resting in rows), default=0)


def outline(audit_id: int) -> Sequence[Question]:
    """The checklist without its texts, as it is now."""
    query = select(Question).where(Question.audit_id == audit_id).order_by(Question.number)
    return db.session.scalars(query.options(load_only(*_OUTLINE)).execution_options(populate_existing=True)).all()


def take_outlines(audits: Sequence[Audit]) -> None:
    """Gives each of these audits the outline of its checklist, which the rules ask: one statement, none for no audit."""
    found: dict[int, list[Question]] = {audit.id: [] for audit in audits}
    if found:
        query = select(Question).where(Question.audit_id.in_(found)).options(load_only(*_OUTLINE)).order_by(Question.number)
        for question in db.session.scalars(query):
            found[question.audit_id].append(question)
    for audit in audits:
        set_committed_value(audit, "questions", found[audit.id])


def chapter_of(clause: str) -> str:
    """The chapter of the standard a clause lies in: "8" of "8.5.1"."""
    return clause.split(".", maxsplit=1)[0]


def progress(questions: Sequence[Question]) -> Share:
    """How many questions are answered."""
    return Share(sum(question.answer is not Answer.OPEN for question in questions), len(questions))


def answer_counts(questions: Sequence[Question]) -> list[tuple[Answer, int]]:
    """Each answer that occurs, with its count, in the order of the enumeration."""
    counts = Counter(question.answer for question in questions)
    return [(answer, counts[answer]) for answer in Answer if counts[answer]]


def segment_tones(questions: Sequence[Question]) -> list[str]:
    """One tone per question for the bar of progress; a question not yet asked lies ahead."""
    return ["ahead" if question.answer is Answer.OPEN else question.answer.tone.value for question in questions]


@dataclass(frozen=True)
class ClauseGroup:
    """The questions of one clause x.y."""

    clause: Clause
    questions: list[Question]

    @property
    def progress(self) -> Share:
        """How many of them are answered."""
        return progress(self.questions)


def by_clause(questions: Iterable[Question]) -> list[ClauseGroup]:
    """The checklist in groups of the clauses x.y, in its own order."""
    groups: dict[str, list[Question]] = {}
    for question in questions:
        groups.setdefault(".".join(question.clause.split(".")[:2]), []).append(question)
    return [ClauseGroup(clauses().get(number) or Clause(number, number, number), found) for number, found in groups.items()]


def plannable_units(actor: Actor, today: date) -> Sequence[Unit]:
    """Units in scope today in which the person may plan audits."""
    return db.session.scalars(select(Unit).where(*_plannable(actor, today)).order_by(Unit.name, Unit.id)).all()


def plannable_unit(unit_id: int, lead_id: int, actor: Actor, today: date) -> tuple[Unit, Person | None] | None:
    """One of these units, and the person whose number was sent as the lead; whether both go together the verb asks."""
    named = within_reach(unit_id, today).with_only_columns(Person.id)
    query = select(Unit, Person).outerjoin(Person, and_(Person.id == lead_id, Person.id.in_(named)))
    found = db.session.execute(query.where(*_plannable(actor, today), Unit.id == unit_id)).first()
    return None if found is None else (found[0], found[1])


def nameable(person_id: int, unit_id: int, today: date) -> Person | None:
    """The person of a number, if an audit of the unit may name it; anybody else is nobody, whoever it is."""
    return db.session.scalar(within_reach(unit_id, today).where(Person.id == person_id))


def _plannable(actor: Actor, today: date) -> tuple[ColumnElement[bool], ...]:
    return (
        Unit.id.in_(visible_units(actor, Permission.AUDITS_PLAN)),
        Unit.in_scope_from.is_not(None),
        Unit.in_scope_from <= today,
        or_(Unit.in_scope_to.is_(None), Unit.in_scope_to > today),
    )


def possible_leads(actor: Actor, unit_id: int | None, today: date) -> Sequence[Person]:
    """Whom an audit of the unit may name as lead, also those who cannot lead it, to say why; without a unit, the people in scope.

    The unit has to be one in which the person may plan: nobody of another agency is shown.
    """
    in_scope = select(Person).where(in_visible_units(Person.unit_id, actor, Permission.AUDITS_PLAN))
    query = in_scope if unit_id is None else within_reach(unit_id, today)
    return db.session.scalars(
        query.join(Unit, Unit.id == Person.unit_id)
        .where(Person.forgotten_at.is_(None))
        .options(contains_eager(Person.unit))
        .order_by(Unit.name, Person.full_name, Person.id)
    ).all()


def audited_units(actor: Actor) -> Sequence[Row[str, str]]:
    """Code and name of the units that have an audit in scope, for the filter of the list."""
    has_one = exists().where(Audit.unit_id == Unit.id, reachable(actor))
    return db.session.execute(select(Unit.code, Unit.name).where(has_one).order_by(Unit.name, Unit.id)).all()


def years(actor: Actor) -> list[int]:
    """From the newest year with a planned audit to the oldest."""
    newest, oldest = db.session.execute(
        select(func.max(Audit.planned_on), func.min(Audit.planned_on)).where(reachable(actor))
    ).one()
    return [] if newest is None else list(range(newest.year, oldest.year - 1, -1))


@dataclass(frozen=True)
class Fact:
    """A record of this system that may serve as evidence."""

    reference: Reference
    text: str

    @property
    def key(self) -> str:
        """What a form sends."""
        return f"{self.reference.kind}:{self.reference.code}"


def facts_of(unit_id: int) -> list[Fact]:
    """The procedures of the unit, or applied to it, and its nonconformities."""
    return [*_procedures_as_facts(unit_id), *_nonconformities_as_facts(unit_id)]


def find_fact(unit_id: int, key: str) -> Fact | None:
    """One of these by what a form sends of it."""
    of_kind = {"procedure": _procedures_as_facts, "nonconformity": _nonconformities_as_facts}.get(key.partition(":")[0])
    return next((fact for fact in of_kind(unit_id) if fact.key == key), None) if of_kind else None


def _procedures_as_facts(unit_id: int) -> list[Fact]:
    applied = select(ProcedureUnit.procedure_id).where(ProcedureUnit.unit_id == unit_id)
    procedures = db.session.execute(
        select(Unit.code, Procedure.code, Procedure.title)
        .join(Unit, Unit.id == Procedure.unit_id)
        .where(or_(Procedure.unit_id == unit_id, Procedure.id.in_(applied)), Procedure.withdrawn_on.is_(None))
        .order_by(Procedure.code, Procedure.id)
    )
    return [Fact(Reference("procedure", f"{owner}/{code}"), f"{code} {title}") for owner, code, title in procedures]


def _nonconformities_as_facts(unit_id: int) -> list[Fact]:
    found = db.session.execute(
        select(Nonconformity.code, Nonconformity.statement)
        .where(Nonconformity.unit_id == unit_id)
        .order_by(Nonconformity.code.desc())
    )
    return [Fact(Reference("nonconformity", code), f"{code} {statement[:80]}") for code, statement in found]
