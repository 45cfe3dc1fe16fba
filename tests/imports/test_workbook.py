"""A whole workbook: sheets and columns by name, rows by key, all problems together."""

import io
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest

from qms.imports.house import LATER
from qms.imports.refused import Problems
from qms.imports.row_checks import absent_problems
from qms.imports.writer import write_workbook
from qms.sheets.columns import Column, Kind
from qms.sheets.problems import Problem
from qms.units.register import UNITS
from tests.imports.registers_of_an_office import SHEETS, read_workbook

Build = Callable[..., bytes]
HEADER = ["code", "name", "kind", "in_scope_from"]
ROW = ["PMA", "Phường Minh An (mẫu)", "commune", "2025-07-01"]


def places(problems: list[Problem]) -> list[tuple[str, int | None, str | None]]:
    return [(problem.sheet, problem.row, problem.column) for problem in problems]


def test_a_row_is_read_with_its_number_and_values(workbook: Build) -> None:
    register, problems = read_workbook(workbook({"units": [HEADER, ROW]}))

    (row,) = register["units"]
    assert problems == []
    assert row.number == 2
    assert row.values == {
        "code": "PMA",
        "name": "Phường Minh An (mẫu)",
        "kind": "commune",
        "in_scope_from": date(2025, 7, 1),
    }
    assert row.key(UNITS) == ("PMA",)


def test_columns_may_stand_in_any_order(workbook: Build) -> None:
    straight, _none = read_workbook(workbook({"units": [HEADER, ROW]}))
    turned, problems = read_workbook(workbook({"units": [HEADER[::-1], ROW[::-1]]}))

    assert problems == []
    assert turned["units"][0].values == straight["units"][0].values


def test_vietnamese_titles_are_headers_too(workbook: Build) -> None:
    header = ["Mã đơn vị", "TÊN ĐƠN VỊ *", "Loại  đơn vị", "in_scope_from"]
    register, problems = read_workbook(workbook({"units": [header, ROW]}))

    assert problems == []
    assert register["units"][0].values["name"] == "Phường Minh An (mẫu)"


def test_no_two_columns_of_a_sheet_share_a_title() -> None:
    for sheet in SHEETS:
        titles = [title.casefold() for column in sheet.columns for title in {column.name, column.title_vi}]
        assert len(titles) == len(set(titles)), sheet.name


def test_sheets_may_be_missing_or_empty(workbook: Build) -> None:
    register, problems = read_workbook(workbook({"units": [], "people": [["username"]], "audits": [[]]}))

    assert (register, problems) == ({"units": [], "people": [], "audits": []}, [])


def test_an_unlisted_sheet_is_an_error_that_names_it_and_the_listed_ones(workbook: Build) -> None:
    _register, problems = read_workbook(workbook({"Sheet1": [], "units": [HEADER, ROW]}))

    assert places(problems) == [("Sheet1", None, None)]
    assert '"Sheet1"' in problems[0].wrong and "Lịch sử đóng, mở lại" in problems[0].allowed


@pytest.mark.parametrize("name", sorted(LATER))
def test_a_sheet_of_later_versions_is_an_error_that_says_so(workbook: Build, name: str) -> None:
    _register, problems = read_workbook(workbook({name: [["code"], ["1"]]}))

    assert places(problems) == [(name, None, None)]
    assert "yet" in problems[0].wrong


def test_hidden_sheets_are_read_like_others() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title, page.sheet_state = "secrets", "veryHidden"
    book.create_sheet("units")
    written = io.BytesIO()
    book.save(written)

    assert places(read_workbook(written.getvalue())[1]) == [("secrets", None, None)]


def test_an_unlisted_column_is_an_error_that_names_it(workbook: Build) -> None:
    _register, problems = read_workbook(workbook({"units": [[*HEADER, "colour"], [*ROW, "red"]]}))

    assert places(problems) == [("units", 1, "colour")]
    assert '"colour"' in problems[0].wrong and "Mã đơn vị cấp trên" in problems[0].allowed


def test_a_column_of_later_versions_is_an_error_that_says_so(workbook: Build) -> None:
    sheet = replace(UNITS, later=frozenset({"colour"}))
    _register, problems = read_workbook(workbook({"units": [[*HEADER, "colour"], [*ROW, "red"]]}), [sheet])

    assert "yet" in problems[0].wrong


def test_a_column_twice_is_an_error_in_either_language(workbook: Build) -> None:
    _register, problems = read_workbook(workbook({"units": [[*HEADER, "Mã đơn vị"], [*ROW, "X"]]}))

    assert places(problems) == [("units", 1, "code")]


def test_values_under_no_name_are_an_error_once_for_a_column(workbook: Build) -> None:
    rows = [HEADER, [*ROW, None, "note"], ["TH", *ROW[1:], None, "note"]]
    _register, problems = read_workbook(workbook({"units": rows}))

    assert places(problems) == [("units", 2, "F")]


def test_a_sheet_without_a_header_is_an_error(workbook: Build) -> None:
    _register, problems = read_workbook(workbook({"units": [[], ROW]}))

    assert ("units", 2, "A") in places(problems)
    assert ("units", 1, "code") in places(problems)


def test_empty_rows_between_are_passed_over_and_numbers_stay_those_of_excel(workbook: Build) -> None:
    register, problems = read_workbook(workbook({"units": [HEADER, [], [" ", None], ROW]}))

    assert problems == []
    assert [row.number for row in register["units"]] == [4]


@pytest.mark.parametrize("name", ["code", "name", "kind"])
@pytest.mark.parametrize("empty", [None, "", "  "])
def test_a_required_cell_that_is_empty_is_an_error(workbook: Build, name: str, empty: str | None) -> None:
    row = [empty if title == name else value for title, value in zip(HEADER, ROW, strict=True)]
    _register, problems = read_workbook(workbook({"units": [HEADER, row]}))

    assert places(problems) == [("units", 2, name)]


def test_an_absent_column_leaves_the_value_and_an_empty_cell_empties_it(workbook: Build) -> None:
    header = [*HEADER, "name_en", "bloc", "not_applicable_clauses"]
    register, problems = read_workbook(workbook({"units": [header, [*ROW, None, None, None]]}))

    (row,) = register["units"]
    assert problems == []
    assert row.values["name_en"] is None
    assert row.values["bloc"] == "state"  # emptied is the default
    assert row.values["not_applicable_clauses"] == ()
    assert "parent_code" not in row.values and "parent_code" not in row.present


def test_an_absent_required_column_is_a_problem_of_new_records(workbook: Build) -> None:
    register, problems = read_workbook(workbook({"units": [["code", "name_en"], ["PMA", "Minh An"]]}))

    assert problems == []
    assert places(absent_problems(UNITS, register["units"][0])) == [("units", 2, "name"), ("units", 2, "kind")]


def test_an_absent_key_column_is_an_error_of_the_sheet(workbook: Build) -> None:
    _register, problems = read_workbook(workbook({"units": [HEADER[1:], ROW[1:]]}))

    assert places(problems) == [("units", 1, "code")]


def test_a_key_twice_is_an_error_that_names_both_rows(workbook: Build) -> None:
    _register, problems = read_workbook(workbook({"units": [HEADER, ROW, ["TH", *ROW[1:]], ROW]}))

    assert places(problems) == [("units", 4, "code")]
    assert "row 2" in problems[0].wrong


def test_keys_are_compared_exactly(workbook: Build) -> None:
    rows = [HEADER, *([code, *ROW[1:]] for code in ("01", "1", "pma", "PMA", "1.0"))]

    assert read_workbook(workbook({"units": rows}))[1] == []


def test_a_number_and_its_text_are_one_key(workbook: Build) -> None:
    rows = [HEADER, [1, *ROW[1:]], ["1", *ROW[1:]]]

    assert places(read_workbook(workbook({"units": rows}))[1]) == [("units", 3, "code")]


def test_a_key_of_several_columns_is_compared_whole(workbook: Build) -> None:
    header = ["nonconformity_code", "event", "on"]
    rows = [header, ["1", "closed", "2026-01-01"], ["1", "reopened", "2026-01-01"], ["1", "closed", "1/1/2026"]]

    assert places(read_workbook(workbook({"nonconformity_events": rows}))[1]) == [("nonconformity_events", 4, "on")]


def test_all_problems_of_all_sheets_are_told_together(workbook: Build) -> None:
    units = [[*HEADER, "agency"], ["PMA", None, "ward", "2026-02-30", "maybe"]]
    people = [["username", "full_name", "unit_code", "roles"], ["a b", "Thư ký ISO", None, "boss"]]
    _register, problems = read_workbook(workbook({"units": units, "people": people, "notes": []}))

    assert set(places(problems)) == {
        ("units", 2, "name"),
        ("units", 2, "kind"),
        ("units", 2, "in_scope_from"),
        ("units", 2, "agency"),
        ("people", 2, "username"),
        ("people", 2, "unit_code"),
        ("people", 2, "roles"),
        ("notes", None, None),
    }
    assert all(problem.wrong and problem.allowed for problem in problems)


def test_a_cell_with_a_problem_is_present_but_has_no_value(workbook: Build) -> None:
    register, _problems = read_workbook(workbook({"units": [HEADER, [*ROW[:3], "soon"]]}))

    (row,) = register["units"]
    assert "in_scope_from" in row.present and "in_scope_from" not in row.values


def test_a_person_without_a_unit_is_an_error(workbook: Build) -> None:
    rows = [["username", "full_name", "unit_code"], ["thu-ky-iso", "Thư ký ISO", None]]

    assert places(read_workbook(workbook({"people": rows}))[1]) == [("people", 2, "unit_code")]


def test_problems_are_raised_sheet_by_sheet_and_from_top_to_bottom_once_each() -> None:
    def problem(sheet: str, row: int) -> Problem:
        return Problem(sheet, row, "code", "Wrong.", "Right.")

    found = [problem("units", 9), problem("people", 2), problem("units", 3), problem("units", 9)]

    assert [(each.sheet, each.row) for each in Problems(found).found] == [("units", 3), ("units", 9), ("people", 2)]


def test_a_problem_reads_as_one_line() -> None:
    assert str(Problem("units", 3, "kind", "Wrong.", "Right.")) == "units, row 3, kind: Wrong. Right."
    assert str(Problem("units", None, None, "Wrong.", "Right.")) == "units: Wrong. Right."


def test_the_sheets_are_those_of_the_contract() -> None:
    contract: dict[str, tuple[str, str]] = {
        "units": (
            "code",
            "code* name* name_en kind* parent_code agency bloc basis serves_public in_scope_from in_scope_to exclusion_reason"
            " exclusion_decision successor_code not_applicable_clauses",
        ),
        "announcements": (
            "unit_code number",
            "unit_code* number* announced_on* confirmed_on notified_on posted_on scope edition revoked_on",
        ),
        "people": ("username", "username* full_name* email title unit_code* roles"),
        "services": ("unit_code code", "unit_code* code* name* field decision time_limit_days valid_from* valid_to"),
        "procedures": (
            "unit_code code",
            "unit_code* code* title* kind* issue issued_on effective_on* reviewed_on withdrawn_on clauses service_codes",
        ),
        "procedure_units": ("unit_code procedure_code applies_to", "unit_code* procedure_code* applies_to* from* to"),
        "audits": (
            "code",
            "code* unit_code* kind planned_on* started_on reported_on cancelled_on lead_auditor independence_exception clauses",
        ),
        "nonconformities": (
            "code",
            "code* unit_code* source audit_code procedure_code clause grade* statement* requirement evidence raised_on*"
            " response_due_on* responded_on due_on* moved_to moved_on correction root_cause effect_due_on verified_on"
            " closed_on reopened_on",
        ),
        "nonconformity_events": ("nonconformity_code event on", "nonconformity_code* event* on*"),
        "actions": (
            "nonconformity_code number",
            "nonconformity_code* number* description* owner due_on* moved_to moved_on completed_on cancelled_on",
        ),
        "reviews": ("unit_code held_on", "unit_code* held_on* minutes"),
    }
    ours = {
        sheet.name: (" ".join(sheet.key), " ".join(column.name + "*" * column.required for column in sheet.columns))
        for sheet in SHEETS
    }
    assert ours == contract
    assert len(SHEETS) + len(LATER) == 23


def test_days_are_days_and_choices_have_words() -> None:
    for sheet in SHEETS:
        for column in sheet.columns:
            dated = column.name.endswith("_on") or column.name in {"on", "from", "to", "valid_from", "valid_to"}
            dated = dated or column.name in {"in_scope_from", "in_scope_to", "moved_to"}
            assert (column.kind is Kind.DAY) == dated, column.name
            assert bool(column.choices) == (column.kind in (Kind.CHOICE, Kind.ROLES)), column.name
            assert isinstance(column, Column) and column.title_vi


def test_ten_thousand_rows_are_read_and_checked_in_a_few_seconds() -> None:
    row: dict[str, Any] = {
        "unit_code": "PMA",
        "source": "self",
        "grade": "minor",
        "statement": "Hồ sơ chưa được cập nhật theo lần ban hành mới",
        "raised_on": date(2026, 1, 5),
        "response_due_on": date(2026, 1, 15),
        "due_on": date(2026, 3, 1),
        "clause": "7.5",
    }
    data = write_workbook(SHEETS, {"nonconformities": (row | {"code": f"KPH-{number:05}"} for number in range(10_000))})
    begin = time.perf_counter()
    register, problems = read_workbook(data)

    assert time.perf_counter() - begin < 5
    assert (len(register["nonconformities"]), problems) == (10_000, [])
