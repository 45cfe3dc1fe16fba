"""Real lists of administrative procedures, as the national portal gives them; skipped where they are not at hand."""

import csv
import io
from collections.abc import Sequence
from dataclasses import replace

import openpyxl
import pytest
from flask import Flask

from qms.imports.cells import clean
from qms.imports.grid import Grid, read_grids
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.shipped import PORTAL_EXPORT, PORTAL_TABLE, Shipped
from qms.imports.mapping.tables import tables
from qms.imports.mapping.value import Fill, Part, Source
from qms.imports.refused import Problems
from qms.imports.takeover import apply, check_reading
from qms.imports.workbook import Reading
from qms.kernel.language import force_locale
from tests.imports.offices.writing import workbook
from tests.imports.registers_of_an_office import BY_NAME, SHEETS
from tests.imports.test_shipped_mappings import real
from tests.office import Office, moment_of

ANSWERS = {"unit_code": Fill(Source.SAME, value="MAU"), "valid_from": Fill(Source.SAME, value="1/7/2025")}
"""What a person types for all rows: nothing else is asked."""


def grids_of(data: bytes) -> list[Grid]:
    return read_grids(data, lambda _name: True)


def by(one: Shipped, grids: Sequence[Grid], *, filtered: bool) -> Reading:
    """The list by its shipped mapping, with what a person answers."""
    parts = tuple(Part(table.sheet, table.header, table.depth) for table in tables(grids))
    mapping = replace(one.mapping, parts=parts, fills={**one.mapping.fills, **ANSWERS})
    with force_locale("en"):
        return read_mapped(grids, mapping if filtered else replace(mapping, only=()), BY_NAME)


def taken_over(reading: Reading) -> int:
    plan = check_reading(reading, "0" * 64, moment_of(), SHEETS)
    assert apply(plan, moment_of()).written
    return plan.result.new


def found(reading: Reading, *names: str) -> list[tuple[object, ...]]:
    return [tuple(row.values[name] for name in names) for row in reading.register["services"]]


def codes_of_problems(reading: Reading) -> list[str]:
    """What is wrong in each row that is refused, by the code as the sheet shows it."""
    with force_locale("en"), pytest.raises(Problems) as problems:
        check_reading(reading, "0" * 64, moment_of(), SHEETS)
    assert {one.column for one in problems.value.found} == {"code"}
    return [one.wrong for one in problems.value.found]


def table_rows() -> list[dict[str, str]]:
    with real("tthc_cap_xa.csv").open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def saved_again(change: type[str] | type[float]) -> bytes:
    """The table as a spreadsheet saves it when the codes are text, or numbers."""
    rows = table_rows()
    lines = [[change(row["ma_thu_tuc"]), *list(row.values())[1:]] for row in rows]
    return workbook({"Sheet1": [list(rows[0]), *lines]})


def test_271_of_271_procedures_of_the_original_export_are_right(any_app: Flask, office: Office) -> None:
    office.agency("MAU")
    data = real("danh-sach-tthc-BoTuPhap.xlsx").read_bytes()
    reading = by(PORTAL_EXPORT, grids_of(data), filtered=False)
    page = openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]
    wanted = [(row[0], clean(str(row[1])), row[4]) for row in page.iter_rows(min_row=3, values_only=True)]
    assert len(wanted) == 271
    assert found(reading, "code", "name", "field") == wanted
    assert taken_over(reading) == 271


def test_of_the_original_export_a_commune_takes_what_its_organs_handle(any_app: Flask, office: Office) -> None:
    office.agency("MAU")
    reading = by(PORTAL_EXPORT, grids_of(real("danh-sach-tthc-BoTuPhap.xlsx").read_bytes()), filtered=True)
    assert taken_over(reading) == 46
    assert any("225 rows do not hold what was asked for" in note.sentence for note in reading.notes)


def test_588_codes_kept_as_text_come_out_digit_for_digit(any_app: Flask, office: Office) -> None:
    office.agency("MAU")
    reading = by(PORTAL_TABLE, grids_of(saved_again(str)), filtered=True)
    wanted = [(row["ma_thu_tuc"], row["so_quyet_dinh"]) for row in table_rows()]
    assert found(reading, "code", "decision") == wanted
    assert sum(code.endswith("0") for code, _decision in wanted) == 52
    assert taken_over(reading) == 588


def test_codes_that_a_spreadsheet_made_numbers_go_in_nowhere(any_app: Flask, office: Office) -> None:
    office.agency("MAU")
    wrong = codes_of_problems(by(PORTAL_TABLE, grids_of(saved_again(float)), filtered=True))
    assert len(wrong) == 588
    assert all("drops zeros at its end" in one for one in wrong)


def test_each_of_the_52_codes_that_lost_its_zero_as_text_is_refused(any_app: Flask, office: Office) -> None:
    office.agency("MAU")
    rows = table_rows()
    lines = [[f"{float(row['ma_thu_tuc']):.15g}", *list(row.values())[1:]] for row in rows]
    data = workbook({"Sheet1": [list(rows[0]), *lines]})
    wrong = codes_of_problems(by(PORTAL_TABLE, grids_of(data), filtered=True))
    cut = [row["ma_thu_tuc"] for row in rows if row["ma_thu_tuc"].endswith("0")]
    assert len(wrong) == len(cut) == 52
    for code, one in zip(cut, wrong, strict=True):
        assert f'"{float(code):.15g}"' in one
