"""What may stand in the table, asked of plain objects."""

from datetime import date, timedelta

import pytest

from qms.accounts.permissions import Permission
from qms.kernel.days import WorkingDays
from qms.kernel.moment import Moment, System
from qms.workdays import rules
from qms.workdays.official_list import by_line, read_list
from tests.office import TODAY, at

PLAIN = WorkingDays()


class Reaching(System):
    """Somebody whose permission reaches some of the topmost units."""

    def __init__(self, *units: int) -> None:
        self.units = units

    def may(self, permission: str, unit_id: int | None) -> bool:
        return permission == Permission.WORKDAYS_EDIT and (bool(self.units) if unit_id is None else unit_id in self.units)


@pytest.mark.parametrize(
    ("reached", "tops", "allowed"),
    [((1, 2), [1, 2], True), ((1,), [1, 2], False), ((), [1], False), ((5,), [1], False), ((), [], False)],
)
def test_the_calendar_is_changed_from_the_top(reached: tuple[int, ...], tops: list[int], allowed: bool) -> None:
    refusal = rules.may_edit(tops, Moment(Reaching(*reached), at(TODAY)))
    assert (refusal is None) is allowed
    assert allowed or (refusal is not None and refusal.code == "not_permitted")


@pytest.mark.parametrize(
    ("day", "working", "codes"),
    [
        (date(2026, 12, 31), False, set()),  # a Thursday is made free
        (date(2027, 1, 9), True, set()),  # a Saturday is worked
        (date(2027, 1, 9), False, {"free_already"}),
        (date(2027, 1, 10), False, {"free_already"}),
        (date(2027, 2, 8), False, {"free_already"}),  # Tết
        (date(2027, 2, 8), True, set()),
        (date(2026, 12, 31), True, {"working_already"}),
        (TODAY - timedelta(days=31), False, {"long_past"}),
        (TODAY - timedelta(days=30), True, set()),  # a Saturday
    ],
)
def test_a_new_day_has_to_change_something_and_not_the_past(day: date, working: bool, codes: set[str]) -> None:
    assert {refusal.code for refusal in rules.new_day(day, working, PLAIN, TODAY)} == codes


@pytest.mark.parametrize("working", [True, False])
def test_a_day_stands_in_the_table_once(working: bool) -> None:
    known = WorkingDays({date(2026, 12, 31): False})
    assert [refusal.code for refusal in rules.new_day(date(2026, 12, 31), working, known, TODAY)] == ["known_already"]
    assert rules.decided(date(2026, 12, 31), known) is None
    assert rules.decided(date(2026, 12, 30), known).code == "unknown"


@pytest.mark.parametrize("text", ["", "  "])
def test_title_and_decision_are_asked_for(text: str) -> None:
    assert rules.title_given(text).code == "title_missing"
    assert rules.decision_named(text).code == "reason_missing"
    assert rules.title_given("Tết") is None and rules.decision_named("12/TB") is None


def test_a_list_is_read_as_people_write_it() -> None:
    lines, problems = read_list("31/12/2026; Nghỉ; Hoán đổi; dịp Tết\n\n 09/01/2027\tlàm bù\tBù ngày 31/12\n")
    assert not problems
    assert [(line.number, line.day, line.working, line.title) for line in lines] == [
        (1, date(2026, 12, 31), False, "Hoán đổi; dịp Tết"),
        (3, date(2027, 1, 9), True, "Bù ngày 31/12"),
    ]


def test_everything_wrong_with_a_list_is_said_at_once_with_the_line() -> None:
    lines, problems = read_list("31/02/2027; nghỉ; A\n01/03/2027; có lẽ; B\n02/03/2027; nghỉ;\n03/03/2027\n04/03/2027; nghỉ; C")
    assert [line.number for line in lines] == [5]
    assert [(number, refusal.code) for number, refusal in problems] == [
        (1, "no_such_day"),
        (2, "word_unknown"),
        (3, "title_missing"),
        (4, "parts_missing"),
    ]
    said = by_line([problems[2], problems[0]])
    assert [refusal.code for refusal in said] == ["no_such_day", "title_missing"], "from the first line to the last"
    assert ["1:" in str(said[0]), "3:" in str(said[1])] == [True, True]
    assert [(number, refusal.code) for number, refusal in read_list(" \n")[1]] == [(0, "list_empty")]
    assert [(number, refusal.code) for number, refusal in read_list("x\n" * 401)[1]] == [(0, "list_too_long")]
