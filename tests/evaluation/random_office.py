"""Offices of chance, the same for the same seed: successors, agencies below agencies, facts on either side of every day."""

from collections.abc import Callable
from datetime import date, timedelta
from random import Random
from typing import Any

from audits.models import AuditKind, AuditState
from nonconformities.models import ActionState, EventKind, Grade, NonconformityState
from procedures.models import ProcedureKind
from qms.accounts.models import Person
from qms.kernel.days import add_months
from qms.units.models import Unit
from tests.office import Office

FIRST, DAYS = date(2023, 6, 1), 1500
DAYS_ASKED = (date(2024, 2, 29), date(2025, 8, 31), date(2026, 3, 31), date(2026, 11, 30), date(2027, 6, 30))
SERVICES = ("1.000001", "1.000002", "1.000003", "1.000004")
BEGINNINGS = (None, date(2024, 1, 15), date(2025, 3, 10), date(2026, 6, 1))
"""When an office began to use the system: never seen as such, or on a day to which it brought its history along."""
CLAUSE_LISTS = ("4;5;6;7;8;9;10", "4;5;6", "7.5.3;8.5.1;10.2.2", "9;10", "4.1;4.2;9.3", "8;7", "")


EDGES = sorted(
    {add_months(day, months) + timedelta(days=beside) for day in DAYS_ASKED for months in (-12, 0) for beside in (-1, 0, 1)}
)
"""Where a rule that is wrong by one day shows: every day asked for and the same day a year before, with their neighbours."""


def day_of(chance: Random, first: date = FIRST, days: int = DAYS) -> date:
    """Some day from ``first`` on, every third one on an edge when there is one within reach."""
    edges = [day for day in EDGES if first <= day < first + timedelta(days=days)]
    if edges and chance.random() < 0.35:
        return chance.choice(edges)
    return first + timedelta(days=chance.randrange(days))


def perhaps(chance: Random, likely: float, first: date, days: int = 400) -> date | None:
    """Some day from ``first`` on, or none."""
    return day_of(chance, first, days) if chance.random() < likely else None


Entered = Callable[[date | None], date | None]
"""On which day a fact of some day is entered."""


def entries(chance: Random) -> Entered:
    """What was before the beginning is brought along within some months, later things are entered at once or late."""
    begun = chance.choice(BEGINNINGS)

    def entered(day: date | None) -> date | None:
        if day is None:
            return None
        if begun is not None and day <= begun:
            return begun + timedelta(days=chance.choice((0, 1, 30, 89, 90, 91, 150)))
        return day + timedelta(days=chance.choice((0, 0, 0, 10, 30, 31, 60)))

    return entered


def moves(chance: Random, due_on: date, raised_on: date) -> dict[str, Any]:
    """A moved deadline, or none; some of them do not count."""
    if chance.random() < 0.6:
        return {}
    moved_on = day_of(chance, raised_on, 90)
    moved_to = due_on + timedelta(days=chance.choice((-3, 1, 30, 60, 61, 120)))
    counts = moved_on < due_on and 0 < (moved_to - due_on).days <= 60
    return {"moved_on": moved_on, "moved_to": moved_to, "move_counts": counts}


def build(office: Office, seed: int) -> None:
    """Fills the database with the office of a seed."""
    chance, entered = Random(seed), entries(Random(seed + 1000))
    units = _units(office, chance, entered)
    people = [office.person(unit=unit) for unit in units]
    procedures = []
    for unit in units:
        for _ in range(chance.randrange(4)):
            effective_on = day_of(chance)
            kind = chance.choice(list(ProcedureKind))
            reviewed_on = perhaps(chance, 0.5, effective_on, 900)
            procedures.append(
                office.procedure(
                    unit,
                    kind=kind,
                    effective_on=effective_on,
                    effective_entered_on=entered(effective_on),
                    reviewed_on=reviewed_on,
                    reviewed_entered_on=entered(reviewed_on),
                    withdrawn_on=perhaps(chance, 0.2, effective_on, 900),
                    services=";".join(chance.sample(SERVICES, chance.randrange(3))),
                )
            )
        for code in chance.sample(SERVICES, chance.randrange(3)):
            valid_from = day_of(chance)
            office.service(unit, code, valid_from=valid_from, valid_to=perhaps(chance, 0.3, valid_from))
    for procedure in procedures:
        for unit in chance.sample(units, chance.randrange(3)):
            from_on = day_of(chance)
            to_on = perhaps(chance, 0.3, from_on)
            office.application(procedure, unit, from_on, from_entered_on=entered(from_on), to_on=to_on)
    for unit in units:
        _audits(office, chance, entered, unit, people)
        for _ in range(chance.randrange(3)):
            _nonconformity(office, chance, entered, unit)


def _units(office: Office, chance: Random, entered: Entered) -> list[Unit]:
    units: list[Unit] = []
    for number in range(8):
        parent = chance.choice(units) if units and chance.random() < 0.85 else None
        agency = chance.random() < 0.4
        successor = chance.choice(units) if units and chance.random() < 0.6 else None
        started = perhaps(chance, 0.9, FIRST - timedelta(days=400), 1500)
        ended = perhaps(chance, 0.35, started or FIRST, 1200)
        units.append(
            office.unit(
                f"U{number}",
                parent=parent,
                agency=agency,
                in_scope_from=started,
                in_scope_to=ended,
                exclusion_reason=None if started else "Không thuộc diện",
                successor_id=successor.id if successor is not None else None,
                not_applicable_clauses=chance.choice((None, "8.3", "8.3.1;8.4", "7")),
            )
        )
    for unit in units:
        for day in {day_of(chance) for _ in range(chance.randrange(3))}:
            revoked_on = perhaps(chance, 0.3, day, 700)
            office.announcement(unit, day, announced_entered_on=entered(day), revoked_on=revoked_on)
        for day in {day_of(chance) for _ in range(chance.randrange(5))}:
            office.review(unit, day, held_entered_on=entered(day))
    return units


def _audits(office: Office, chance: Random, entered: Entered, unit: Unit, people: list[Person]) -> None:
    for _ in range(chance.randrange(5)):
        lead = chance.choice([None, *people, *(one for one in people if one.unit_id == unit.id)])
        reported_on = perhaps(chance, 0.9, FIRST, DAYS)
        office.audit(
            unit,
            kind=chance.choice((AuditKind.PLANNED, *AuditKind)),
            reported_on=reported_on,
            reported_entered_on=entered(reported_on),
            state=AuditState.REPORTED if reported_on else AuditState.PLANNED,
            lead_auditor_id=lead.id if lead is not None else None,
            independence_exception="12/QĐ-UBND" if chance.random() < 0.2 else None,
            clauses=chance.choice(CLAUSE_LISTS),
        )


def _nonconformity(office: Office, chance: Random, entered: Entered, unit: Unit) -> None:
    raised_on = day_of(chance)
    due_on = raised_on + timedelta(days=chance.choice((10, 30, 60)))
    found = office.nonconformity(
        unit,
        raised_on=raised_on,
        due_on=due_on,
        response_due_on=raised_on + timedelta(days=14),
        grade=chance.choice(list(Grade)),
        state=NonconformityState.PLANNING,
        **moves(chance, due_on, raised_on),
    )
    held_from = perhaps(chance, 0.8, raised_on, 25)
    if held_from is not None:
        withdrawn_on = perhaps(chance, 0.3, held_from, 60)
        effect_due_on = perhaps(chance, 0.7, held_from, 120)
        office.response(
            found,
            held_from,
            responded_entered_on=entered(held_from),
            withdrawn_on=withdrawn_on,
            effect_due_on=effect_due_on,
        )
        if withdrawn_on is not None and chance.random() < 0.7:
            again_on = day_of(chance, withdrawn_on, 30)
            office.response(found, again_on, responded_entered_on=entered(again_on), effect_due_on=effect_due_on)
    told = {(day_of(chance, raised_on, 300), chance.choice(list(EventKind))) for _ in range(chance.randrange(4))}
    if told and chance.random() < 0.4:
        told.add((min(told)[0], EventKind.CLOSED))
        told.add((min(told)[0], EventKind.REOPENED))
    for on, event in sorted(told):
        office.event(found, event, on, entered_on=entered(on))
    for number in range(chance.randrange(4)):
        action_due_on = raised_on + timedelta(days=chance.randrange(5, 90))
        completed_on = perhaps(chance, 0.6, raised_on, 120)
        cancelled_on = None if completed_on else perhaps(chance, 0.4, raised_on, 120)
        office.action(
            found,
            str(number + 1),
            due_on=action_due_on,
            added_on=perhaps(chance, 0.7, raised_on, 30),
            completed_on=completed_on,
            completed_entered_on=entered(completed_on),
            cancelled_on=cancelled_on,
            state=ActionState.DONE if completed_on else ActionState.CANCELLED if cancelled_on else ActionState.OPEN,
            **moves(chance, action_due_on, raised_on),
        )
