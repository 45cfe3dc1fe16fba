"""What is recognised of a workbook of any making before anybody has said a word: tables, columns, words, gaps."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from nonconformities.register import NONCONFORMITIES
from qms.imports.grid import Grid
from qms.imports.house import house_sheets
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.distinct import words_of
from qms.imports.mapping.missing import gaps
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.rows import lines
from qms.imports.mapping.tables import table, tables
from qms.imports.mapping.value import LEFT_OUT, Condition, Fill, Mapping, Part, Source
from qms.imports.world import Office as Records
from qms.kernel.language import force_locale
from qms.sheets.sheet import Sheet
from tests.office import TODAY, Office

HEADER = ["Số phiếu", "Đơn vị", "Mức độ", "Nội dung", "Ngày phát hiện"]
ROW = ["KPH-01", "Văn phòng", "nặng", "Thiếu sổ", date(2026, 3, 2)]


def grid(*rows: list[Any], name: str = "Sổ 2026", **more: Any) -> Grid:
    """A sheet of these rows from row 1 on; None is an empty cell."""
    numbered = [
        (number, {place: cell for place, cell in enumerate(row) if cell is not None}) for number, row in enumerate(rows, 1)
    ]
    return Grid(name, [one for one in numbered if one[1]], **more)


@pytest.fixture
def sheets(app: Flask) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in house_sheets()}


def test_the_header_is_found_below_titles_and_the_foot_is_no_row() -> None:
    one = grid(
        ["SỔ THEO DÕI"], ["Năm 2026"], [], HEADER, ["(1)", "(2)", "(3)", "(4)", "(5)"], ROW, ["Tổng cộng: 1"], ["Người lập"]
    )
    (found,) = tables([one])
    assert (found.header, found.depth, found.titles, found.count, found.foot) == (4, 1, tuple(HEADER), 1, (7, 8))
    assert found.first[0] == ("KPH-01", "Văn phòng", "nặng", "Thiếu sổ", "02/03/2026")


def test_the_lines_of_a_header_are_joined() -> None:
    upper = ["Số phiếu", "Nội dung", "Thời hạn", None, "Ghi chú"]
    one = grid(upper, [None, None, "Kế hoạch", "Thực tế"], ["1", "Thiếu", "1/3/2026", "2/3/2026", None])
    (found,) = tables([one])
    assert found.depth == 2
    assert found.titles == ("Số phiếu", "Nội dung", "Thời hạn / Kế hoạch", "Thời hạn / Thực tế", "Ghi chú")
    assert table(one, 1, 1).titles[2:4] == ("Thời hạn", "[D]"), "cells without a title are seen too"


def test_a_sheet_of_notes_is_no_table() -> None:
    assert tables([grid(["Ghi chú"], ["Hỏi lại phòng"], name="Nháp")]) == []


def test_years_of_one_register_are_taken_together(sheets: dict[str, Sheet]) -> None:
    years = [
        grid(HEADER, ROW, name="2025"),
        grid(["Sổ"], HEADER, ROW, ROW, name="2026"),
        grid(["Tên", "Điện thoại"], ["An", "1"], name="Danh bạ"),
    ]
    mapping = propose(years, list(sheets.values()))
    assert mapping.register == NONCONFORMITIES.name
    assert mapping.parts == (Part("2025", 1), Part("2026", 2))
    assert {name: fill.title for name, fill in mapping.fills.items()} == dict(
        zip(("code", "unit_code", "grade", "statement", "raised_on"), HEADER, strict=True)
    )


def test_a_column_without_a_day_is_taken_for_no_day(sheets: dict[str, Sheet]) -> None:
    mapping = propose([grid(HEADER, [*ROW[:4], "chưa rõ"])], list(sheets.values()), NONCONFORMITIES.name)
    assert "raised_on" not in mapping.fills


def test_only_rows_that_hold_what_is_asked_are_taken() -> None:
    one = grid(["Mã", "Cấp"], ["1.1", "Cấp tỉnh; Cấp xã"], ["1.2", "Cấp tỉnh"])
    mapping = Mapping("services", (Part("Sổ 2026", 1),), {}, (Condition("Cấp", "cap xa"),))
    assert [line.number for line in lines([one], mapping)] == [2]


def test_each_word_stands_once_with_its_count_and_its_meaning(sheets: dict[str, Sheet], office: Office) -> None:
    office.unit("VP", name="Văn phòng")
    rows = [ROW, [*ROW[:2], "Nặng ", *ROW[3:]], ["KPH-03", "Phòng lạ", "điểm cần cải tiến", "Nên", date(2026, 3, 4)]]
    grids = [grid(HEADER, *rows)]
    mapping = propose(grids, list(sheets.values()), NONCONFORMITIES.name)
    records = Records({}, list(sheets.values()), TODAY, None)
    found = {one.fill: one for one in words_of(grids, mapping, sheets, records)}
    assert [(word.text, word.count, word.meaning) for word in found["unit_code"].words] == [
        ("Văn phòng", 2, "VP"),
        ("Phòng lạ", 1, None),
    ]
    grades = {word.text: (word.count, word.meaning) for word in found["grade"].words}
    assert grades["nặng"] == (2, "major")
    assert ("minor", "nhẹ") in [(value, label.casefold()) for value, label in found["grade"].choices] or found["grade"].choices


def test_what_is_missing_is_asked_and_an_empty_cell_counts(sheets: dict[str, Sheet]) -> None:
    grids = [grid(HEADER[:2] + HEADER[3:], ["KPH-01", None, "Thiếu", date(2026, 3, 2)])]
    mapping = propose(grids, list(sheets.values()), NONCONFORMITIES.name)
    found = {gap.fill: gap for gap in gaps(grids, mapping, sheets)}
    assert (found["grade"].empty, found["unit_code"].empty) == (None, 1)
    assert found["unit_code"].may_leave_out and not found["grade"].may_leave_out
    assert found["due_on"].may[0] is Source.RULE and Source.NOTHING not in found["due_on"].may
    assert "raised_on" not in found and "code" not in found


def test_a_row_that_stays_out_lacks_nothing(sheets: dict[str, Sheet]) -> None:
    grids = [grid(HEADER, ROW, ["KPH-02", None, "khuyến nghị", "Nên", date(2026, 3, 2)])]
    mapping = propose(grids, list(sheets.values()), NONCONFORMITIES.name)
    fills = {**mapping.fills, "grade": Fill(Source.COLUMN, "Mức độ", words={"khuyen nghi": LEFT_OUT})}
    assert "unit_code" in {gap.fill for gap in gaps(grids, mapping, sheets)}
    assert "unit_code" not in {gap.fill for gap in gaps(grids, Mapping(mapping.register, mapping.parts, fills), sheets)}


def test_a_measure_beside_the_one_who_carries_it_out_is_an_action(sheets: dict[str, Sheet]) -> None:
    more = ["Biện pháp khắc phục", "Người khắc phục"]
    alone = propose([grid([*HEADER, more[0]], [*ROW, "Lập sổ"])], list(sheets.values()))
    assert alone.fills["correction"].title == more[0]
    both = propose([grid([*HEADER, *more], [*ROW, "Lập sổ", "Văn thư"])], list(sheets.values()))
    assert {name: both.fills[name].title for name in ("actions.description", "actions.owner")} == dict(
        zip(("actions.description", "actions.owner"), more, strict=True)
    )
    assert "correction" not in both.fills


def test_an_owner_without_any_measure_is_left_out_and_said(sheets: dict[str, Sheet]) -> None:
    grids = [grid([*HEADER, "Người khắc phục"], [*ROW, "Văn thư"])]
    mapping = propose(grids, list(sheets.values()))
    found = {gap.fill: gap.may for gap in gaps(grids, mapping, sheets)}
    assert found["actions.description"] == (Source.NOTHING,) and "actions.due_on" in found
    left = Mapping(mapping.register, mapping.parts, {**mapping.fills, "actions.description": Fill(Source.NOTHING)})
    assert [gap.fill for gap in gaps(grids, left, sheets) if gap.fill.startswith("actions.")] == ["actions.description"]
    with force_locale("en"):
        reading = read_mapped(grids, left, sheets)
    assert "actions" not in reading.register
    assert [note.sentence for note in reading.notes if "Nothing" in note.sentence] == [
        'Nothing is taken over of "Người khắc phục": no column says what it belongs to.'
    ]
