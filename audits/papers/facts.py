"""What the papers of an audit are made of: the audit with its answers, and the body that issues them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from audits.models import NONCONFORMING, Answer, Audit, Question
from audits.queries import chapter_of
from nonconformities.models import Grade, Nonconformity
from qms.kernel.db import db
from qms.reports.issuer import Issuer, issuer_of
from qms.standard.catalogue import Clause, clauses, split_codes
from qms.units.models import Unit
from qms.units.queries import agencies_of, below

LANGUAGE = "vi"
"""Papers of the office are Vietnamese, whoever prints them."""


@dataclass(frozen=True)
class Facts:
    """An audit as its papers tell it."""

    audit: Audit
    agency: Unit
    place: str
    superior: str
    from_registers: Sequence[Nonconformity] = ()
    """The nonconformities that registers name for an audit that has no checklist here."""

    @property
    def questions(self) -> Sequence[Question]:
        """The checklist in its order."""
        return self.audit.questions

    @property
    def year(self) -> int:
        """The year of the programme the audit belongs to."""
        return self.audit.planned_on.year

    def issuer(self, symbol: str) -> Issuer:
        """The agency the unit belongs to, with the symbol of the type of paper."""
        agency = self.agency
        return issuer_of(
            agency.name,
            agency.kind,
            agency.bloc,
            agency.code,
            language=LANGUAGE,
            superior=self.superior,
            place=self.place,
            symbol=symbol,
        )

    def of_answer(self, *answers: Answer) -> list[Question]:
        """The questions with one of these answers."""
        return [question for question in self.questions if question.answer in answers]

    @property
    def nonconforming(self) -> list[Question]:
        """The questions from which a nonconformity is raised."""
        return self.of_answer(*NONCONFORMING)

    @property
    def counts(self) -> Counter[Answer]:
        """How often each answer was given."""
        return Counter(question.answer for question in self.questions)

    def chapters(self) -> Iterator[tuple[Clause, list[Question]]]:
        """The chapters of the standard the audit reaches, each with its questions."""
        numbers = dict.fromkeys(chapter_of(clause) for clause in split_codes(self.audit.clauses))
        for number in numbers:
            found = [question for question in self.questions if chapter_of(question.clause) == number]
            yield clauses().get(number) or Clause(number, number, number), found


def facts_of(audit: Audit, place: str, superior: str) -> Facts:
    """The audit, loaded with answers and evidence, and the agency that issues its papers."""
    agency = agencies_of([audit.unit_id]).get(audit.unit_id, audit.unit)
    return Facts(audit, agency, place, superior, () if audit.questions else _from_registers(audit))


def _from_registers(audit: Audit) -> Sequence[Nonconformity]:
    """A register names the audit by its code alone, so only those of the audited unit, or below it, are meant."""
    raised = (Nonconformity.audit_code == audit.code, Nonconformity.unit_id.in_(below(audit.unit.code)))
    return db.session.scalars(select(Nonconformity).where(*raised).order_by(Nonconformity.code)).all()


def clause_title(number: str) -> str:
    """ "8.5 Production and service provision", in the language of papers."""
    known = clauses().get(number)
    return number if known is None else f"{number} {known.title(LANGUAGE)}"


def full_title(answer: Answer) -> str:
    """An answer in the words of an official paper, which shortens none: "Không phù hợp nhẹ", not "KPH nhẹ"."""
    return str(Grade(answer.value).title if answer in NONCONFORMING else answer.title)


def two_figures(number: int) -> str:
    """Official Vietnamese writes counts under ten with a leading zero: "02 câu"."""
    return f"{number:02}"
