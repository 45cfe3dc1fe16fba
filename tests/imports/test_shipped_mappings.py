"""Mappings that come with the product: for lists as the national portal gives them, and with nothing made up."""

import csv
from pathlib import Path

import pytest
from flask import Flask

from qms.imports.cells import folded, is_blank
from qms.imports.grid import Grid, read_grids
from qms.imports.mapping.shipped import PORTAL_EXPORT, PORTAL_TABLE, SHIPPED, Shipped
from qms.imports.mapping.value import Source, as_json, from_json
from qms.kernel.language import force_locale
from tests.imports.registers_of_an_office import BY_NAME

PLACE = Path("shared", "data", "service_procedures")
"""Beside the repository, wherever it is checked out."""

shipped = pytest.mark.parametrize("one", SHIPPED, ids=lambda one: one.key)


def titles_read(one: Shipped) -> set[str]:
    """The titles of a file's columns that the mapping reads."""
    read = {fill.title for fill in one.mapping.fills.values() if fill.source is Source.COLUMN}
    return read | {condition.title for condition in one.mapping.only}


@shipped
def test_a_shipped_mapping_fills_columns_of_its_register_and_is_kept_as_it_is(app: Flask, one: Shipped) -> None:
    assert one.mapping.fills.keys() <= BY_NAME[one.mapping.register].by_name.keys()
    assert from_json(as_json(one.mapping)) == one.mapping
    with force_locale("vi"):
        assert "Cổng Dịch vụ công quốc gia" in str(one.title)


@shipped
def test_what_the_list_does_not_hold_is_left_to_whoever_takes_it_over(one: Shipped) -> None:
    required = {column.name for column in BY_NAME["services"].columns if column.required}
    assert required - one.mapping.fills.keys() == {"unit_code", "valid_from"}


def test_two_shipped_mappings_have_two_keys() -> None:
    assert len({one.key for one in SHIPPED}) == len(SHIPPED)


def real(name: str) -> Path:
    found = next((path for above in Path(__file__).parents if (path := above / PLACE / name).exists()), None)
    if found is None:
        pytest.skip(f"the real file {name} is not at hand: the mapping was NOT held against it")
    return found


def title_row(grid: Grid) -> set[str]:
    return {str(shown) for shown in dict(grid.rows)[2].values() if not is_blank(shown)}


def test_the_export_of_the_portal_has_every_title_that_its_mapping_reads() -> None:
    (grid,) = read_grids(real("danh-sach-tthc-BoTuPhap.xlsx").read_bytes(), lambda _name: True)
    assert titles_read(PORTAL_EXPORT) <= title_row(grid)
    (only,) = PORTAL_EXPORT.mapping.only
    place = next(index for index, shown in dict(grid.rows)[2].items() if shown == only.title)
    organs = [str(cells.get(place, "")) for _number, cells in grid.rows[2:]]
    assert sum(folded(only.holds) in folded(organ) for organ in organs) == 46
    assert len(organs) == 271


def test_the_table_of_the_portal_has_every_title_that_its_mapping_reads() -> None:
    with real("tthc_cap_xa.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert titles_read(PORTAL_TABLE) <= set(rows[0])
    assert sum(folded("Cấp xã") in folded(row["cap_thuc_hien"]) for row in rows) == len(rows) == 588
