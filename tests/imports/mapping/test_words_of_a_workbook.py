"""Words that need a meaning: months and notes where a day is asked for, units as an office shortens them; who may see whom."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from qms.imports.grid import Grid
from qms.imports.house import house_sheets
from qms.imports.mapping.day_words import day_choices, is_mistyped_day, period_of
from qms.imports.mapping.distinct import Words, words_of
from qms.imports.mapping.value import Fill, Mapping, Part, Source
from qms.imports.world import Office as Records
from qms.sheets.sheet import Sheet
from tests.office import TODAY, Office


@pytest.fixture
def sheets(app: Flask) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in house_sheets()}


def words_under(title: str, cells: list[Any], fill: str, sheets: dict[str, Sheet], seen: frozenset[str] | None = None) -> Words:
    """The words of one column of a log; a column beside it numbers the rows."""
    rows = [(1, {0: "TT", 1: title}), *((number, {0: str(number), 1: cell}) for number, cell in enumerate(cells, 2))]
    mapping = Mapping("nonconformities", (Part("Sổ", 1),), {fill: Fill(Source.COLUMN, title)})
    records = Records({}, list(sheets.values()), TODAY, seen)
    (found,) = words_of([Grid("Sổ", rows)], mapping, sheets, records)
    return found


def meanings(words: Words) -> dict[str, str | None]:
    return {word.text: word.meaning for word in words.words}


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("tháng 9/2026", date(2026, 9, 1), date(2026, 9, 30)),
        ("9/2026", date(2026, 9, 1), date(2026, 9, 30)),
        ("Tháng 02 năm 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("T12.2025", date(2025, 12, 1), date(2025, 12, 31)),
        ("Quý III/2026", date(2026, 7, 1), date(2026, 9, 30)),
        ("quý 1 năm 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("Năm 2025", date(2025, 1, 1), date(2025, 12, 31)),
    ],
)
def test_a_month_a_quarter_and_a_year_have_a_first_and_a_last_day(text: str, first: date, last: date) -> None:
    assert period_of(text) == (first, last)


@pytest.mark.parametrize("text", ["13/2026", "0/2026", "Quý V/2026", "tháng 9", "đã xong", "9/26", "tháng 9/1026"])
def test_what_names_no_period_of_a_register_is_none(text: str) -> None:
    assert period_of(text) is None


def test_a_whole_day_that_is_mistyped_is_mended_in_its_cell() -> None:
    assert is_mistyped_day("31/4/2026") and is_mistyped_day("18.9.26")
    assert not is_mistyped_day("9/2026")


def test_both_days_of_every_period_may_be_chosen(app: Flask) -> None:
    assert [day for day, _label in day_choices(["tháng 9/2026", "đã xong", "Quý I/2026"])] == [
        "2026-01-01",
        "2026-03-31",
        "2026-09-01",
        "2026-09-30",
    ]


def test_only_what_is_no_day_is_asked_of_a_column_of_days_and_no_day_is_proposed(sheets: dict[str, Sheet]) -> None:
    cells = [date(2026, 3, 1), "18/9/2026", "tháng 9/2026", "Tháng 9/2026", "đang làm", "đã xong", "31/4/2026"]
    found = words_under("Ngày đóng", cells, "closed_on", sheets)
    assert meanings(found) == {"tháng 9/2026": None, "đang làm": "", "đã xong": None}
    assert [word.count for word in found.words] == [2, 1, 1]
    assert [value for value, _label in found.choices] == ["2026-09-01", "2026-09-30"]


def test_a_unit_is_known_by_its_code_its_name_and_as_an_office_shortens_it(sheets: dict[str, Sheet], office: Office) -> None:
    office.unit("V02", name="Phòng Văn hóa - Xã hội")
    office.unit("K01", name="Phòng Kinh tế")
    cells = ["v02", "Phòng Văn hóa và Xã hội", "P. VHXH", "VH-XH", "P.Kinh tế", "Phòng lạ"]
    found = meanings(words_under("Đơn vị", cells, "unit_code", sheets))
    assert list(found.values()) == ["V02"] * 4 + ["K01", None]


def test_letters_that_two_units_share_mean_neither(sheets: dict[str, Sheet], office: Office) -> None:
    office.unit("A1", name="Phòng Kinh tế")
    office.unit("A2", name="Phòng Kế toán")
    found = meanings(words_under("Đơn vị", ["P. KT", "KT", "Phòng Kế toán"], "unit_code", sheets))
    assert found == {"P. KT": None, "KT": None, "Phòng Kế toán": "A2"}


def test_a_unit_or_a_person_out_of_reach_is_not_there(sheets: dict[str, Sheet], office: Office) -> None:
    office.unit("V02", name="Phòng Văn hóa - Xã hội")
    office.unit("K01", name="Phòng Kinh tế")
    seen = frozenset({"K01"})
    found = words_under("Đơn vị", ["Phòng Kinh tế", "P. VHXH", "V02"], "unit_code", sheets, seen)
    assert meanings(found) == {"Phòng Kinh tế": "K01", "P. VHXH": None, "V02": None}
    assert [value for value, _label in found.choices] == ["K01"]
    here = words_under("Đơn vị", ["P. VHXH"], "unit_code", sheets)
    assert meanings(here) == {"P. VHXH": "V02"}, "to whoever may see it, it is there"
