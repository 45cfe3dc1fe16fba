"""Management reviews as a sheet of the register workbook."""

from collections.abc import Iterator
from datetime import date

from qms.kernel.bulk import as_values
from qms.kernel.days import entered_late
from qms.kernel.language import _l
from qms.reviews import register_taking
from qms.reviews.models import ManagementReview
from qms.sheets.columns import Column, Kind, unit_column
from qms.sheets.sheet import Saving, Sheet, Values
from qms.units.models import Unit
from qms.units.register_agencies import only_of_agencies
from qms.units.register_rows import of_units


def _rows(_day: date) -> Iterator[Values]:
    """Every review, in the order in which they came."""
    return as_values(of_units(ManagementReview, ("held_on", "minutes")))


def _save(saving: Saving) -> None:
    """Reviews; their day is part of the key, so a known review keeps its day of entry."""
    units = saving.staging.ids(Unit.code)
    fresh = [
        {
            "unit_id": units[values["unit_code"]],
            "held_on": values["held_on"],
            "minutes": values["minutes"],
            "held_entered_on": saving.day,
            "held_late": entered_late(values["held_on"], saving.day),
        }
        for values in saving.new
    ]
    saving.staging.insert(ManagementReview, fresh)
    ids = saving.staging.ids(ManagementReview.unit_id, ManagementReview.held_on)
    changed = [
        {"id": ids[units[after["unit_code"]], after["held_on"]], "minutes": after["minutes"]} for _before, after in saving.changed
    ]
    saving.staging.update(ManagementReview, changed)


REVIEWS = Sheet(
    name="reviews",
    title=_l("Management reviews"),
    title_vi="Xem xét của lãnh đạo",
    purpose=_l("One review by the management of an agency"),
    tables=("management_reviews",),
    kind="review",
    key=("unit_code", "held_on"),
    columns=(
        unit_column(_l("Code of the agency"), "Mã cơ quan"),
        Column("held_on", _l("Held on"), "Ngày họp", Kind.DAY, required=True, happened=True),
        Column("minutes", _l("Minutes"), "Biên bản", longest=500),
    ),
    rows=_rows,
    save=_save,
    checks=(only_of_agencies("reviews"),),
    checked_with=("units",),
    taking=register_taking.REVIEWS,
)

SHEETS = (REVIEWS,)
