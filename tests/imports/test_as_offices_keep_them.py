"""Sheets as people keep them: what is below, above and beside the records, and codes that only look the same."""

import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask
from openpyxl.styles import Font

from qms.imports.alike import look
from qms.imports.refused import Problems
from qms.imports.takeover import Plan, check
from qms.imports.workbook import Reading, read_workbook
from qms.kernel.language import force_locale
from tests.imports.conftest import Build
from tests.imports.registers_of_an_office import SHEETS, workbook_of
from tests.office import Office, moment_of

UNITS = ("code", "name", "kind", "in_scope_from")
WARD = ("MA", "Phường Minh An (mẫu)", "commune", "2025-07-01")
OFFICE = ("VP", "Văn phòng", "department", "2025-07-01")
SERVICES = ("unit_code", "code", "name", "valid_from")


@pytest.fixture(autouse=True)
def english(app: Flask) -> Iterator[None]:
    with force_locale("en"):
        yield


def read(data: bytes) -> Reading:
    return read_workbook(data, SHEETS)


def planned(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> Plan:
    return check(workbook_of({name: list(some) for name, some in rows.items()}), moment_of(), SHEETS)


def refused(rows: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    with pytest.raises(Problems) as problems:
        planned(rows)
    return [str(one) for one in problems.value.found]


def units(*rows: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(zip(UNITS, row, strict=True)) for row in rows]


def service(code: str, name: str = "Đăng ký") -> dict[str, Any]:
    return {"unit_code": "MA", "code": code, "name": name, "valid_from": "2025-07-01"}


def procedure(codes: str) -> dict[str, Any]:
    given = {"unit_code": "MA", "code": "QT-01", "title": "Tiếp công dân", "kind": "form", "effective_on": "2026-01-01"}
    return {**given, "service_codes": codes}


def test_both_languages_are_read_mixed_in_any_case_and_without_marks(workbook: Build) -> None:
    rows = [["MÃ ĐƠN VỊ *", "ten don vi", "Kind", "Áp dụng  từ ngày"], ["MA", "Phường", "xa, phuong", "1.7.2025"]]
    reading = read(workbook({"don vi": rows}))
    assert reading.problems == []
    assert reading.register["units"][0].values == {
        "code": "MA",
        "name": "Phường",
        "kind": "commune",
        "in_scope_from": date(2025, 7, 1),
    }


def test_words_of_an_enumeration_are_those_of_the_template_and_allowed_ones_are_named(workbook: Build) -> None:
    header = ["code", "unit_code", "grade", "statement", "raised_on", "response_due_on", "due_on"]
    days = ["2026-09-18", "2026-10-02", "2026-10-15"]
    rows = [
        ["NC-1", "MA", "Nhẹ", "Thiếu phiếu", *days],
        ["NC-2", "MA", "nặng", "Thiếu sổ", *days],
        ["NC-3", "MA", "vừa", "x", *days],
    ]
    reading = read(workbook({"Sự không phù hợp": [header, *rows]}))
    assert [row.values.get("grade") for row in reading.register["nonconformities"]] == ["minor", "major", None]
    with force_locale("vi"):
        (problem,) = map(reading.located, read(workbook({"Sự không phù hợp": [header, rows[2]]})).problems)
        assert "nặng, nhẹ" in problem.allowed
    assert problem.place == "Sự không phù hợp, C2 (grade)", "and the cell is named as the person sees it"


def test_a_sheet_in_both_languages_is_one_problem(workbook: Build) -> None:
    reading = read(workbook({"units": [UNITS, WARD], "Đơn vị": [UNITS, OFFICE]}))
    assert ["twice" in problem.wrong for problem in reading.problems] == [True]


@pytest.mark.parametrize("titles", [1, 3, 6])
def test_a_header_below_titles_is_one_sentence(workbook: Build, titles: int) -> None:
    above = [["ỦY BAN NHÂN DÂN PHƯỜNG MINH AN (MẪU)"], ["DANH SÁCH ĐƠN VỊ", "", "Mẫu 01"], [], ["Năm 2026"], [], ["x"]][:titles]
    reading = read(workbook({"units": [*above, UNITS, WARD, OFFICE]}))
    (problem,) = reading.problems
    assert problem.wrong == f"The header seems to stand in row {titles + 1}; the rows above it are titles."
    assert reading.register["units"] == []


def test_a_foot_with_totals_and_signatures_is_one_sentence(workbook: Build) -> None:
    foot = [
        ["", "Tổng cộng: 2 đơn vị"],
        [],
        ["", "", "Minh An, ngày 18 tháng 9 năm 2026"],
        ["", "Người lập biểu", "KT. CHỦ TỊCH"],
    ]
    reading = read(workbook({"units": [UNITS, WARD, OFFICE, *foot]}))
    (problem,) = reading.problems
    assert "Rows 4–7" in problem.wrong and len(reading.register["units"]) == 2


def test_a_record_without_its_key_is_no_foot(workbook: Build) -> None:
    reading = read(workbook({"units": [UNITS, WARD, ["", *OFFICE[1:]]]}))
    assert [(problem.row, problem.column) for problem in reading.problems] == [(3, "code")]


def test_a_cell_merged_over_rows_counts_for_each_and_is_said() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "services"
    for row in (
        SERVICES,
        ("MA", "1.000080", "Một", "2025-07-01"),
        ("", "1.000081", "Hai", "2025-07-01"),
        ("", "1.000082", "Ba", ""),
    ):
        page.append(list(row))
    page.merge_cells("A2:A4")
    page.merge_cells("D3:D4")
    page["D3"] = "2025-08-01"
    written = io.BytesIO()
    book.save(written)
    reading = read(written.getvalue())
    rows = [row.values for row in reading.register["services"]]
    assert [row["unit_code"] for row in rows] == ["MA", "MA", "MA"]
    assert [str(row["valid_from"]) for row in rows] == ["2025-07-01", "2025-08-01", "2025-08-01"]
    assert ["A2:A4" in note.sentence or "D3:D4" in note.sentence for note in reading.notes] == [True, True]


def test_what_is_hidden_or_struck_out_is_taken_and_counted() -> None:
    book = openpyxl.Workbook()
    page = book.worksheets[0]
    page.title = "units"
    for row in (UNITS, WARD, OFFICE, ("TH", "Trường học", "public_service_unit", "2025-07-01")):
        page.append(list(row))
    page.row_dimensions[3].hidden = True
    for cell in page[4]:
        cell.font = Font(strike=True)
    page.sheet_state = "hidden"
    book.create_sheet("people")
    written = io.BytesIO()
    book.save(written)
    reading = read(written.getvalue())
    assert len(reading.register["units"]) == 3 and reading.problems == []
    told = [note.sentence for note in reading.notes]
    assert len(told) == 3
    assert "sheet is hidden" in told[0] and "1 row is hidden" in told[1] and ": 3." in told[1] and "struck out" in told[2]


@pytest.mark.parametrize(
    "typed",
    ["qt-02", "QT‑02", "QT–02", "QT -02", "QТ-02", "QT - 02"],
    ids=["case", "hyphen", "dash", "space", "Cyrillic", "spaces"],
)
def test_a_code_that_looks_like_another_is_taken_and_noted_with_its_row(typed: str) -> None:
    rows = [service("QT-02"), service(typed)]
    plan = planned({"units": units(WARD), "services": rows})
    told = [note for note in plan.result.notes if "looks like" in note.sentence]
    assert [note.row for note in told] == [2, 3] and "row 3" in told[0].sentence and "row 2" in told[1].sentence
    assert plan.result.new == 3


def test_two_letters_that_print_alike_look_alike() -> None:
    assert look("ĐG-01") == look("ÐG-01") == look("đg‑01")
    assert look("QT-01") != look("QT-1")


def test_a_code_that_looks_like_one_that_is_here_is_noted(office: Office) -> None:
    office.agency("MA")
    told = [note.sentence for note in planned({"units": units(("mA", *WARD[1:]))}).result.notes]
    assert 'looks like "MA", which is already here' in told[0]


@pytest.mark.parametrize(
    "codes",
    ["2.000815, 2.000884", "2.000815 và 2.000884", "2.000815 - 2.000884", "2.000815–2.000884", "2.000884.", "2.000815\n2.000884"],
)
def test_codes_without_a_semicolon_between_them_are_refused(codes: str) -> None:
    (told,) = refused({"units": units(WARD), "procedures": [procedure(codes)]})
    assert "service_codes" in told and "looks like several codes" in told


def test_where_codes_look_so_they_are_taken_and_noted() -> None:
    rows = {"units": units(WARD), "services": [service("A, B")], "procedures": [procedure("C, D")]}
    told = [note.sentence for note in planned(rows).result.notes]
    assert any('"C, D" is taken as one code' in sentence for sentence in told)
    assert not planned({**rows, "procedures": [procedure("A, B; 2.000815")]}).result.notes


@pytest.mark.parametrize(("typed", "meant"), [("vp", "VP"), ("Văn phòng", "VP"), ("văn  phong", "VP"), ("V P", "VP")])
def test_a_unit_by_its_name_or_in_another_case_proposes_the_code(typed: str, meant: str) -> None:
    (told,) = refused({"units": units(WARD, OFFICE), "services": [{**service("1.000080"), "unit_code": typed}]})
    assert f"Perhaps {meant} is meant." in told


def test_nothing_is_proposed_where_two_could_be_meant() -> None:
    (told,) = refused(
        {"units": units(WARD, OFFICE, ("V-P", *OFFICE[1:])), "services": [{**service("1.000080"), "unit_code": "văn phòng"}]}
    )
    assert "Perhaps" not in told
