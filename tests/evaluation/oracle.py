"""The rules of the evaluation once more, over plain lists, written from the document: simple, and independent of the SQL."""

from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import select

from audits.models import Audit
from nonconformities.models import Action, Nonconformity, Response
from procedures.models import Procedure, ProcedureUnit, Service
from qms.kernel.db import db
from qms.reviews.models import ManagementReview
from qms.units.models import Announcement, Unit

CLAUSES = [
    "4.1",
    "4.2",
    "4.3",
    "4.4",
    "5.1",
    "5.2",
    "5.3",
    "6.1",
    "6.2",
    "6.3",
    "7.1",
    "7.2",
    "7.3",
    "7.4",
    "7.5",
    "8.1",
    "8.2",
    "8.3",
    "8.4",
    "8.5",
    "8.6",
    "8.7",
    "9.1",
    "9.2",
    "9.3",
    "10.1",
    "10.2",
    "10.3",
]
FOR_THE_AGENCY = {"4.1", "4.2", "4.3", "5.1", "5.2", "5.3", "6.3", "9.3"}
PROOF = {"system_procedure", "operational_procedure", "instruction"}
WEIGHTS = {
    "services_covered": 2,
    "procedures_reviewed": 2,
    "clauses_covered": 1,
    "answered_on_time": 1,
    "actions_on_time": 2,
}
MANDATORY = ("announced", "procedures_in_force", "audited", "no_overdue_nonconformity", "management_review")
EXEMPT = ("audited", "clauses_covered", "management_review")
SHARES = {
    "services_covered": 95,
    "procedures_reviewed": 95,
    "clauses_covered": 100,
    "answered_on_time": 80,
    "actions_on_time": 80,
}

Item = tuple[str, bool]


@dataclass(frozen=True)
class Answer:
    """What a criterion says of a unit."""

    result: str
    met: int
    total: int
    failing: tuple[str, ...]


@dataclass(frozen=True)
class Judgement:
    """What the rules say of a unit."""

    verdict: str
    score: str
    answers: dict[str, Answer]


def months(day: date, count: int) -> date:
    """A day some months later (or earlier), on the last day of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + count, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


class Oracle:
    """Everything the rules read, as lists, and the day they are asked for."""

    def __init__(self, day: date) -> None:
        session = db.session
        self.day = day
        self.units = {unit.id: unit for unit in session.scalars(select(Unit))}
        self.announcements = list(session.scalars(select(Announcement)))
        self.reviews = list(session.scalars(select(ManagementReview)))
        self.procedures = list(session.scalars(select(Procedure)))
        self.applications = list(session.scalars(select(ProcedureUnit)))
        self.services = list(session.scalars(select(Service)))
        self.audits = list(session.scalars(select(Audit)))
        self.nonconformities = list(session.scalars(select(Nonconformity)))

    def ended(self, unit: Unit) -> bool:
        return unit.in_scope_to is not None and unit.in_scope_to <= self.day

    def in_scope(self, unit: Unit) -> bool:
        return unit.in_scope_from is not None and unit.in_scope_from <= self.day and not self.ended(unit)

    def handed_to(self, unit_id: int) -> int:
        unit = self.units[unit_id]
        if self.ended(unit) and unit.successor_id is not None:
            return self.handed_to(unit.successor_id)
        return unit_id

    def agency(self, unit_id: int | None) -> Unit | None:
        while unit_id is not None:
            unit = self.units[unit_id]
            if unit.agency:
                return unit
            unit_id = unit.parent_id
        return None

    def predecessors(self, unit: Unit) -> list[Unit]:
        direct = [one for one in self.units.values() if one.successor_id == unit.id and self.ended(one)]
        return direct + [earlier for one in direct for earlier in self.predecessors(one)]

    def new(self, unit: Unit) -> bool:
        days = [one.in_scope_from for one in [unit, *self.predecessors(unit)] if one.in_scope_from is not None]
        return bool(days) and months(self.day, -12) < min(days) <= self.day

    def in_year(self, day: date | None) -> bool:
        return day is not None and months(self.day, -12) - timedelta(days=45) < day <= self.day

    def past(self, day: date | None) -> bool:
        return day is not None and day <= self.day

    def of(self, unit: Unit, owner_id: int) -> bool:
        return self.handed_to(owner_id) == unit.id

    def of_agency(self, unit: Unit, owner_id: int) -> bool:
        agency = self.agency(unit.id)
        return agency is not None and self.of(agency, owner_id)

    def in_force(self, procedure: Procedure) -> bool:
        return self.past(procedure.effective_on) and not self.past(procedure.withdrawn_on)

    def due(self, first: date, moved_to: date | None, moved_on: date | None) -> date:
        if moved_to is None or moved_on is None or moved_on > self.day or moved_on >= first:
            return first
        return moved_to if 1 <= (moved_to - first).days <= 60 else first

    def announced(self, unit: Unit) -> list[Item]:
        return [
            (one.number, True)
            for one in self.announcements
            if self.of_agency(unit, one.unit_id) and self.past(one.announced_on) and not self.past(one.revoked_on)
        ]

    def management_review(self, unit: Unit) -> list[Item]:
        return [("", True) for one in self.reviews if self.of_agency(unit, one.unit_id) and self.in_year(one.held_on)]

    def procedures_in_force(self, unit: Unit) -> list[Item]:
        found = set()
        for one in self.procedures:
            users = [
                use.unit_id
                for use in self.applications
                if use.procedure_id == one.id and self.past(use.from_on) and not self.past(use.to_on)
            ]
            if self.in_force(one) and one.kind in PROOF and any(self.of(unit, id_) for id_ in [one.unit_id, *users]):
                found.add(one.id)
        return [("", True) for _ in found]

    def procedures_reviewed(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.procedures:
            if self.of(unit, one.unit_id) and self.in_force(one) and one.kind not in {"form", "external"}:
                seen = [one.effective_on]
                if one.reviewed_on is not None and one.reviewed_on <= self.day:
                    seen.append(one.reviewed_on)
                found.append((one.code, months(max(seen), 12) >= self.day))
        return found

    def services_covered(self, unit: Unit) -> list[Item]:
        def reaches(procedure: Procedure) -> bool:
            owner = self.handed_to(procedure.unit_id)
            mine, theirs = self.agency(unit.id), self.agency(owner)
            return owner == unit.id if mine is None else theirs is not None and mine.id == theirs.id

        named = {each.service_code for one in self.procedures if self.in_force(one) and reaches(one) for each in one.services}
        return [
            (one.code, one.code in named)
            for one in self.services
            if self.of(unit, one.unit_id) and self.past(one.valid_from) and not self.past(one.valid_to)
        ]

    def proves(self, audit: Audit) -> bool:
        lead = audit.lead_auditor
        outside = lead is None or lead.unit_id != audit.unit_id or audit.independence_exception is not None
        return audit.kind in {"planned", "for_cause", "thematic"} and outside

    def audited(self, unit: Unit) -> list[Item]:
        return [
            (one.code, True)
            for one in self.audits
            if self.of(unit, one.unit_id) and self.proves(one) and self.in_year(one.reported_on)
        ]

    def clauses_covered(self, unit: Unit) -> list[Item]:
        agency = self.agency(unit.id)
        dropped = (agency.not_applicable_clauses or "").split(";") if agency is not None else []
        start = months(self.day, -36)
        seen = [
            one
            for one in self.audits
            if self.proves(one) and self.past(one.reported_on) and one.reported_on and one.reported_on > start
        ]
        found = []
        for clause in CLAUSES:
            chapter = clause.split(".")[0]
            if clause in dropped or chapter in dropped:
                continue
            listed = [
                each
                for one in seen
                if self.of(unit, one.unit_id) or (clause in FOR_THE_AGENCY and self.of_agency(unit, one.unit_id))
                for each in (one.clauses or "").split(";")
            ]
            met = any(each in {clause, chapter} or each.startswith(clause + ".") for each in listed)
            found.append((clause, met))
        return found

    def raised(self, unit: Unit) -> list[Nonconformity]:
        return [one for one in self.nonconformities if self.of(unit, one.unit_id) and self.past(one.raised_on)]

    def closed(self, one: Nonconformity) -> bool:
        told = sorted((event.on, event.event == "reopened") for event in one.events if event.on <= self.day)
        return bool(told) and not told[-1][1]

    def answer(self, one: Nonconformity) -> Response | None:
        held = [
            each
            for each in one.responses
            if (each.held_from is None or each.held_from <= self.day) and not self.past(each.withdrawn_on)
        ]
        assert len(held) <= 1
        return held[0] if held else None

    def no_overdue_nonconformity(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.raised(unit):
            limit = self.due(one.due_on, one.moved_to, one.moved_on)
            if one.grade == "minor":
                limit += timedelta(days=90)
            live = [each for each in one.actions if self.added(each) and not self.past(each.cancelled_on)]
            unfinished = not live or not all(self.past(each.completed_on) for each in live)
            answer = self.answer(one)
            effect = answer.effect_due_on if answer is not None else None
            unverified = effect is not None and effect + timedelta(days=30) < self.day
            fails = not self.closed(one) and ((limit < self.day and unfinished) or unverified)
            found.append((one.code, not fails))
        return found

    def added(self, action: Action) -> bool:
        return action.added_on is None or action.added_on <= self.day

    def in_view(self, due: date, settled: bool) -> bool:
        return due <= self.day and (due > months(self.day, -12) or not settled)

    def answered_on_time(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.raised(unit):
            answer = self.answer(one)
            done = answer.responded_on if answer is not None and self.past(answer.responded_on) else None
            if done is None:
                done = min((event.on for event in one.events if event.event == "closed" and event.on <= self.day), default=None)
            if self.in_view(one.response_due_on, done is not None):
                found.append((one.code, done is not None and done <= one.response_due_on))
        return found

    def actions_on_time(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.raised(unit):
            for each in filter(self.added, one.actions):
                due = self.due(each.due_on, each.moved_to, each.moved_on)
                if each.cancelled_on is not None and each.cancelled_on <= due:
                    continue
                if self.in_view(due, self.past(each.completed_on) or self.past(each.cancelled_on)):
                    met = each.completed_on is not None and each.completed_on <= due
                    found.append((f"{one.code}/{each.number}", met))
        return found

    def judge(self, unit: Unit) -> Judgement:
        """Every criterion, the verdict and the score of a unit in scope."""
        new = self.new(unit)
        answers = {}
        for code in [*MANDATORY, *WEIGHTS]:
            select_items: Callable[[Unit], list[Item]] = getattr(self, code)
            answers[code] = Answer("not_applicable", 0, 0, ()) if new and code in EXEMPT else judged(code, select_items(unit))
        met = sum(weight for code, weight in WEIGHTS.items() if answers[code].result == "met")
        applicable = sum(weight for code, weight in WEIGHTS.items() if answers[code].result != "not_applicable")
        if new:
            verdict = "building"
        elif any(answers[code].result == "not_met" for code in MANDATORY):
            verdict = "not_maintained"
        else:
            verdict = "maintains" if 5 * met >= 4 * applicable and applicable >= 6 else "to_supplement"
        return Judgement(verdict, f"{met}/{applicable}", answers)

    def excluded(self) -> list[tuple[str | None, str, str, str | None, bool]]:
        """Agency, unit, reason, successor and left of every unit out of scope, in the order of the document."""
        found = []
        for unit in self.units.values():
            if self.in_scope(unit):
                continue
            successor = self.units[unit.successor_id].code if unit.successor_id is not None else None
            if unit.in_scope_from is not None and unit.in_scope_from > self.day:
                reason = "not_started"
            elif self.ended(unit):
                reason = "merged" if successor else "dissolved"
            else:
                reason = "not_required"
            agency = self.agency(unit.id)
            recent = (
                self.ended(unit)
                and successor is None
                and unit.in_scope_to is not None
                and unit.in_scope_to > months(self.day, -12)
            )
            code = agency.code if agency is not None else None
            found.append((not recent, code is not None, code or "", unit.code, reason, successor, self.ended(unit)))
        return [
            (agency if known else None, unit, reason, successor, left)
            for _, known, agency, unit, reason, successor, left in sorted(found, key=lambda row: row[:4])
        ]


def judged(code: str, items: Iterable[Item]) -> Answer:
    """The rule of a criterion over its items."""
    every = list(items)
    met, total = sum(good for _, good in every), len(every)
    failing = tuple(sorted(reference for reference, good in every if not good))
    if code == "no_overdue_nonconformity":
        result = "not_met" if failing else "met"
    elif code in MANDATORY:
        result = "met" if total else "not_met"
    elif not total:
        result = "not_applicable"
    else:
        result = "met" if 100 * met >= SHARES[code] * total else "not_met"
    return Answer(result, met, total, failing)
