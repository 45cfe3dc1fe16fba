"""The rules of audits: who may hold one, what an answer needs, what a report needs (9.2.2; ISO 19011)."""

from collections.abc import Sequence
from dataclasses import dataclass

from audits.models import FINDINGS, NONCONFORMING, Answer, Audit, EvidenceItem, EvidenceKind, Question
from qms.accounts.models import Person
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from qms.kernel.workflow import Apart, Reserved
from qms.standard.catalogue import clauses, split_codes


def clauses_named(audit: Audit, moment: Moment) -> Refusal | None:
    """An audit names at least one clause, and only clauses of the catalogue."""
    listed = split_codes(audit.clauses)
    if not listed:
        return Refusal("no_clause", _l("Choose at least one clause of the standard."))
    unknown = [clause for clause in listed if clause not in clauses()]
    if unknown:
        return Refusal("unknown_clause", _l("The standard has no clause %(clauses)s.", clauses=", ".join(unknown)))
    return None


def lead_not_of_unit(audit: Audit, moment: Moment) -> Refusal | None:
    """Nobody leads the audit of the own unit, unless an exception is documented."""
    lead = audit.lead_auditor
    if lead is None or lead.unit_id != audit.unit_id or audit.independence_exception:
        return None
    return Refusal("own_unit", _l("The lead auditor belongs to the audited unit; choose somebody of another unit."))


def lead_named(audit: Audit, moment: Moment) -> Refusal | None:
    """9.2.2 c: auditors are chosen before an audit is held; what came from a register may not know who led."""
    if audit.lead_auditor_id is not None or audit.taken_over:
        return None
    return Refusal("no_lead", _l("No lead auditor is named yet; appoint one first."))


def lead_refusals(person: Person, unit_id: int | None, exception: str | None) -> list[Refusal]:
    """Why a person cannot lead an audit of a unit, for the list that offers who may (9.2.2 c)."""
    found = []
    if person.disabled:
        found.append(Refusal("lead_disabled", _l("account disabled")))
    if person.unit_id == unit_id and not exception:
        found.append(Refusal("own_unit", _l("belongs to the audited unit")))
    return found


def lead_stays(lead: Person) -> Refusal | None:
    """Somebody who can no longer sign in leads no audit (5.3)."""
    if not lead.disabled:
        return None
    return Refusal("lead_disabled", _l("The account of %(name)s is disabled; choose somebody else.", name=lead.full_name))


def lead_is_another(audit: Audit, lead: Person) -> Refusal | None:
    """Appointing another lead changes who leads."""
    if audit.lead_auditor_id != lead.id:
        return None
    return Refusal("leads_already", _l("%(name)s leads this audit already.", name=lead.full_name))


def new_lead_not_of_unit(audit: Audit, lead: Person) -> Refusal | None:
    """Nobody takes over the audit of the own unit, unless an exception is documented (9.2.2 c)."""
    if lead.unit_id != audit.unit_id or audit.independence_exception:
        return None
    return Refusal("own_unit", _l("%(name)s belongs to the audited unit; choose somebody of another unit.", name=lead.full_name))


CONDUCTED_FROM_OUTSIDE = Apart(
    Refusal("own_unit", _l("You belong to the audited unit; somebody of another unit conducts this audit.")),
    units=lambda audit: () if audit.independence_exception else (audit.unit_id,),
)
"""Nobody puts questions to the own unit, unless an exception is documented (9.2.2 c)."""

REPORTED_BY_LEAD = Reserved(
    Refusal("not_lead", _l("Only the lead auditor reports this audit.")), people=lambda audit: (audit.lead_auditor_id,)
)
"""Only the lead auditor reports; when none is named, whoever conducts (9.2.2 d)."""


def checklist_missing(audit: Audit, moment: Moment) -> Refusal | None:
    """The checklist is copied once."""
    return Refusal("has_checklist", _l("This audit has its checklist already.")) if audit.questions else None


def checklist_there(audit: Audit, moment: Moment) -> Refusal | None:
    """An audit taken over from a register has no checklist until somebody asks for it."""
    return None if audit.questions else Refusal("no_checklist", _l("This audit has no checklist yet."))


def started_by_today(audit: Audit, moment: Moment) -> Refusal | None:
    """A register may have brought a start that still lies ahead; no report comes before it."""
    if audit.started_on is None or audit.started_on <= moment.today:
        return None
    day = audit.started_on.strftime("%d/%m/%Y")
    return Refusal("not_started_yet", _l("This audit starts on %(day)s; it cannot be reported before.", day=day))


def all_answered(audit: Audit, moment: Moment) -> Refusal | None:
    """A report waits until every question is answered."""
    open_ones = [question for question in audit.questions if question.answer is Answer.OPEN]
    if not open_ones:
        return None
    return Refusal(
        "open_questions",
        _l(
            "%(count)s questions are not answered yet, first question %(number)s.",
            count=len(open_ones),
            number=open_ones[0].number,
        ),
    )


def all_raised(audit: Audit, moment: Moment) -> Refusal | None:
    """A report waits until each minor or major finding has its nonconformity."""
    waiting = [
        str(question.number)
        for question in audit.questions
        if question.answer in NONCONFORMING and question.nonconformity_id is None
    ]
    if not waiting:
        return None
    return Refusal(
        "not_raised", _l("No nonconformity has been raised yet from question %(numbers)s.", numbers=", ".join(waiting))
    )


def conclusion_given(conclusion: str) -> Refusal | None:
    """9.2.2 d: what is reported to the management concerned are results, in words."""
    return None if conclusion.strip() else Refusal("no_conclusion", _l("Write the conclusion of the audit."))


def all_complete(audit: Audit, moment: Moment) -> Refusal | None:
    """9.2.2 f: a report waits until each answer has the words or the evidence it rests on."""
    waiting = [str(question.number) for question in audit.questions if question.incomplete]
    if not waiting:
        return None
    return Refusal("incomplete", _l("Words or evidence are still missing at question %(numbers)s.", numbers=", ".join(waiting)))


@dataclass(frozen=True)
class Draft:
    """An answer as somebody wants it; texts are trimmed, empty ones None. ``evidence`` holds numbers of the audit's evidence."""

    answer: Answer
    finding: str | None
    requirement: str | None
    statement: str | None
    reason: str | None
    evidence: frozenset[int]


def answer_stays_open(question: Question) -> Refusal | None:
    """A nonconformity carries words and evidence of its answer over, so the answer stands from then on (10.2.2)."""
    if question.nonconformity_id is None:
        return None
    return Refusal("raised", _l("A nonconformity was raised from this answer; the answer can no longer be changed."))


def answer_refusals(question: Question, draft: Draft, known: frozenset[int]) -> list[Refusal]:
    """Why an answer cannot be stored; ``known`` are the numbers of the audit's evidence. What it still lacks is no reason."""
    stays = answer_stays_open(question)
    found = [] if stays is None else [stays]
    if not draft.evidence <= known:
        found.append(Refusal("foreign_evidence", _l("This evidence belongs to another audit.")))
    return found


def lacking(answer: Answer, finding: str | None, reason: str | None, *, has_evidence: bool) -> list[Refusal]:
    """What an answer needs before the audit can be reported (9.2.2 f; ISO 19011): stored all the same, so nothing is lost."""
    found: list[Refusal] = []
    if answer is Answer.CONFORMS and not finding and not has_evidence:
        found.append(Refusal("no_evidence", _l("Write what was seen, or choose evidence.")))
    if answer in FINDINGS and not finding:
        found.append(Refusal("no_finding", _l("Write what was seen, and where.")))
    if answer is Answer.NOT_APPLICABLE and not reason:
        found.append(Refusal("no_reason", _l("Write why the question does not apply.")))
    return found


def raising_refusals(question: Question) -> list[Refusal]:
    """What a nonconformity still lacks before it can be raised from an answer."""
    if question.nonconformity_id is not None:
        return [Refusal("raised", _l("A nonconformity was raised from this answer already."))]
    if question.answer not in NONCONFORMING:
        return [Refusal("no_nonconformity", _l("A nonconformity is raised from a minor or major finding only."))]
    found = []
    if not question.finding:
        found.append(Refusal("no_finding", _l("Write what was seen, and where.")))
    if not question.requirement:
        found.append(Refusal("no_requirement", _l("Write which requirement is not met, and save.")))
    if not question.statement:
        found.append(Refusal("no_statement", _l("Write the statement of the nonconformity, and save.")))
    return found


def nothing_rests_on(item: EvidenceItem, questions: Sequence[Question]) -> Refusal | None:
    """Evidence stays while an answer would rest on nothing without it (7.5.3).

    A citizen's face may be taken out of an answer that led to a nonconformity, too: its words stay there.
    """
    resting = [
        str(question.number)
        for question in questions
        if question.answer is Answer.CONFORMS and not question.finding and [one.id for one in question.evidence] == [item.id]
    ]
    if not resting:
        return None
    return Refusal(
        "rests_on_it",
        _l(
            "The answer “conforms” rests on this evidence alone, question %(numbers)s; choose other evidence first.",
            numbers=", ".join(resting),
        ),
    )


def evidence_refusals(kind: EvidenceKind, text: str, has_file: bool, has_reference: bool) -> Sequence[Refusal]:
    """What a piece of evidence needs: words, a photo its file, a fact its record."""
    found = []
    if not text.strip():
        found.append(Refusal("no_text", _l("Write what the evidence is.")))
    if kind is EvidenceKind.PHOTO and not has_file:
        found.append(Refusal("no_file", _l("Choose the photo.")))
    if kind is EvidenceKind.FACT and not has_reference:
        found.append(Refusal("no_record", _l("Choose the record of this system.")))
    return found
