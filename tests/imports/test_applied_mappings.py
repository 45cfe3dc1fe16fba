"""A mapping applied to a workbook of an office's own making: which rows become what, and what is said of the others."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask

from nonconformities.models import Grade
from nonconformities.rules import limits
from qms.imports.grid import Grid, read_grids
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.value import LEFT_OUT, Fill, Source
from qms.imports.mapping.value import Mapping as Taken
from qms.imports.refused import Problems
from qms.imports.takeover import Plan, apply, check_reading
from qms.imports.workbook import Reading
from qms.kernel.language import force_locale
from qms.workdays.queries import calendar
from tests.imports.offices import lists, logs, offices
from tests.imports.offices.writing import workbook
from tests.imports.registers_of_an_office import BY_NAME, SHEETS
from tests.office import Office, moment_of


@pytest.fixture(autouse=True)
def _application(app: Flask) -> None:
    """Cells are read in an application."""


def same(value: str) -> Fill:
    return Fill(Source.SAME, value=value)


def from_column(title: str, **words: str) -> Fill:
    return Fill(Source.COLUMN, title, words=words)


BY_RULE = Fill(Source.RULE)
UNIT_WORDS = {
    "van phong": "VP",
    "phong van hoa - xa hoi": "VHXH",
    "phong kinh te": "KTHT",
    "trung tam phuc vu hanh chinh cong": "TTPV",
}


def grids_of(data: bytes) -> list[Grid]:
    return read_grids(data, lambda _name: True)


def proposed(data: bytes, register: str, answers: Mapping[str, Fill]) -> Taken:
    """What is proposed, with what a person answers beside it."""
    mapping = propose(grids_of(data), SHEETS, register)
    return replace(mapping, fills={**mapping.fills, **answers})


def read(data: bytes, register: str, **answers: Fill) -> Reading:
    given = {name.replace("__", "."): fill for name, fill in answers.items()}
    with force_locale("en"):
        return read_mapped(grids_of(data), proposed(data, register, given), BY_NAME)


def planned(reading: Reading) -> Plan:
    with force_locale("en"):
        return check_reading(reading, "0" * 64, moment_of(), SHEETS)


def refused(reading: Reading) -> list[tuple[str | None, str]]:
    """(cell, what is wrong) of each problem."""
    with pytest.raises(Problems) as problems:
        planned(reading)
    return [(one.cell, one.wrong) for one in problems.value.found]


def notes(reading: Reading) -> list[str]:
    return [str(reading.located(note)) for note in reading.notes]


def columns(reading: Reading, register: str, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(row.values.get(name) for name in names) for row in reading.register[register]]


def units(office: Office) -> None:
    agency = office.agency("MAU", name="UBND phường Mẫu")
    for code, name in logs.UNITS:
        office.unit(code, parent=agency, name=name)


def test_a_log_of_73_rows_in_four_sheets_becomes_73_nonconformities_with_their_actions(any_app: Flask, office: Office) -> None:
    units(office)
    reading = read(
        logs.log_of_four_years(),
        "nonconformities",
        unit_code=Fill(Source.COLUMN, "Đơn vị", words=UNIT_WORDS),
        response_due_on=BY_RULE,
        actions__due_on=BY_RULE,
    )
    assert [str(reading.located(one)) for one in reading.problems] == []
    wanted = [(year, n) for year, count in logs.ROWS_OF_YEARS.items() for n in range(count)]
    assert len(wanted) == 73
    found = columns(reading, "nonconformities", "code", "unit_code", "grade", "raised_on", "statement", "response_due_on")
    for (year, n), (code, unit, grade, raised, statement, answered) in zip(wanted, found, strict=True):
        whole, day = logs.number_of(year, n), logs.raised(year, n)
        heavy = logs.GRADES[whole % 4] in logs.MAJOR
        assert (code, unit) == (f"KPH-{year}-{n + 1:02d}", logs.UNITS[whole % 4][0])
        assert (grade, raised) == ("major" if heavy else "minor", day)
        assert statement == f"Hồ sơ số {whole + 1} không có phiếu kiểm soát quá trình giải quyết"
        assert answered == limits(Grade(grade), day, calendar()).response_due_on
    closed = [day for (day,) in columns(reading, "nonconformities", "closed_on") if day is not None]
    assert len(closed) == sum(logs.STATES[logs.number_of(*one) % 3] != logs.STATES[2] for one in wanted)
    actions = columns(reading, "actions", "nonconformity_code", "number", "description", "owner")
    assert actions[0] == ("KPH-2023-01", "1", "Lập phiếu kiểm soát cho hồ sơ số 1", "Công chức phụ trách hồ sơ")
    assert len(actions) == 73
    plan = planned(reading)
    assert (plan.result.new, plan.result.changed) == (146, 0)
    assert apply(plan, moment_of()).written


def test_two_actions_below_a_merged_nonconformity_are_its_two_actions() -> None:
    reading = findings()
    assert columns(reading, "actions", "nonconformity_code", "number", "description", "due_on")[:2] == [
        ("NC‑01", "1", "Ghi bổ sung sổ", date(2026, 4, 30)),
        ("NC‑01", "2", "Hướng dẫn lại cách vào sổ", date(2026, 4, 15)),
    ]
    assert [code for (code,) in columns(reading, "nonconformities", "code")].count("NC‑01") == 1


def findings(**answers: Fill) -> Reading:
    grade = Fill(Source.COLUMN, "Phân loại", words={"ofi": LEFT_OUT, "phu hop": LEFT_OUT})
    given = {
        "grade": grade,
        "due_on": BY_RULE,
        "response_due_on": BY_RULE,
        "actions__due_on": Fill(Source.COLUMN, "Thời hạn"),
        "state": Fill(Source.COLUMN, "Đã đóng", words={"da khac phuc thang 4": "corrected"}),
    }
    return read(logs.log_of_findings(), "nonconformities", **{**given, **answers})


def test_findings_that_are_no_nonconformities_stay_out_and_are_counted() -> None:
    reading = findings()
    assert {code for (code,) in columns(reading, "nonconformities", "code")} == {"NC‑01", "NC-02", "NC-05"}
    assert any("2 rows stay out" in note and "7, 8" in note for note in notes(reading))


def test_a_day_that_does_not_exist_is_told_with_the_cell_of_the_office(any_app: Flask, office: Office) -> None:
    units(office)
    assert refused(findings()) == [("C9", "The day 31/4/2026 does not exist.")]


def test_what_no_column_fills_is_called_by_its_title_in_the_registers(any_app: Flask) -> None:
    with force_locale("vi"):
        reading = read_mapped(
            grids_of(lists.list_of_525()), proposed(lists.list_of_525(), "services", {"valid_from": same("hôm nay")}), BY_NAME
        )
        assert "Có hiệu lực từ ngày" in str(reading.located(reading.problems[0]))
        assert "valid_from" not in str(reading.located(reading.problems[0]))


def test_a_closed_one_without_a_day_stays_open_and_is_told() -> None:
    reading = findings()
    assert columns(reading, "nonconformities", "closed_on") == [(None,)] * 3
    assert any("D4" not in note and 'Its state is "Closed"' in note for note in notes(reading))


def test_one_day_for_the_closed_is_not_given_to_the_open() -> None:
    reading = findings(closed_on=same("30/6/2026"))
    assert columns(reading, "nonconformities", "code", "closed_on") == [
        ("NC‑01", date(2026, 6, 30)),
        ("NC-02", None),
        ("NC-05", None),
    ]


def services(data: bytes, **answers: Fill) -> Reading:
    return read(data, "services", unit_code=same("VP"), **answers)


def test_codes_that_are_numbers_with_a_format_come_out_as_they_show(any_app: Flask, office: Office) -> None:
    units(office)
    reading = services(lists.list_of_376_shown_whole())
    assert [code for (code,) in columns(reading, "services", "code")] == [lists.service_code(n) for n in range(376)]
    assert columns(reading, "services", "valid_from") == [(date(2025, 7, 1),)] * 376
    assert planned(reading).result.new == 376


def test_codes_whose_zeros_excel_dropped_are_refused_each(any_app: Flask, office: Office) -> None:
    units(office)
    found = refused(services(lists.list_of_376_cut_by_excel()))
    assert len(found) == 376
    assert all("drops zeros at its end" in wrong for _cell, wrong in found)


def test_codes_that_lost_a_zero_as_text_are_told_from_the_others(any_app: Flask, office: Office) -> None:
    units(office)
    rows = [[f"{float(lists.service_code(n)):.15g}", f"Thủ tục {n}"] for n in range(40)]
    found = refused(services(workbook({"DM": [["Mã số", "Tên"], *rows]}), valid_from=same("1/7/2025")))
    assert [cell for cell, _wrong in found] == [f"A{n + 2}" for n in range(40) if lists.service_code(n).endswith("0")]


def test_units_by_name_and_one_day_for_all_make_525_of_525(any_app: Flask, office: Office) -> None:
    units(office)
    unit = Fill(Source.COLUMN, "Đơn vị giải quyết", words=UNIT_WORDS)
    reading = read(lists.list_of_525(), "services", unit_code=unit, valid_from=same("1/7/2025"))
    found = columns(reading, "services", "code", "unit_code", "name")
    assert found == [(lists.service_code(n), ("VP", "KTHT", "VHXH")[n % 3], f"Thủ tục số {n + 1}") for n in range(525)]
    assert planned(reading).result.new == 525


def test_a_list_of_documents_knows_its_kinds_and_takes_the_day_of_issue_by_the_rule(any_app: Flask, office: Office) -> None:
    units(office)
    reading = read(lists.list_of_documents(), "procedures", unit_code=same("MAU"), effective_on=BY_RULE)
    kinds = [kind for (kind,) in columns(reading, "procedures", "kind")]
    assert kinds == [
        "system_procedure",
        "system_procedure",
        "instruction",
        "form",
        "external",
        "operational_procedure",
        "policy",
    ]
    assert columns(reading, "procedures", "issue", "effective_on")[2] == ("Lần 01", date(2026, 1, 15))
    assert any("1 row is hidden" in note for note in notes(reading))
    assert planned(reading).result.new == 7


def test_people_get_the_name_of_their_address_and_whoever_has_none_is_told(any_app: Flask, office: Office) -> None:
    units(office)
    unit = Fill(Source.COLUMN, "Đơn vị công tác", words=UNIT_WORDS)
    reading = read(offices.list_of_people(), "people", username=BY_RULE, unit_code=unit)
    assert [name for (name,) in columns(reading, "people", "username")] == ["cvp", "cv.th", "tp.kt", "gd.tt", None]
    assert [one.row for one in map(reading.located, reading.problems)] == [8]


def test_a_list_of_units_becomes_units(any_app: Flask) -> None:
    reading = read(offices.list_of_units(), "units")
    assert columns(reading, "units", "code", "kind", "parent_code", "serves_public") == [
        ("MAU", "commune", None, True),
        ("VP", "department", "MAU", False),
        ("KT", "department", "MAU", False),
        ("TTPV", "administrative_organisation", "MAU", True),
        ("TYT", "public_service_unit", "MAU", True),
    ]
    assert planned(reading).result.new == 5


def test_a_programme_by_the_month_is_answered_once_for_each_month(any_app: Flask, office: Office) -> None:
    units(office)
    answers = {
        "code": Fill(Source.COUNTED, value="ĐG-{yyyy}-{nn}"),
        "unit_code": Fill(Source.COLUMN, "Đơn vị được đánh giá", words=UNIT_WORDS),
        "planned_on": from_column("Thời gian dự kiến"),
    }
    assert len(refused(read(offices.programme_of_audits(), "audits", **answers))) == 4
    months = {"thang 3/2026": "31/3/2026", "thang 9/2026": "30/9/2026"}
    reading = read(
        offices.programme_of_audits(),
        "audits",
        **{**answers, "planned_on": Fill(Source.COLUMN, "Thời gian dự kiến", words=months)},
    )
    assert columns(reading, "audits", "code", "planned_on", "kind", "reported_on") == [
        ("ĐG-2026-01", date(2026, 3, 31), "planned", date(2026, 3, 20)),
        ("ĐG-2026-02", date(2026, 3, 31), "planned", date(2026, 3, 20)),
        ("ĐG-2026-03", date(2026, 9, 30), "planned", None),
        ("ĐG-2026-04", date(2026, 9, 30), "thematic", None),
    ]
    assert planned(reading).result.new == 4


def test_announcements_of_an_agency_by_its_name(any_app: Flask, office: Office) -> None:
    units(office)
    reading = read(
        offices.list_of_announcements(),
        "announcements",
        unit_code=Fill(Source.COLUMN, "Cơ quan", words={"ubnd phuong mau": "MAU"}),
    )
    assert columns(reading, "announcements", "unit_code", "number", "announced_on", "revoked_on") == [
        ("MAU", "125/QĐ-UBND", date(2024, 12, 2), date(2025, 12, 1)),
        ("MAU", "310/QĐ-UBND", date(2025, 12, 1), None),
    ]
    assert planned(reading).result.new == 2


def test_a_number_given_here_never_corrects_a_record_that_is_there(any_app: Flask, office: Office) -> None:
    units(office)
    months = {"thang 3/2026": "31/3/2026", "thang 9/2026": "30/9/2026"}
    answers = {
        "code": Fill(Source.COUNTED, value="ĐG-{yyyy}-{nn}"),
        "unit_code": Fill(Source.COLUMN, "Đơn vị được đánh giá", words=UNIT_WORDS),
        "planned_on": Fill(Source.COLUMN, "Thời gian dự kiến", words=months),
    }
    apply(planned(read(offices.programme_of_audits(), "audits", **answers)), moment_of())
    again = refused(read(offices.programme_of_audits(), "audits", **answers))
    assert len(again) == 4
    assert all("already here" in wrong for _cell, wrong in again)
