"""Management reviews as the register workbook holds them."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select

from qms.kernel.bulk import ids_by, insert_rows, stored, update_rows
from qms.kernel.days import entered_late
from qms.kernel.db import db
from qms.reviews.models import ManagementReview
from qms.units.models import Unit


class ReviewTaker:
    """The sheet ``reviews``."""

    sheet = "reviews"
    kind = "review"

    def code(self, values: Mapping[str, Any]) -> str:
        """Agency and day."""
        return f"{values['unit_code']}/{values['held_on'].isoformat()}"

    def rows(self, day: date) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Every review, in the order in which they came."""
        codes = {number: code for code, number in ids_by(Unit.code).items()}
        return {
            (codes[row["unit_id"]], row["held_on"]): {
                "unit_code": codes[row["unit_id"]],
                "held_on": row["held_on"],
                "minutes": row["minutes"],
            }
            for row in stored(ManagementReview)
        }

    def save(self, new: Sequence[dict[str, Any]], changed: Sequence[tuple[dict[str, Any], dict[str, Any]]], day: date) -> None:
        """Writes reviews; their day is part of the key, so a known review keeps its day of entry."""
        units = ids_by(Unit.code)
        insert_rows(
            ManagementReview,
            [
                {
                    "unit_id": units[values["unit_code"]],
                    "held_on": values["held_on"],
                    "minutes": values["minutes"],
                    "held_entered_on": day,
                    "held_late": entered_late(values["held_on"], day),
                }
                for values in new
            ],
        )
        ids = {
            (unit_id, held_on): number
            for number, unit_id, held_on in db.session.execute(
                select(ManagementReview.id, ManagementReview.unit_id, ManagementReview.held_on)
            )
        }
        update_rows(
            ManagementReview,
            [{"id": ids[units[after["unit_code"]], after["held_on"]], "minutes": after["minutes"]} for _before, after in changed],
        )


TAKERS = (ReviewTaker(),)
