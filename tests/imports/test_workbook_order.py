"""Rules inside one row that need nothing but its values."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from nonconformities.register import ACTIONS, NONCONFORMITIES
from nonconformities.register_history import history_problems
from qms.imports.row_checks import row_problems
from qms.sheets.problems import Problem
from qms.units.register import UNITS
from tests.imports.registers_of_an_office import BY_NAME, SHEETS, read_workbook

Build = Callable[..., bytes]

EARLY, LATE = date(2026, 3, 1), date(2026, 3, 2)
FILLED = {"exclusion_reason": "Không giải quyết TTHC"}


def problems_of(sheet: str, **values: Any) -> list[Problem]:
    return row_problems(BY_NAME[sheet], 7, values, values)


@pytest.mark.parametrize(
    ("sheet", "end", "start"),
    [
        ("units", "in_scope_to", "in_scope_from"),
        ("announcements", "revoked_on", "announced_on"),
        ("services", "valid_to", "valid_from"),
        ("procedures", "withdrawn_on", "issued_on"),
        ("procedure_units", "to", "from"),
        ("audits", "reported_on", "started_on"),
        ("nonconformities", "closed_on", "raised_on"),
        ("nonconformities", "responded_on", "raised_on"),
    ],
)
def test_an_end_does_not_lie_before_its_start(sheet: str, end: str, start: str) -> None:
    (problem,) = problems_of(sheet, **{end: EARLY, start: LATE})

    assert (problem.sheet, problem.row, problem.column) == (sheet, 7, end)
    assert "01/03/2026" in problem.wrong and "02/03/2026" in problem.allowed
    for values in ({end: LATE, start: LATE}, {end: None, start: LATE}, {end: EARLY, start: None}):
        if sheet != "units":
            assert problems_of(sheet, **values) == []
        else:
            assert problems_of(sheet, **FILLED, **values) == []


@pytest.mark.parametrize("sheet", ["nonconformities", "actions"])
def test_a_moved_day_and_the_day_of_the_move_stand_together(sheet: str) -> None:
    assert problems_of(sheet, moved_to=LATE, moved_on=EARLY) == []
    assert problems_of(sheet, moved_to=None, moved_on=None) == []
    assert problems_of(sheet, moved_to=LATE, moved_on=None)[0].column == "moved_on"
    assert problems_of(sheet, moved_to=None, moved_on=EARLY)[0].column == "moved_to"


def test_nothing_is_reopened_that_was_not_closed() -> None:
    assert problems_of("nonconformities", reopened_on=LATE, closed_on=None)[0].column == "reopened_on"
    assert problems_of("nonconformities", reopened_on=EARLY, closed_on=LATE) == []


def test_a_unit_out_of_scope_has_a_reason() -> None:
    assert problems_of("units", in_scope_from=None, exclusion_reason=None)[0].column == "exclusion_reason"
    assert problems_of("units", in_scope_from=EARLY, exclusion_reason=None) == []
    assert problems_of("units", in_scope_from=None, **FILLED) == []


def test_history_as_it_stands_is_no_problem() -> None:
    assert problems_of("audits", reported_on=EARLY, started_on=None) == []
    assert problems_of("actions", completed_on=EARLY, cancelled_on=LATE, moved_to=None, moved_on=None) == []
    assert problems_of("nonconformities", verified_on=EARLY, raised_on=LATE) == []


def test_a_rule_whose_columns_are_not_all_there_waits_for_what_is_stored() -> None:
    values = {"closed_on": EARLY}

    assert row_problems(NONCONFORMITIES, 7, values, values) == []
    assert len(row_problems(NONCONFORMITIES, 7, values, values, stored={"raised_on": LATE})) == 1
    assert row_problems(NONCONFORMITIES, 7, values, values, stored={"raised_on": EARLY}) == []


def test_a_rule_that_was_asked_in_the_sheet_is_not_asked_again_with_what_is_stored() -> None:
    values = {"closed_on": EARLY, "raised_on": LATE}

    assert len(row_problems(NONCONFORMITIES, 7, values, values)) == 1
    assert row_problems(NONCONFORMITIES, 7, values, values, stored={"raised_on": LATE}) == []


def test_a_rule_says_nothing_about_a_cell_that_could_not_be_read() -> None:
    present = {"closed_on", "raised_on"}

    assert row_problems(NONCONFORMITIES, 7, {"closed_on": EARLY}, present) == []
    assert row_problems(ACTIONS, 7, {"moved_on": EARLY}, {"moved_on", "moved_to"}) == []
    assert row_problems(UNITS, 7, {"in_scope_from": None}, {"in_scope_from", "exclusion_reason"}) == []
    assert row_problems(UNITS, 7, {}, {"in_scope_from"}, stored={"in_scope_from": None, "exclusion_reason": None}) == []
    assert row_problems(NONCONFORMITIES, 7, {"closed_on": EARLY}, present, stored={"raised_on": LATE}) == []


class Asked(dict[str, object]):
    """An empty row that remembers which columns were looked at."""

    def __init__(self) -> None:
        super().__init__()
        self.columns: set[str] = set()

    def get(self, key: str, default: object = None) -> object:
        self.columns.add(key)
        return super().get(key, default)


def test_the_rules_look_at_columns_of_their_sheet_and_at_those_they_name() -> None:
    rules = [(sheet, rule) for sheet in SHEETS for rule in sheet.rules]
    assert len(rules) > len(SHEETS)
    for sheet, rule in rules:
        asked = Asked()
        rule.find(asked, str)
        assert asked.columns, f"a rule of {sheet.name} looks at nothing"
        assert asked.columns <= set(rule.columns), f"a rule of {sheet.name} does not name what it looks at"
        assert set(rule.columns) <= set(sheet.by_name), f"a rule of {sheet.name} names a column that is not there"


def test_a_closing_before_the_raising_is_found_in_the_workbook(workbook: Build) -> None:
    row = {
        "code": "KPH-01",
        "unit_code": "PMA",
        "grade": "minor",
        "statement": "Thiếu biên bản",
        "raised_on": LATE,
        "response_due_on": LATE,
        "due_on": LATE,
        "closed_on": EARLY,
    }
    _register, problems = read_workbook(workbook({"nonconformities": [list(row), list(row.values())]}))

    assert [(problem.row, problem.column) for problem in problems] == [(2, "closed_on")]


def history(closed_on: date | None, reopened_on: date | None, *events: tuple[str, date]) -> list[str | None]:
    return [problem.column for problem in history_problems(("nonconformities", 7), closed_on, reopened_on, events)]


def test_the_days_of_a_nonconformity_are_the_latest_of_its_events() -> None:
    third = date(2026, 3, 3)

    assert history(EARLY, None) == []
    assert history(third, LATE, ("closed", EARLY), ("reopened", LATE), ("closed", third)) == []
    assert history(EARLY, LATE, ("closed", EARLY), ("reopened", LATE), ("closed", third)) == ["closed_on"]
    assert history(EARLY, None, ("closed", EARLY), ("reopened", LATE)) == ["reopened_on"]
    assert history(EARLY, LATE, ("closed", EARLY)) == ["reopened_on"]
    assert history(None, None, ("closed", EARLY)) == ["closed_on"]


def test_the_first_event_is_a_closing() -> None:
    assert history(LATE, EARLY, ("reopened", EARLY), ("closed", LATE)) == ["closed_on"]
    assert history(None, EARLY, ("reopened", EARLY)) == ["closed_on"]
    assert history(EARLY, EARLY, ("reopened", EARLY), ("closed", EARLY)) == []
