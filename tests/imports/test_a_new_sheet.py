"""A register that nobody knew before: what a feature has to write for it, whole, and everything the workbook does for it then."""

from collections.abc import Iterator
from datetime import date

import pytest
from flask import Flask
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from qms.imports.exporting import export_workbook, register_rows
from qms.imports.house import in_order
from qms.imports.refused import Problems
from qms.imports.takeover import take_over
from qms.kernel.bulk import as_values
from qms.kernel.db import db
from qms.kernel.language import LazyString, _l
from qms.sheets.columns import TO_UNIT, Column, Kind
from qms.sheets.sheet import Saving, Sheet, Values
from qms.units.models import Unit
from qms.units.register_rows import of_units
from tests.imports.registers_of_an_office import SHEETS, workbook_of
from tests.office import Office, moment_of


class Beside(DeclarativeBase):
    """Tables of this test only; the house's own are those of the migrations."""


class Visit(Beside):
    __tablename__ = "visits_of_a_test"
    id: Mapped[int] = mapped_column(primary_key=True)
    unit_id: Mapped[int]
    day: Mapped[date]
    people: Mapped[int | None]


# ---- what a feature writes ----
def _rows(_day: date) -> Iterator[Values]:
    return as_values(of_units(Visit, ("day", "people")))


def _save(saving: Saving) -> None:
    units, staging = saving.staging.ids(Unit.code), saving.staging
    fresh = [{"unit_id": units[new["unit_code"]], "day": new["day"], "people": new["people"]} for new in saving.new]
    staging.insert(Visit, fresh)
    ids = staging.ids(Visit.unit_id, Visit.day)
    staging.update(
        Visit, [{"id": ids[units[new["unit_code"]], new["day"]], "people": new["people"]} for _old, new in saving.changed]
    )


def _title(text: str) -> LazyString:
    return _l(text)


VISITS = Sheet(
    name="visits",
    title=_title("Unit"),
    title_vi="Lượt tiếp công dân",
    kind="visit",
    key=("unit_code", "day"),
    columns=(
        Column("unit_code", _title("Unit"), "Mã đơn vị", Kind.CODE, required=True, refers_to=TO_UNIT),
        Column("day", _title("Day"), "Ngày", Kind.DAY, required=True, happened=True),
        Column("people", _title("People"), "Số người", Kind.WHOLE, minimum=0),
    ),
    rows=_rows,
    save=_save,
)
# ---- to here ----

WITH_VISITS = in_order((VISITS, *SHEETS))


def test_a_new_sheet_is_read_checked_taken_over_and_exported(any_app: Flask, office: Office) -> None:
    Beside.metadata.create_all(db.engine)
    office.agency("MA")
    rows = [{"unit_code": "MA", "day": "18/9/2026", "people": 3}, {"unit_code": "MA", "day": "19/9/2026", "people": None}]
    assert take_over(workbook_of({"visits": rows}), moment_of(), sheets=WITH_VISITS).new == 2
    corrected = take_over(workbook_of({"visits": [rows[0] | {"people": 4}]}), moment_of(), sheets=WITH_VISITS)
    assert (corrected.new, corrected.changed) == (0, 1)
    exported = {sheet.name: list(rows) for sheet, rows in register_rows(moment_of(), WITH_VISITS)}
    assert [visit["people"] for visit in exported["visits"]] == [4, None]
    again = take_over(export_workbook(moment_of(), WITH_VISITS), moment_of(), sheets=WITH_VISITS)
    assert (again.new, again.changed, again.unchanged) == (0, 0, 3)
    wrong = [{"unit_code": "XX", "day": "18/9/2026", "people": -1}, {"unit_code": "MA", "day": None, "people": 1}]
    with pytest.raises(Problems) as refused:
        take_over(workbook_of({"visits": wrong}), moment_of(), sheets=WITH_VISITS)
    assert [(one.row, one.column) for one in refused.value.found] == [(2, "people"), (2, "unit_code"), (3, "day")]
