"""The rules of the evaluation once more, over plain lists, written from the document: simple, and independent of the SQL."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from audits.models import Audit
from nonconformities.models import Action, Nonconformity, Response
from procedures.models import Procedure
from qms.units.models import Unit
from tests.evaluation.oracle_facts import Facts, months

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


@dataclass(frozen=True)
class Resting:
    """What the rules say of a unit when it is asked what its verdict rests on."""

    verdict: str
    timely_verdict: str
    late: dict[str, int]
    taken_over: dict[str, int]


class Oracle(Facts):
    """The criteria and the verdict, in the order of the document."""

    def announced(self, unit: Unit) -> list[Item]:
        return [
            (one.number, self.counts(one.unit_id, one.announced_on, one.announced_entered_on))
            for one in self.announcements
            if self.of_agency(unit, one.unit_id) and self.past(one.announced_on) and not self.past(one.revoked_on)
        ]

    def management_review(self, unit: Unit) -> list[Item]:
        return [
            ("", self.counts(one.unit_id, one.held_on, one.held_entered_on))
            for one in self.reviews
            if self.of_agency(unit, one.unit_id) and self.in_year(one.held_on)
        ]

    def procedures_in_force(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.procedures:
            ways = [self.made(one, one.unit_id)] if self.of(unit, one.unit_id) else []
            for use in self.applications:
                holds = use.procedure_id == one.id and self.past(use.from_on) and not self.past(use.to_on)
                if holds and self.of(unit, use.unit_id):
                    applied = self.counts(use.unit_id, use.from_on, use.from_entered_on)
                    ways.append(applied and self.made(one, use.unit_id))
            if self.in_force(one) and one.kind in PROOF and ways:
                found.append(("", any(ways)))
        return found

    def made(self, procedure: Procedure, for_id: int) -> bool:
        """Whether it counts here that the procedure came into force, asked of the agency of a unit."""
        return self.counts(for_id, procedure.effective_on, procedure.effective_entered_on)

    def procedures_reviewed(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.procedures:
            if self.of(unit, one.unit_id) and self.in_force(one) and one.kind not in {"form", "external"}:
                seen = [one.effective_on] if self.made(one, one.unit_id) else []
                told = self.counts(one.unit_id, one.reviewed_on, one.reviewed_entered_on)
                if told and one.reviewed_on is not None and one.reviewed_on <= self.day:
                    seen.append(one.reviewed_on)
                found.append((one.code, bool(seen) and months(max(seen), 12) >= self.day))
        return found

    def services_covered(self, unit: Unit) -> list[Item]:
        def reaches(procedure: Procedure) -> bool:
            owner = self.handed_to(procedure.unit_id)
            mine, theirs = self.agency(unit.id), self.agency(owner)
            return owner == unit.id if mine is None else theirs is not None and mine.id == theirs.id

        named = {
            each.service_code
            for one in self.procedures
            if self.in_force(one) and reaches(one) and self.made(one, one.unit_id)
            for each in one.services
        }
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
            (one.code, self.reported(one))
            for one in self.audits
            if self.of(unit, one.unit_id) and self.proves(one) and self.in_year(one.reported_on)
        ]

    def reported(self, audit: Audit) -> bool:
        return self.counts(audit.unit_id, audit.reported_on, audit.reported_entered_on)

    def clauses_covered(self, unit: Unit) -> list[Item]:
        agency = self.agency(unit.id)
        dropped = (agency.not_applicable_clauses or "").split(";") if agency is not None else []
        start = months(self.day, -36)
        seen = [
            one
            for one in self.audits
            if self.proves(one)
            and self.past(one.reported_on)
            and one.reported_on
            and one.reported_on > start
            and self.reported(one)
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
        told = sorted(
            (event.on, event.event == "reopened")
            for event in one.events
            if event.on <= self.day and (event.event == "reopened" or self.counts(one.unit_id, event.on, event.entered_on))
        )
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
            unfinished = not live or not all(self.completed(one, each) for each in live)
            answer = self.answer(one)
            effect = answer.effect_due_on if answer is not None else None
            unverified = effect is not None and effect + timedelta(days=30) < self.day
            fails = not self.closed(one) and ((limit < self.day and unfinished) or unverified)
            found.append((one.code, not fails))
        return found

    def completed(self, nonconformity: Nonconformity, action: Action) -> bool:
        told = self.counts(nonconformity.unit_id, action.completed_on, action.completed_entered_on)
        return told and self.past(action.completed_on)

    def added(self, action: Action) -> bool:
        return action.added_on is None or action.added_on <= self.day

    def in_view(self, due: date, settled: bool) -> bool:
        return due <= self.day and (due > months(self.day, -12) or not settled)

    def answered_on_time(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.raised(unit):
            done = self.answered(one)
            if self.in_view(one.response_due_on, self.with_only("late").answered(one) is not None):
                found.append((one.code, done is not None and done <= one.response_due_on))
        return found

    def answered(self, one: Nonconformity) -> date | None:
        """On which day cause and plan were submitted, or else it was first closed."""
        answer = self.answer(one)
        told = answer is not None and self.counts(one.unit_id, answer.responded_on, answer.responded_entered_on)
        if told and answer is not None and self.past(answer.responded_on):
            return answer.responded_on
        closings = (event for event in one.events if event.event == "closed" and event.on <= self.day)
        return min((each.on for each in closings if self.counts(one.unit_id, each.on, each.entered_on)), default=None)

    def actions_on_time(self, unit: Unit) -> list[Item]:
        found = []
        for one in self.raised(unit):
            for each in filter(self.added, one.actions):
                due = self.due(each.due_on, each.moved_to, each.moved_on)
                if each.cancelled_on is not None and each.cancelled_on <= due:
                    continue
                if self.in_view(due, self.past(each.completed_on) or self.past(each.cancelled_on)):
                    counts = self.counts(one.unit_id, each.completed_on, each.completed_entered_on)
                    met = counts and each.completed_on is not None and each.completed_on <= due
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

    def rests_on(self, unit: Unit) -> Resting:
        """How many met items of each criterion are there only by late entries, or only by what was taken over."""
        every, taken, timely = (self.with_only(least).judge(unit) for least in ("late", "taken_over", "in_time"))
        met = [{code: answer.met for code, answer in each.answers.items()} for each in (every, taken, timely)]
        return Resting(
            every.verdict,
            taken.verdict,
            {code: met[0][code] - met[1][code] for code in met[0]},
            {code: met[1][code] - met[2][code] for code in met[0]},
        )

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
        result = "met" if met else "not_met"
    elif not total:
        result = "not_applicable"
    else:
        result = "met" if 100 * met >= SHARES[code] * total else "not_met"
    return Answer(result, met, total, failing)
