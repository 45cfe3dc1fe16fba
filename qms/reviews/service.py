"""Recording that a management review was held (9.3)."""

from datetime import date

from sqlalchemy import exists, select

from qms.accounts.permissions import Permission
from qms.kernel.days import entered_late
from qms.kernel.db import db
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.text import nfc
from qms.reviews import rules
from qms.reviews.models import ManagementReview
from qms.trail.service import record
from qms.units.models import Unit

KIND = "review"


def record_review(unit: Unit, held_on: date, minutes: str | None, moment: Moment) -> ManagementReview:
    """Records that the leaders of the agency held a review on a day, with number or text of its minutes.

    Raises ``Refused`` when the unit is no agency, the day lies ahead or is taken, or the role does not allow it.
    """
    known = bool(
        db.session.scalar(select(exists().where(ManagementReview.unit_id == unit.id, ManagementReview.held_on == held_on)))
    )
    may = moment.person.may(Permission.REVIEWS_RECORD, unit.id)
    refuse_if(
        None if may else Refusal("not_permitted", _l("Your role does not allow to record reviews of this agency.")),
        rules.of_an_agency(unit),
        rules.held_by_today(held_on, moment.today),
        rules.first_on_its_day(known),
    )
    review = ManagementReview(
        unit_id=unit.id,
        held_on=held_on,
        minutes=nfc(minutes).strip() or None if minutes else None,
        held_entered_on=moment.today,
        held_late=entered_late(held_on, moment.today),
    )
    db.session.add(review)
    code = f"{unit.code}/{held_on.isoformat()}"
    record(moment, KIND, code, "record", unit_id=unit.id, changes={"minutes": [None, review.minutes]})
    return review
