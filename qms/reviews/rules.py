"""What a record of a management review has to be; pure functions."""

from datetime import date

from qms.kernel.language import _l
from qms.kernel.refusal import Refusal
from qms.units.models import Unit


def of_an_agency(unit: Unit) -> Refusal | None:
    """9.3.1: the leaders of an agency review its system; a unit inside an agency has none of its own."""
    if unit.agency:
        return None
    return Refusal("not_an_agency", _l("“%(unit)s” is not an agency; choose the agency whose leaders held it.", unit=unit.name))


def held_by_today(held_on: date, today: date) -> Refusal | None:
    """A review is recorded after it was held."""
    if held_on <= today:
        return None
    return Refusal("in_the_future", _l("The day lies in the future; a review is recorded when it was held."))


def first_on_its_day(known: bool) -> Refusal | None:
    """One review a day for an agency."""
    return Refusal("known_already", _l("A management review of this agency on this day is recorded already.")) if known else None
