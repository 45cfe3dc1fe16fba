"""What this package brings to the house."""

from flask import url_for

from qms.kernel.feature import Feature, MenuEntry, RecordKind
from qms.kernel.language import _l
from qms.sheets.contents import NotContained
from qms.workdays.queries import KIND
from qms.workdays.views import blueprint


def _url(code: str) -> str:
    """The year a day belongs to; the code is the day."""
    return url_for("workdays.year", year=code[:4])


FEATURE = Feature(
    "workdays",
    blueprints=(blueprint,),
    menu=(MenuEntry(_l("Working days"), "workdays.year", "calendar", "admin", 40),),
    words={
        "workday.add_day": _l("Add a special day"),
        "workday.swap": _l("Swap a working day"),
        "workday.take_list": _l("Take over the list of a year"),
        "workday.remove_day": _l("Remove a special day"),
    },
    records=(RecordKind(KIND, _l("Working day"), _url),),
    not_in_sheets=(NotContained(_l("Free days and worked Saturdays"), ("special_days",)),),
)
