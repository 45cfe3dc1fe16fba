"""The one verb."""

from datetime import date

from qms.accounts.permissions import Permission
from qms.kernel.db import db
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal, refuse_if
from qms.kernel.text import fold
from qms.trail.service import record
from qms.units.models import Unit
from tests.pages.small_feature.models import Provider


def assess(unit: Unit, name: str, assessed_on: date, moment: Moment) -> Provider:
    """Records that a provider was assessed; refused ahead of the day and without the role."""
    may = moment.person.may(Permission.REVIEWS_RECORD, unit.id)
    refuse_if(
        None if may else Refusal("not_permitted", "Your role does not record providers of this unit."),
        Refusal("in_the_future", "The day lies in the future.") if assessed_on > moment.today else None,
    )
    provider = Provider(unit_id=unit.id, name=name, assessed_on=assessed_on, folded=fold(name))
    db.session.add(provider)
    record(
        moment, "provider", f"{unit.code}/{name}", "assess", unit_id=unit.id, changes={"assessed_on": [None, str(assessed_on)]}
    )
    return provider
