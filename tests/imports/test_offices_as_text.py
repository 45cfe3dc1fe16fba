"""Tables that come as text are mapped as workbooks are: letters, codes and line ends as the office has them."""

from dataclasses import replace
from datetime import date

from flask import Flask

from qms.imports.files import open_file, open_pasted
from qms.imports.mapping.applying import read_mapped
from qms.imports.mapping.proposing import propose
from qms.imports.mapping.shipped import PORTAL_TABLE
from qms.imports.mapping.value import Condition, Fill, Part, Source
from qms.imports.takeover import apply, check_reading
from tests.imports.offices import logs, texts
from tests.imports.offices.lists import FIELDS, service_code
from tests.imports.offices.offices import PEOPLE
from tests.imports.registers_of_an_office import BY_NAME, SHEETS
from tests.imports.test_shipped_mappings import real
from tests.office import Office, moment_of


def units(office: Office) -> None:
    agency = office.agency("MAU", name="UBND phường Mẫu")
    for code, name in logs.UNITS:
        office.unit(code, parent=agency, name=name)


FOR_ALL = {"unit_code": Fill(Source.SAME, value="MAU"), "valid_from": Fill(Source.SAME, value="1/7/2025")}


def test_a_csv_of_windows_with_semicolons_gives_every_letter_and_every_zero(any_app: Flask, office: Office) -> None:
    units(office)
    grids = open_file(texts.list_of_588(), "dm_tthc.csv")
    mapping = propose(grids, SHEETS)
    assert mapping.register == "services"
    reading = read_mapped(grids, replace(mapping, fills={**mapping.fills, **FOR_ALL}), BY_NAME)
    found = [(row.values["code"], row.values["name"], row.values["field"]) for row in reading.register["services"]]
    assert found == [(service_code(n), f"Thủ tục số {n + 1}; kèm hồ sơ\nnộp trực tuyến", FIELDS[n % 5]) for n in range(588)]
    plan = check_reading(reading, "0" * 64, moment_of(), SHEETS)
    assert apply(plan, moment_of()).new == 588


def test_a_level_among_several_in_a_cell_is_enough() -> None:
    grids = open_file(texts.list_of_588(), "dm_tthc.csv")
    mapping = replace(propose(grids, SHEETS), only=(Condition("Cấp thực hiện", "cấp xã"),))
    reading = read_mapped(grids, replace(mapping, fills={**mapping.fills, **FOR_ALL}), BY_NAME)
    assert [row.values["code"] for row in reading.register["services"]] == [service_code(n) for n in range(588) if n % 4 != 2]


def test_people_are_pasted_as_they_were_copied(any_app: Flask, office: Office) -> None:
    units(office)
    grids = open_pasted(texts.pasted_people())
    mapping = propose(grids, SHEETS)
    unit = Fill(Source.COLUMN, "Đơn vị công tác", words={"van phong": "VP", "phong kinh te": "KTHT"})
    fills = {**mapping.fills, "unit_code": unit, "username": Fill(Source.COUNTED, value="cb{nnn}")}
    reading = read_mapped(grids, replace(mapping, fills=fills), BY_NAME)
    found = [(row.values["username"], row.values["full_name"], row.values["email"]) for row in reading.register["people"]]
    assert found == [(f"cb{n + 1:03d}", line[1], line[4]) for n, line in enumerate(PEOPLE)]


def test_the_real_table_of_588_keeps_its_52_zeros_as_a_csv(any_app: Flask, office: Office) -> None:
    units(office)
    grids = open_file(real("tthc_cap_xa.csv").read_bytes(), "tthc_cap_xa.csv")
    (grid,) = grids
    mapping = replace(PORTAL_TABLE.mapping, parts=(Part(grid.name, 1),), fills={**PORTAL_TABLE.mapping.fills, **FOR_ALL})
    reading = read_mapped(grids, mapping, BY_NAME)
    codes = [str(row.values["code"]) for row in reading.register["services"]]
    assert len(codes) == len(set(codes)) == 588
    assert sum(code.endswith("0") for code in codes) == 52
    assert {len(code) for code in codes} == {8}
    assert reading.register["services"][0].values["valid_from"] == date(2025, 7, 1)
    plan = check_reading(reading, "0" * 64, moment_of(), SHEETS)
    assert apply(plan, moment_of()).new == 588
