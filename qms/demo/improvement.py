"""Audits, nonconformities and actions of the invented ward, as rows of the registers."""

from datetime import date, timedelta

from qms.demo.cases import CASES, Case
from qms.demo.days import on_a_working_day
from qms.kernel.days import add_months

Row = dict[str, object]

AUDITED = ("VP", "KTHTDT", "VHXH", "TTPVHCC", "VPDU", "MTTQ", "TYT", "MN", "TH", "THCS", "TTVH")

MERGED = "DTT"
MERGED_MONTHS = 5
"""How long ago this unit went up in the culture centre; it was audited until then."""

ROUNDS = ((27, "7;8;9;10"), (15, "4;5;6;7"), (7, "7;8;9;10"))
"""The yearly audits: months before today and their chapters; any two neighbours reach all 28 clauses."""


def _audited(months: int) -> tuple[str, ...]:
    """Who was audited in the round so many months before today; the last round came after the merger was decided."""
    return ("MA", *AUDITED, MERGED) if months > ROUNDS[-1][0] else ("MA", *AUDITED)


def audit_rows(today: date) -> list[Row]:
    """Yearly audits led from another unit, audits of the agency itself, and one to be held today."""
    found: list[Row] = []
    counters: dict[int, int] = {}

    def code(day: date) -> str:
        counters[day.year] = counters.get(day.year, 0) + 1
        return f"ĐG-{day.year}-{counters[day.year]:02d}"

    for months, clauses in ROUNDS:
        for index, unit in enumerate(_audited(months)):
            leader = AUDITED[(index + 3) % len(AUDITED)]
            day = on_a_working_day(add_months(today, -months) + timedelta(days=index), today)
            found.append(
                {
                    "code": code(day),
                    "unit_code": unit,
                    "kind": "planned",
                    "planned_on": day,
                    "started_on": day,
                    "reported_on": day + timedelta(days=2),
                    "lead_auditor": f"truong.{leader.lower()}",
                    "clauses": clauses,
                }
            )
    present = on_a_working_day(today, today)
    found.append(
        {
            "code": code(present),
            "unit_code": "TTPVHCC",
            "kind": "planned",
            "planned_on": present,
            "lead_auditor": "thu.ky.iso",
            "clauses": "7.2;7.3;7.5;8.2;8.5;9.1.2;10.2",
        }
    )
    return found


def _ago(today: date, days: int | None) -> date | None:
    return None if days is None else today - timedelta(days=days)


def _numbered(today: date) -> list[tuple[str, Case]]:
    counters: dict[int, int] = {}
    found = []
    for case in sorted(CASES, key=lambda case: -case.raised):
        year = on_a_working_day(today - timedelta(days=case.raised), today).year
        counters[year] = counters.get(year, 0) + 1
        found.append((f"NC-{year}-{counters[year]:03d}", case))
    return found


def _audit_codes(today: date) -> dict[tuple[str, int], str]:
    """Code of each yearly audit by its unit and its months before today."""
    rows = iter(audit_rows(today))
    found = {}
    for months, _clauses in ROUNDS:
        for unit in _audited(months):
            found[unit, months] = str(next(rows)["code"])
    return found


def nonconformity_rows(today: date) -> list[Row]:
    """The register of nonconformities."""
    audits = _audit_codes(today)
    return [
        {
            "code": code,
            "unit_code": case.unit,
            "source": case.source,
            "audit_code": audits[case.unit, case.audit] if case.audit is not None else None,
            "clause": case.clause,
            "grade": case.grade,
            "statement": case.statement,
            "requirement": case.requirement,
            "evidence": case.evidence,
            "raised_on": _ago(today, case.raised),
            "response_due_on": _ago(today, case.raised - 14),
            "responded_on": _ago(today, case.responded),
            "due_on": _ago(today, case.raised - case.due_after),
            "moved_on": _ago(today, case.moved[0]) if case.moved else None,
            "moved_to": _ago(today, case.moved[1]) if case.moved else None,
            "correction": case.correction,
            "root_cause": case.cause,
            "effect_due_on": _ago(today, _effect_due(case)),
            "verified_on": _ago(today, case.verified),
            "closed_on": _ago(today, case.closed if case.closed_again is None else case.closed_again),
            "reopened_on": _ago(today, case.reopened),
        }
        for code, case in _numbered(today)
    ]


def _effect_due(case: Case) -> int | None:
    """Sixty days after the work was done, or after the day it is expected; a reopened one starts again."""
    if case.responded is None:
        return None
    if case.reopened is not None:
        return case.reopened - 90
    expected = case.moved[1] if case.moved else case.raised - 60
    return (expected if case.completed is None else case.completed) - 60


def event_rows(today: date) -> list[Row]:
    """The whole history of what was closed more than once."""
    return [
        {"nonconformity_code": code, "event": event, "on": _ago(today, days)}
        for code, case in _numbered(today)
        if case.closed_again is not None
        for event, days in (("closed", case.closed), ("reopened", case.reopened), ("closed", case.closed_again))
    ]


def action_rows(today: date) -> list[Row]:
    """The corrective actions of each nonconformity that was answered; a second one where it came back."""
    found: list[Row] = []
    for code, case in _numbered(today):
        if case.action is None:
            continue
        due = case.raised - 50
        if case.completed is not None:
            due = case.completed + 20 if case.completed_late else case.completed - 5
        shared = {"nonconformity_code": code, "owner": f"truong.{_owner(case)}"}
        found.append(
            {
                **shared,
                "number": "1",
                "description": case.action,
                "due_on": _ago(today, due),
                "moved_on": _ago(today, case.moved[0]) if case.moved else None,
                "moved_to": _ago(today, case.moved[1]) if case.moved else None,
                "completed_on": _ago(today, case.completed),
            }
        )
        if case.second_action is not None and case.closed_again is not None:
            done = case.closed_again + 10
            found.append(
                {
                    **shared,
                    "number": "2",
                    "description": case.second_action,
                    "due_on": _ago(today, done - 5),
                    "completed_on": _ago(today, done),
                }
            )
    return found


def _owner(case: Case) -> str:
    """Username of the unit's head, or of the successor's."""
    return ("TTVH" if case.unit == MERGED else case.unit).lower()
