"""What a mapping could lose without a word: columns that a sheet lacks, titles that are alike, zeros at the end of a code."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from qms.imports.grid import Grid
from qms.imports.house import house_sheets
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.missing import gaps
from qms.imports.mapping.tables import tables
from qms.imports.mapping.value import Condition, Fill, Mapping, Part, Source
from qms.imports.takeover import apply, check_reading
from qms.imports.workbook import Reading
from qms.kernel.language import force_locale
from qms.sheets.sheet import Sheet
from tests.imports.mapping.test_first_proposal import grid
from tests.office import Office, moment_of

TITLES = ["Mã số", "Tên", "Lĩnh vực"]


@pytest.fixture
def sheets(app: Flask) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in house_sheets()}


def of_services(*names: str, **more: Any) -> Mapping:
    """Lists of services under their usual titles, all of one unit and day."""
    fills = {name: Fill(Source.COLUMN, title) for name, title in zip(("code", "name", "field"), TITLES, strict=True)}
    fills |= {"unit_code": Fill(Source.SAME, value="VP"), "valid_from": Fill(Source.SAME, value="1/7/2025")}
    return Mapping("services", tuple(Part(name, 1) for name in names), fills, **more)


def read(grids: list[Grid], mapping: Mapping, sheets: dict[str, Sheet]) -> Reading:
    with force_locale("en"):
        return read_mapped(grids, mapping, sheets)


def problems(reading: Reading) -> list[str]:
    return [f"{one.cell}: {one.wrong}" for one in map(reading.located, reading.problems)]


def coded(*codes: str) -> list[Grid]:
    return [grid(TITLES, *([code, f"Thủ tục {n}", "Hộ tịch"] for n, code in enumerate(codes)), name="DM")]


def test_what_one_sheet_does_not_have_is_noted_and_keeps_what_the_register_holds(
    any_app: Flask, office: Office, sheets: dict[str, Sheet]
) -> None:
    office.unit("VP", name="Văn phòng")
    first = [grid(TITLES, ["1.000080", "Khai sinh", "Hộ tịch"], name="2025")]
    apply(check_reading(read(first, of_services("2025"), sheets), "0" * 64, moment_of()), moment_of())
    both = [
        grid(TITLES, ["2.000815", "Chứng thực", "Chứng thực"], name="2025"),
        grid(TITLES[:2], ["1.000080", "Đăng ký khai sinh"], name="2026"),
    ]
    reading = read(both, of_services("2025", "2026"), sheets)
    assert [str(reading.located(note)) for note in reading.notes if "Lĩnh vực" in note.sentence]
    plan = check_reading(reading, "0" * 64, moment_of())
    after = plan.office["services"].after
    assert (after["VP", "1.000080"]["name"], after["VP", "1.000080"]["field"]) == ("Đăng ký khai sinh", "Hộ tịch")


def test_a_title_that_stands_nowhere_is_a_problem(sheets: dict[str, Sheet]) -> None:
    grids = [grid(TITLES[:2], ["1.000080", "Khai sinh"], name="DM")]
    assert problems(read(grids, of_services("DM"), sheets)) == [
        'None: None of the sheets that are taken has the column "Lĩnh vực".'
    ]


def test_a_condition_under_a_title_that_stands_nowhere_is_a_problem(sheets: dict[str, Sheet]) -> None:
    mapping = of_services("DM", only=(Condition("Cấp", "cấp xã"),))
    found = problems(read(coded("1.000080"), mapping, sheets))
    assert found == ['None: None of the sheets that are taken has the column "Cấp".']


def test_a_record_that_is_called_like_a_signature_is_no_foot() -> None:
    names = ["Xác nhận tình trạng hôn nhân", "Khai sinh", "Chứng thực"]
    rows = [[str(n), name, None, None] for n, name in enumerate(names, 1)]
    (found,) = tables([grid(["TT", "Tên", "Lĩnh vực", "Ghi chú"], *rows, ["Tổng cộng: 3"], ["Người lập"], ["Nguyễn Văn A"])])
    assert (found.count, found.foot) == (3, (5, 6, 7))


def test_totals_between_the_records_are_passed_over_and_what_follows_is_not() -> None:
    rows = [
        ["1", "Khai sinh", "5 ngày"],
        ["Cộng quý I", "12", "3 hồ sơ"],
        ["2", "Khai tử", "1 ngày"],
        ["Tổng", "14"],
        ["Người lập", "Chủ tịch"],
    ]
    (found,) = tables([grid(["TT", "Tên", "Thời hạn"], *rows)])
    assert (found.count, found.foot) == (2, (3, 5, 6))


def test_titles_that_differ_in_case_and_marks_are_two_columns() -> None:
    (found,) = tables([grid(["Mã", "MÃ", "Tên"], ["1", "2", "An"])])
    assert found.titles == ("Mã", "MÃ (2)", "Tên")


@pytest.mark.parametrize(
    ("codes", "cells"),
    [
        (["1.000080", "1.00008"], ["A3"]),
        (["2.000815", "1.00008", "1.0001", "2.000884", "2.00132", "2.000633"], ["A3", "A4", "A6"]),
        (["1.9", "1.10", "1.11", "1.12"], []),
        (["1.000080", "QT-02", "2.000815"], []),
    ],
    ids=["one of two", "one to three zeros", "a numbering", "other codes between"],
)
def test_a_code_that_is_shorter_than_the_others_lost_its_zeros(
    codes: list[str], cells: list[str], sheets: dict[str, Sheet]
) -> None:
    found = problems(read(coded(*codes), of_services("DM"), sheets))
    assert [one.partition(":")[0] for one in found] == cells
    assert all("drops zeros at the end" in one for one in found)


def test_codes_of_services_that_a_procedure_names_are_looked_at_too(sheets: dict[str, Sheet]) -> None:
    fills = {name: Fill(Source.COLUMN, name) for name in ("code", "title", "service_codes")}
    fills |= {name: Fill(Source.SAME, value=value) for name, value in (("unit_code", "VP"), ("kind", "form"))}
    fills["effective_on"] = Fill(Source.SAME, value="1/7/2025")
    rows = [["QT-01", "Một", "1.000080; 2.000815"], ["QT-02", "Hai", "1.00008"]]
    grids = [grid(["code", "title", "service_codes"], *rows, name="QT")]
    found = problems(read(grids, Mapping("procedures", (Part("QT", 1),), fills), sheets))
    assert [one.partition(":")[0] for one in found] == ["C3"]


def test_a_line_that_divides_and_a_repeated_header_are_no_rows_with_gaps(sheets: dict[str, Sheet]) -> None:
    fills = {**of_services("DM").fills, "valid_from": Fill(Source.COLUMN, "Từ ngày")}
    mapping = replace(of_services("DM"), fills=fills)
    titles = [*TITLES, "Từ ngày"]
    rows = [[None, "I. Lĩnh vực hộ tịch"], ["1.000080", "Khai sinh", "Hộ tịch", date(2025, 7, 1)], titles]
    assert [gap.fill for gap in gaps([grid(titles, *rows, name="DM")], mapping, sheets) if gap.empty] == []
