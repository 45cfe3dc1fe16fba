"""Workbooks of Excel 97-2003: every cell as it shows, or a fault; and whatever a changed byte does, a refusal."""

import struct
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qms.imports.files import open_file
from qms.imports.grid import NOT_COMPUTED, PICTURE, Fault, Grid, Shown
from qms.imports.number_formats import Number
from qms.imports.refused import WorkbookRefused

OFFICE, UNCOMPUTED, MAC = (
    Path(__file__).with_name("old_excel").joinpath(name).read_bytes()
    for name in ("office.xls", "uncomputed.xls", "days_from_1904.xls")
)


def sheets(data: bytes) -> list[Grid]:
    return open_file(data, "sổ.xls")


def cells(grid: Grid, row: int) -> list[Shown]:
    return [shown.text if isinstance(shown, Number) else shown for shown in dict(grid.rows)[row].values()]


def refused(data: bytes) -> str:
    with pytest.raises(WorkbookRefused) as caught:
        sheets(data)
    return caught.value.code


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        (1, ["Mã", "Nội dung"]),
        (2, ["QT-07", "1.000080"]),
        (3, [Fault("#DIV/0!"), NOT_COMPUTED]),
        (4, [date(2026, 9, 18), True]),
        (6, ["dòng ẩn", "01"]),
        (7, [1.5, "Dòng một\nDòng hai"]),
        (8, [PICTURE, Fault("#N/A")]),
        (9, ["Văn phòng"]),
    ],
)
def test_a_cell_of_an_old_workbook_shows_what_it_shows_in_excel(row: int, shown: list[Shown]) -> None:
    """LibreOffice has stored 0 in B3, where the formula joins two texts."""
    assert cells(sheets(OFFICE)[0], row) == shown


def test_what_is_hidden_struck_out_or_merged_is_told_of_an_old_workbook_too() -> None:
    first, second = sheets(OFFICE)

    assert (first.name, first.hidden, second.name, second.hidden) == ("Sổ 2025", False, "Trang ẩn", True)
    assert (first.hidden_rows, first.struck_rows, first.merged) == ([6], [5], [(0, 9, 11)])
    assert cells(second, 1) == ["z"]


def test_formulas_that_no_program_has_computed_are_faults() -> None:
    first = sheets(UNCOMPUTED)[0]

    assert cells(first, 3) == [NOT_COMPUTED, NOT_COMPUTED]
    assert cells(first, 8) == [PICTURE, NOT_COMPUTED]


def test_an_old_workbook_may_count_its_days_from_1904() -> None:
    assert cells(sheets(MAC)[0], 4)[0] == date(2026, 9, 18)


def test_an_old_workbook_with_a_password_is_refused_and_says_so() -> None:
    begin = OFFICE.index(struct.pack("<HH", 0x0809, 16))
    second = begin + 20
    filepass = OFFICE[:second] + struct.pack("<H", 0x002F) + OFFICE[second + 2 :]

    assert refused(filepass) == "password"


def test_an_old_workbook_with_a_sheet_of_macros_is_refused() -> None:
    named = OFFICE.index(struct.pack("<H", 0x0085) + b"\x16\0")
    kind = named + 4 + 5

    assert OFFICE[kind] == 0
    assert refused(OFFICE[:kind] + b"\x01" + OFFICE[kind + 1 :]) == "macros"


@pytest.mark.parametrize("kept", [8, 100, 511, 513, len(OFFICE) // 2, len(OFFICE) - 1600])
def test_an_old_workbook_cut_short_is_refused_as_damaged(kept: int) -> None:
    assert refused(OFFICE[:kept]) == "damaged"


def test_sectors_that_follow_each_other_in_a_circle_are_refused_and_not_followed() -> None:
    directory, table = (512 + 512 * struct.unpack_from("<I", OFFICE, place)[0] for place in (48, 60))
    entry = OFFICE.index("Workbook".encode("utf-16-le"), directory)
    first = table + 4 * struct.unpack_from("<I", OFFICE, entry + 116)[0]

    circle = struct.pack("<I", (first - table) // 4)
    assert refused(OFFICE[:first] + circle + OFFICE[first + 4 :]) == "damaged"


@given(st.integers(8, len(OFFICE) - 1), st.binary(min_size=1, max_size=8))
def test_an_old_workbook_with_some_bytes_changed_is_read_or_refused_and_never_breaks(at: int, change: bytes) -> None:
    try:
        sheets(OFFICE[:at] + change + OFFICE[at + len(change) :])
    except WorkbookRefused as refusal:
        assert refusal.code in {"damaged", "wrong_type", "password", "macros", "old_format"}
