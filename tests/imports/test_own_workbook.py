"""Our own workbook in Vietnamese: written, opened elsewhere, edited, and read without loss; it says what it does not hold."""

import io
from dataclasses import replace
from datetime import date
from typing import Any

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from qms.accounts.permissions import Role
from qms.imports import changes
from qms.imports.cells import folded, read_cell, value_of, yes_and_no
from qms.imports.exporting import export_workbook
from qms.imports.house import BESIDE, house_sheets, in_order, not_in_sheets
from qms.imports.refused import Problems
from qms.imports.takeover import check, take_over
from qms.imports.writer import write_template, write_workbook
from qms.kernel.language import LANGUAGES, force_locale
from qms.reports import lists
from qms.sheets.columns import Column, Kind
from qms.trail.standing import held_tables
from qms.units.register import UNITS
from tests.conftest import SignIn
from tests.imports.registers_of_an_office import BY_NAME, OFFICE, SHEETS, read_workbook, workbook_of
from tests.office import Office, moment_of


def rows_of_the_office() -> dict[str, list[dict[str, Any]]]:
    register, _problems = read_workbook(workbook_of(OFFICE))
    return {name: [row.values for row in rows] for name, rows in register.items()}


def opened(data: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(data))


@pytest.fixture
def vietnamese(app: Flask) -> bytes:
    with app.app_context():
        return write_workbook(SHEETS, rows_of_the_office(), "vi")


def values(data: bytes) -> dict[str, list[dict[str, object]]]:
    register, problems = read_workbook(data)
    assert problems == []
    return {name: [{**BY_NAME[name].empty_values, **row.values} for row in rows] for name, rows in register.items()}


def test_sheets_headers_and_words_are_vietnamese(vietnamese: bytes) -> None:
    book = opened(vietnamese)
    assert book.sheetnames == ["Hướng dẫn", *(sheet.title_vi for sheet in SHEETS), "Danh mục"]
    assert book.active.title == "Hướng dẫn" and book["Danh mục"].sheet_state == "hidden"
    for sheet in SHEETS:
        header = [cell.value for cell in book[sheet.title_vi][1]]
        assert header == [column.title_vi + " *" * column.required for column in sheet.columns]
    units = {cell.value: below.value for cell, below in zip(*book["Đơn vị"]["A1:O2"], strict=True)}
    assert (units["Loại đơn vị *"], units["Có HTQLCL riêng"]) == ("Xã, phường", "có")
    people = {cell.value: below.value for cell, below in zip(*book["Cán bộ, công chức, viên chức"]["A1:F2"], strict=True)}
    assert people["Vai trò"] == "Người đứng đầu đơn vị; Đánh giá viên@MA"


def test_what_is_written_in_vietnamese_is_read_as_what_it_was(vietnamese: bytes) -> None:
    assert values(vietnamese) == values(workbook_of(OFFICE))


def test_no_word_of_a_list_means_two_things_and_each_is_read(app: Flask) -> None:
    with app.app_context():
        for sheet in house_sheets():
            for column in sheet.columns:
                said: dict[str, str] = {}
                for language in LANGUAGES:
                    with force_locale(language):
                        for choice in column.choices:
                            word = str(column.word(choice))
                            assert said.setdefault(folded(word), value_of(choice)) == value_of(choice), word
                            assert ";" not in word and "@" not in word
                            if column.kind is Kind.CHOICE:
                                assert read_cell(column, word) == value_of(choice)


def test_cells_offer_words_units_and_people(vietnamese: bytes) -> None:
    book = opened(vietnamese)
    found = {}
    for sheet in SHEETS:
        titles = {str(cell.column_letter): column for cell, column in zip(book[sheet.title_vi][1], sheet.columns, strict=True)}
        for rule in book[sheet.title_vi].data_validations.dataValidation:
            assert rule.formula1 in book.defined_names, rule.formula1
            column = titles[str(rule.sqref).partition("2")[0]]
            found[sheet.name, column.name] = rule
    assert {key for key, rule in found.items() if rule.errorStyle != "warning"} == {
        (sheet.name, column.name) for sheet in SHEETS for column in sheet.columns if column.kind is Kind.CHOICE
    }
    units, people = (book.defined_names[f"list.{name}"].attr_text for name in ("units", "people"))
    assert units.startswith("OFFSET('Đơn vị'!$A$2") and people.startswith("OFFSET('Cán bộ, công chức, viên chức'!$A$2")
    assert found["actions", "owner"].formula1 == found["audits", "lead_auditor"].formula1 == "list.people"
    assert found["procedures", "unit_code"].formula1 == "list.units" and ("people", "roles") not in found
    area = book.defined_names["list.nonconformities.grade"].attr_text
    assert [cell.value for (cell,) in book["Danh mục"][area.rpartition("!")[2]]] == ["nặng", "nhẹ"]


def test_an_empty_workbook_offers_the_units_and_people_that_are_there(
    office: Office, client: FlaskClient, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = office.agency("MA", name="Phường Minh An (mẫu)")
    office.unit("VP", parent=agency, name="=1+1")
    office.person("can.bo", unit=agency, role=Role.QUALITY_OFFICER)
    sign_in(client, "can.bo")
    book = opened(client.get("/registers/template").data)
    area = book.defined_names["list.units"].attr_text
    assert [cell.value for (cell,) in book["Danh mục"][area.rpartition("!")[2]]] == ["MA", "VP"]
    assert "Phường Minh An (mẫu)" in [cell.value for cell in book["Danh mục"][2]]
    assert book["Đơn vị"].max_row == 1
    assert [cell.data_type for row in book["Danh mục"] for cell in row if cell.value == "=1+1"] == ["s"]
    monkeypatch.setattr(lists, "MOST_AT_ONCE", 1)
    without = opened(client.get("/registers/template").data)
    assert "OFFSET" in without.defined_names["list.units"].attr_text, "too many to choose from"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_sheet_and_the_lists_are_passed_over_whatever_somebody_wrote_there(app: Flask, language: str) -> None:
    with app.app_context():
        book = opened(write_template(SHEETS, language))
    for page in (book.worksheets[0], book.worksheets[-1]):
        assert folded(page.title) in BESIDE
        page["A1"], page["F40"] = "=1/0", "Ghi chú riêng"
    written = io.BytesIO()
    book.save(written)
    assert values(written.getvalue()) == {sheet.name: [] for sheet in SHEETS}


def test_the_first_sheet_counts_rows_and_names_what_is_not_contained(app: Flask, office: Office) -> None:
    office.unit("VP", parent=office.agency("MA"))
    page = opened(export_workbook(moment_of(), language="vi")).worksheets[0]
    rows = {row[0]: row for row in page.iter_rows(values_only=True)}
    assert rows["Đơn vị"] == ("Đơn vị", "Một đơn vị của tổ chức và việc áp dụng TCVN ISO 9001 tại đơn vị", 2, "Mã đơn vị")
    assert rows["Sự không phù hợp"][2] == 0
    (last,) = [text for text in rows if text and "Tệp này không có" in text]
    assert "Nhật ký hệ thống" in last and "Tệp đính kèm" in last
    assert (page.page_setup.fitToWidth, page.page_setup.fitToHeight) == (1, 1)


def test_every_record_of_the_house_stands_in_a_sheet_or_is_named_as_not_contained(app: Flask) -> None:
    with app.app_context():
        in_sheets = {table for sheet in house_sheets() for table in sheet.tables}
        named = [table for one in not_in_sheets() for table in one.tables]
        assert all(sheet.purpose and sheet.tables for sheet in house_sheets())
    assert len(named) == len({*named}) and not in_sheets.intersection(named)
    assert {*held_tables()} == in_sheets | {*named}, "in no sheet? Say so with NotContained in the feature that keeps it"


NAMED = {
    "people": "password_hash totp_secret totp_counter language disabled leaves_on",
    "grants": "valid_from valid_to by_directory given_by_id reason revoked_at",
    "nonconformities": "raised_by_id responded_by_id responded_for_id prepared_by_id effective verified_by_id verdict_note"
    " closed_by_id",
    "nonconformity_responses": "held_from withdrawn_on",
    "nonconformity_events": "by_id reason",
    "actions": "completed_by_id result cancel_reason",
    "audits": "cancel_reason conclusion",
}
"""What a record of a sheet holds beside the columns of the sheet: the first sheet names it in words."""

FOLLOWS = {"id", "folded", "version", "state", "taken_over", "late", "entered_on", "edition", "clause_mask", "position"}
FOLLOWS |= {"added_on", "active_on", "forgotten_at", "person_id", "nonconformity_id", "procedure_id", "limit_on", "role"}
"""Columns that follow from others, or from the take-over itself."""


def test_no_column_of_a_record_is_left_behind_without_a_word(app: Flask) -> None:
    with app.app_context():
        sheets = house_sheets()
    for sheet in sheets:
        for table in sheet.tables:
            left = {
                column.name
                for column in held_tables()[table].columns
                if column.name not in sheet.by_name
                and not {column.name.removesuffix("_on"), f"{column.name.removesuffix('_id')}_code"}.intersection(sheet.by_name)
                and not column.name.endswith(("_entered_on", "_late", "_counts", "_limit_on", "_review_due_on"))
                and column.name not in {"lead_auditor_id", "owner_id", "owner_text", "service_code"}
            }
            assert left - FOLLOWS == {*NAMED.get(table, "").split()}, table


@pytest.mark.parametrize("name", ["Sổ/2026", "Sổ [1]", "x" * 32, "", "'Sổ'"])
def test_a_sheet_whose_name_no_spreadsheet_takes_stops_the_program(name: str) -> None:
    with pytest.raises(ValueError, match="takes no sheet"):
        replace(UNITS, title_vi=name)


def test_a_sheet_that_would_be_passed_over_or_mistaken_stops_the_program() -> None:
    for other in (replace(UNITS, name="rooms"), replace(UNITS, name="rooms", title_vi="HƯỚNG DẪN")):
        with pytest.raises(ValueError, match="told apart"):
            in_order([UNITS, other])


def test_each_list_of_yes_and_no_is_read(app: Flask) -> None:
    column = Column("agency", UNITS.by_name["agency"].title, "Có", Kind.YES_NO)
    with app.app_context():
        for language in LANGUAGES:
            with force_locale(language):
                assert [read_cell(column, word) for word in yes_and_no()] == [True, False]


def test_a_long_text_makes_its_row_higher_and_a_wide_sheet_prints_on_several_pages(app: Flask) -> None:
    row = {"code": "NC-1", "unit_code": "VP", "statement": "Hồ sơ chưa được cập nhật " * 20}
    with app.app_context():
        book = opened(write_workbook(SHEETS, {"nonconformities": [row, {"code": "NC-2"}]}, "vi"))
    page = book["Sự không phù hợp"]
    assert page.row_dimensions[2].height > 150 and page.row_dimensions[3].height is None
    assert page.page_setup.orientation == "landscape" and page.page_setup.fitToWidth > 1
    assert book["Thủ tục hành chính"].page_setup.fitToWidth == 1
    assert (page.print_title_rows, page.freeze_panes, page.auto_filter.ref) == ("$1:$1", "A2", "A1:V3")


def test_what_is_wrong_and_what_would_change_is_told_in_the_words_of_the_workbook(app: Flask) -> None:
    rows: dict[str, Any] = {name: list(listed) for name, listed in rows_of_the_office().items()}
    take_over(workbook_of(OFFICE), moment_of())
    rows["people"] = [row | {"roles": ("auditor",)} for row in rows["people"]]
    with app.test_request_context(), force_locale("vi"):
        plan = check(write_workbook(SHEETS, rows, "vi"), moment_of())
        told = [(line.place, line.before, line.after) for line in changes.lines(plan)]
        assert told[0] == (
            ("Cán bộ, công chức, viên chức", "Vai trò"),
            "Người đứng đầu đơn vị; Đánh giá viên@MA",
            "Đánh giá viên",
        )
        assert "Cán bộ, công chức, viên chức: 0 mới, 2 thay đổi, 0 không đổi" in plan.result.text()
        rows["procedures"] = [row | {"withdrawn_on": date(2020, 1, 1)} for row in rows["procedures"]]
        with pytest.raises(Problems) as refused:
            check(write_workbook(SHEETS, rows, "vi"), moment_of())
        (one,) = refused.value.found
        assert one.place == "Danh mục tài liệu nội bộ, ô I2 (Ngày thu hồi)"
        assert one.wrong == "Ngày 01/01/2020 trước Ngày ban hành."
