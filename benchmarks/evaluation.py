"""How long the evaluation of 2,000 units takes, beside plain counts of the same tables and a loop over units.

Absolute seconds say something of the machine; the ratios within one run say something of the program.

    python benchmarks/evaluation.py [small]
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Select, func, select

from audits.models import Audit, AuditState
from nonconformities.models import Action, ActionState, EventKind, Nonconformity, NonconformityEvent, NonconformityState, Response
from procedures.models import Procedure, ProcedureKind
from qms.app import create_app
from qms.config import load_settings
from qms.evaluation.criteria import current_set
from qms.evaluation.service import evaluate
from qms.kernel import schema
from qms.kernel.bulk import insert_rows
from qms.kernel.days import add_months
from qms.kernel.db import db, mark_recorded, writing
from qms.kernel.feature import house
from qms.kernel.moment import system_moment
from qms.kernel.window import Window
from qms.reviews.models import ManagementReview
from qms.standard.catalogue import EDITION, clause_mask, split_codes
from qms.units import standing as places
from qms.units.models import Announcement, Unit, UnitAncestry, UnitKind

AGENCIES, DIVISIONS = 200, 9
FEW_AGENCIES = 10
DAY = date(2026, 11, 30)
START = date(2025, 7, 1)
CLAUSES = "4;5;6;7;8;9;10"
ONE_BY_ONE = 50
TABLES = (
    Unit,
    UnitAncestry,
    Announcement,
    Procedure,
    Audit,
    Nonconformity,
    NonconformityEvent,
    Response,
    Action,
    ManagementReview,
)


@contextmanager
def office() -> Iterator[None]:
    """An application on an empty migrated database in a temporary folder."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(load_settings({"QMS_INSTANCE": str(Path(folder)), "QMS_SECRET_KEY": "benchmark"}))
        with app.app_context():
            schema.upgrade()
            try:
                yield
            finally:
                db.session.remove()
                db.engine.dispose()


def units(agencies: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Agencies with their divisions, and who is above whom."""
    rows, above = [], []
    for agency in range(agencies):
        top = agency * (DIVISIONS + 1) + 1
        for place in range(DIVISIONS + 1):
            own = top + place
            rows.append(
                {
                    "id": own,
                    "code": f"U{own}",
                    "name": f"Đơn vị {own}",
                    "kind": UnitKind.COMMUNE if place == 0 else UnitKind.DEPARTMENT,
                    "agency": place == 0,
                    "parent_id": None if place == 0 else top,
                    "in_scope_from": START,
                    "folded": f"u{own}",
                }
            )
            above += [{"unit_id": own, "ancestor_id": one} for one in {own, top}]
    return rows, above


def fill(number: int) -> int:
    """Fills the registers of so many agencies and answers with the number of units."""
    rows, above = units(number)
    numbers = [row["id"] for row in rows]
    agencies = [row["id"] for row in rows if row["agency"]]
    with writing() as session:
        mark_recorded(session)  # invented rows, of which no trail tells
        insert_rows(Unit, rows)
        insert_rows(UnitAncestry, above)
        announced = {"number": "01/QĐ-UBND", "announced_on": START, "announced_entered_on": START, "announced_late": False}
        insert_rows(Announcement, [{"unit_id": one, **announced} for one in agencies])
        held = date(2026, 6, 15)
        insert_rows(
            ManagementReview,
            [{"unit_id": one, "held_on": held, "held_entered_on": held, "held_late": False} for one in agencies],
        )
        insert_rows(Procedure, [procedure(unit, number) for unit in numbers for number in range(4)])
        insert_rows(Audit, [audit(unit) for unit in numbers])
        for model, listed in improvement(numbers).items():
            insert_rows(model, listed)
    return len(numbers)


def procedure(unit: int, number: int) -> dict[str, Any]:
    """A procedure in force, reviewed this year or not."""
    reviewed = None if unit % 6 == 0 and number == 0 else date(2026, 3, 1)
    return {
        "unit_id": unit,
        "code": f"QT-{number}",
        "title": f"Quy trình {number}",
        "kind": ProcedureKind.OPERATIONAL_PROCEDURE,
        "effective_on": START,
        "effective_entered_on": START,
        "effective_late": False,
        "effective_review_due_on": add_months(START, 12),
        "reviewed_on": reviewed,
        "reviewed_entered_on": reviewed,
        "reviewed_review_due_on": None if reviewed is None else add_months(reviewed, 12),
        "folded": f"qt-{number}",
    }


def audit(unit: int) -> dict[str, Any]:
    """A reported audit of most clauses."""
    reported = date(2026, 1, 5) + timedelta(days=unit % 300)
    clauses = CLAUSES if unit % 4 else "4;5;6;7"
    return {
        "code": f"ĐG-{unit}",
        "unit_id": unit,
        "planned_on": reported,
        "started_on": reported,
        "reported_on": reported,
        "reported_entered_on": reported,
        "edition": EDITION,
        "clauses": clauses,
        "clause_mask": clause_mask(split_codes(clauses)),
        "state": AuditState.REPORTED,
        "folded": f"dg-{unit}",
        "version": 1,
    }


def improvement(numbers: list[int]) -> dict[Any, list[dict[str, Any]]]:
    """Two nonconformities for each unit, every second one closed, each answered and with two actions."""
    found: dict[Any, list[dict[str, Any]]] = {Nonconformity: [], Response: [], NonconformityEvent: [], Action: []}
    for own in range(1, 2 * len(numbers) + 1):
        closed = own % 2 == 0
        first = date(2026, 1, 10) if closed or own % 9 == 0 else date(2026, 10, 20)  # every ninth stays open too long
        raised = first + timedelta(days=own % 30)
        due = raised + timedelta(days=60)
        found[Nonconformity].append(
            {
                "id": own,
                "code": f"NC-{own}",
                "unit_id": numbers[own // 2 % len(numbers)],
                "source": "self",
                "edition": EDITION,
                "grade": "minor",
                "statement": f"Sự không phù hợp {own}",
                "raised_on": raised,
                "response_due_on": raised + timedelta(days=14),
                "due_on": due,
                "limit_on": due + timedelta(days=90),
                "correction": "Bổ sung",
                "root_cause": "Chưa phân công",
                "effective": True if closed else None,
                "state": NonconformityState.CLOSED if closed else NonconformityState.ACTING,
                "folded": f"nc-{own}",
                "version": 1,
            }
        )
        answered = raised + timedelta(days=own % 16)
        found[Response].append(
            {"nonconformity_id": own, "held_from": answered, "responded_on": answered, "responded_entered_on": answered}
        )
        if closed:
            found[NonconformityEvent].append(
                {"nonconformity_id": own, "on": due, "event": EventKind.CLOSED, "entered_on": due, "late": False}
            )
        for number in (1, 2):
            completed = due - timedelta(days=5) if closed or number == 1 else None
            found[Action].append(
                {
                    "nonconformity_id": own,
                    "number": str(number),
                    "description": f"Hành động {number}",
                    "added_on": raised,
                    "due_on": due,
                    "completed_on": completed,
                    "completed_entered_on": completed,
                    "state": ActionState.DONE if completed else ActionState.OPEN,
                    "version": 1,
                }
            )
    return found


def scans() -> int:
    """One plain count of each table."""
    return sum(db.session.scalar(select(func.count()).select_from(model)) or 0 for model in TABLES)


def one_by_one(criteria: list[Select[Any]], wanted: list[int]) -> None:
    """What a loop over units would ask: each criterion's counts for one unit at a time."""
    for unit in wanted:
        for items in criteria:
            item = items.subquery()
            counts = select(func.count(), func.sum(item.c.met), func.sum(item.c.timely)).where(item.c.unit_id == unit)
            db.session.execute(counts).one()


def main(size: str = "large") -> None:
    """Builds, measures, prints."""
    with office():
        started = time.perf_counter()
        number = fill(FEW_AGENCIES if size == "small" else AGENCIES)
        built = time.perf_counter() - started
        moment = system_moment()
        rows = scans()
        started = time.perf_counter()
        rows = scans()
        scanned = time.perf_counter() - started
        started = time.perf_counter()
        outcome = evaluate(DAY, moment)
        evaluated = time.perf_counter() - started
        assert outcome.share.n + sum(1 for one in outcome.units if one.verdict.value == "building") >= number
        db.session.rollback()
        places.prepare(db.session(), DAY)
        proofs = {key: proof for feature in house().features for key, proof in feature.evidence.items()}
        criteria = [proofs[one.code](Window(DAY)) for one in current_set().criteria]
        wanted = list(range(1, number, max(1, number // ONE_BY_ONE)))[:ONE_BY_ONE]
        started = time.perf_counter()
        one_by_one(criteria, wanted)
        looped = (time.perf_counter() - started) / len(wanted) * number
        print(f"{number} units, {rows} rows, built in {built:.1f} s; share {outcome.share.k}/{outcome.share.n}")
        print(f"evaluation of all units: {evaluated:.2f} s, {evaluated / scanned:.0f} times plain counts of the tables")
        print(f"unit by unit (from {len(wanted)} units): {looped:.0f} s, {looped / evaluated:.0f} times the set-based evaluation")


if __name__ == "__main__":
    main(*sys.argv[1:])
