"""What is written is read back the same, by us and by others."""

import io
import zipfile
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st

from qms.imports.cells import clean
from qms.imports.writer import write_template, write_workbook
from qms.kernel.language import LANGUAGES, _l
from qms.sheets.columns import Column, GivenRole, Kind
from qms.sheets.sheet import Sheet
from qms.units.register import UNITS
from tests.imports.registers_of_an_office import SHEETS, read_workbook

ROLES = ("auditor", "staff")
CHOICES = ("major", "minor")
EVERY = Sheet(
    name="every",
    title=_l("Units"),
    title_vi="Mọi loại",
    kind="every",
    key=("key",),
    columns=(
        Column("key", _l("Unit code"), "Khóa", Kind.CODE, required=True),
        *(Column(kind.value, _l("Unit code"), f"Loại {kind.value}", kind, choices=ROLES) for kind in Kind if kind is Kind.ROLES),
        *(
            Column(kind.value, _l("Unit code"), f"Loại {kind.value}", kind, choices=CHOICES)
            for kind in Kind
            if kind is not Kind.ROLES
        ),
    ),
    rows=lambda _day: (),
    save=lambda _saving: None,
)

texts = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[=+\-@][A-Z0-9()!]{0,8}", fullmatch=True),
    st.from_regex(r"0{0,3}[0-9]{1,5}(\.0)?", fullmatch=True),
    st.from_regex(r"(_x[0-9A-F]{4}_?){1,3}", fullmatch=True),
    st.sampled_from(["#REF!", "#N/A", "TRUE", "1.0", "18/9/2026", "Đường dây nóng", "ế ợ ữ ằ ẵ", "'01", "=SUM(A1)", "\t=1"]),
).map(clean)
codes = texts.map(lambda text: text.replace(";", "").strip()).filter(bool)
items = codes.map(clean).filter(bool)
usernames = st.from_regex(r"[a-zđêư0-9.=+-]{1,80}", fullmatch=True).map(clean)


def lists(of: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(of, max_size=4, unique=True).map(tuple)


def optional(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | of


rows = st.fixed_dictionaries(
    {
        "text": texts.map(lambda text: text or None),
        "code": optional(codes),
        "number": texts.map(lambda text: text or None),
        "day": optional(st.dates(date(1900, 1, 1), date(2200, 12, 31))),
        "yes_no": optional(st.booleans()),
        "whole": optional(st.integers(-(10**11), 10**11)),
        "decimal": optional(st.decimals(-(10**11), 10**11, places=9)),
        "choice": optional(st.sampled_from(CHOICES)),
        "codes": lists(items),
        "clause": texts.map(lambda text: text or None),
        "clauses": lists(items),
        "username": optional(usernames),
        "roles": lists(st.builds(GivenRole, st.sampled_from(ROLES), optional(items))),
    }
)


@settings(deadline=None)
@given(st.lists(rows, max_size=4))
def test_whatever_is_written_is_read_back_the_same(written: list[dict[str, Any]]) -> None:
    keyed = [row | {"key": f"{number}"} for number, row in enumerate(written)]
    register, problems = read_workbook(write_workbook([EVERY], {"every": keyed}), [EVERY])

    assert problems == []
    assert [row.values for row in register["every"]] == keyed


@settings(deadline=None, max_examples=30)
@given(st.lists(texts, min_size=1, max_size=5))
def test_other_programs_find_texts_and_no_formulas(written: list[str]) -> None:
    rows = [{"code": str(number), "name": text} for number, text in enumerate(written)]
    page = openpyxl.load_workbook(io.BytesIO(write_workbook([UNITS], {"units": rows})))["units"]

    for number in range(len(written)):
        assert page.cell(number + 2, 2).data_type != "f"
        assert page.cell(number + 2, 2).value is None or isinstance(page.cell(number + 2, 2).value, str)


def test_codes_are_formatted_as_text_and_days_are_days_of_excel() -> None:
    unit = {"code": "01", "name": "=1+1", "in_scope_from": date(2025, 7, 1), "not_applicable_clauses": ("8.3", "8.5.1")}
    page = openpyxl.load_workbook(io.BytesIO(write_workbook([UNITS], {"units": [unit]})))["units"]
    cells = {page.cell(1, index).value: page.cell(2, index) for index in range(1, len(UNITS.columns) + 1)}

    assert (cells["code"].value, cells["code"].number_format, cells["code"].data_type) == ("01", "@", "s")
    assert (cells["name"].value, cells["name"].data_type) == ("=1+1", "s")
    assert cells["in_scope_from"].value == datetime(2025, 7, 1)  # noqa: DTZ001 - a cell holds a day without a zone
    assert cells["in_scope_from"].number_format == "dd/mm/yyyy"
    assert cells["not_applicable_clauses"].value == "8.3; 8.5.1"


def test_headers_are_english_names_or_vietnamese_titles_and_both_are_read() -> None:
    rows = {"units": [{"code": "PMA", "name": "Phường", "kind": "commune", "in_scope_from": date(2025, 7, 1)}]}
    english, vietnamese = write_workbook(SHEETS, rows), write_workbook(SHEETS, rows, language="vi")

    assert openpyxl.load_workbook(io.BytesIO(english))["units"]["A1"].value == "code"
    assert openpyxl.load_workbook(io.BytesIO(vietnamese))["Đơn vị"]["A1"].value == "Mã đơn vị *"
    assert read_workbook(english) == read_workbook(vietnamese)
    assert read_workbook(english)[1] == []


def test_the_same_rows_give_the_same_bytes_at_any_time() -> None:
    rows = {"units": [{"code": "PMA", "name": "Phường"}]}
    with time_machine.travel(datetime(2026, 1, 5, tzinfo=UTC)):
        first = write_workbook(SHEETS, rows)
    with time_machine.travel(datetime(2027, 6, 7, tzinfo=UTC)):
        assert write_workbook(SHEETS, rows) == first


def test_a_number_that_a_cell_cannot_hold_exactly_goes_as_text() -> None:
    exact = Decimal("12345678901.123456789")
    register, problems = read_workbook(write_workbook([EVERY], {"every": [{"key": "1", "decimal": exact}]}), [EVERY])

    assert problems == []
    assert register["every"][0].values["decimal"] == exact


def test_a_text_is_never_cut_to_fit_a_cell() -> None:
    with pytest.raises(ValueError, match="32768"):
        write_workbook([UNITS], {"units": [{"code": "1", "name": "x" * 32_768}]})


def test_a_list_item_that_would_be_read_as_two_is_not_written() -> None:
    with pytest.raises(ValueError, match="semicolon"):
        write_workbook([UNITS], {"units": [{"code": "1", "not_applicable_clauses": ("8.3;8.4",)}]})


def test_an_untouched_template_is_an_empty_register() -> None:
    for language in LANGUAGES:
        assert read_workbook(write_template(SHEETS, language)) == ({sheet.name: [] for sheet in SHEETS}, [])


def test_the_template_shows_names_titles_hints_and_lists() -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(SHEETS, "en")))

    assert book.sheetnames == ["about", *(sheet.name for sheet in SHEETS), "lists"]
    for sheet in SHEETS:
        page = book[sheet.name]
        for index, column in enumerate(sheet.columns, start=1):
            assert page.cell(1, index).value == column.name
            assert str(page.cell(2, index).value).removesuffix(" *") == column.title_vi
            assert str(page.cell(2, index).value).endswith("*") == column.required
        hints = page.data_validations.dataValidation
        assert len(hints) == len(sheet.columns)
        assert all(0 < len(hint.prompt) <= 255 and len(hint.promptTitle) <= 32 for hint in hints)
        assert all(hint.formula1 is None or len(hint.formula1) <= 255 for hint in hints)


@pytest.mark.parametrize("header_row", [1, 2], ids=["names removed", "titles removed"])
def test_a_filled_template_is_read_with_both_header_rows_or_either(header_row: int) -> None:
    book = openpyxl.load_workbook(io.BytesIO(write_template(SHEETS, "en")))
    page = book["units"]
    page.append(["PMA", "Phường Minh An (mẫu)", None, "commune", None, "có", None, None, None, "1/7/2025"])
    both, one = io.BytesIO(), io.BytesIO()
    book.save(both)
    page.delete_rows(header_row)
    book.save(one)
    (with_both, with_one) = (read_workbook(data.getvalue()) for data in (both, one))

    assert with_both[1] == with_one[1] == []
    assert with_both[0]["units"][0].values == with_one[0]["units"][0].values
    assert (with_both[0]["units"][0].number, with_one[0]["units"][0].number) == (3, 2)


def test_a_written_workbook_is_a_sound_zip() -> None:
    with zipfile.ZipFile(io.BytesIO(write_template(SHEETS, "en"))) as archive:
        assert archive.testzip() is None
