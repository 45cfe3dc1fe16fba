"""What this package brings to the house."""

from collections.abc import Sequence

from qms.behalf import queries, service
from qms.behalf.queries import KIND
from qms.behalf.views import blueprint
from qms.behalf.workflow import WORKFLOW
from qms.kernel.feature import Deadline, Estate, Feature, Figure, MenuEntry, RecordKind, Told, Work
from qms.kernel.language import _l
from qms.kernel.moment import Moment
from qms.sheets.contents import NotContained


def _tell(numbers: Sequence[int], _moment: Moment) -> Told:
    """How many forms wait for the person; nothing when none does."""
    return Told(str(numbers[0]) if numbers[0] else None)


NOTICES = {
    "form_prepared": _l("%(who)s filled in a form about %(record)s for you: confirm it with one tap, or decline it."),
    "form_confirmed": _l("%(who)s confirmed what you filled in about %(record)s."),
    "form_declined": _l("%(who)s declined what you filled in about %(record)s: %(reason)s"),
    "form_given_back": _l("%(who)s hands everything over; fill in the form about %(record)s anew for the successor."),
}

FEATURE = Feature(
    "behalf",
    blueprints=(blueprint,),
    workflows=(WORKFLOW,),
    menu=(
        MenuEntry(
            _l("Forms filled in for others"),
            "behalf.listing",
            "signature",
            "top",
            20,
            None,
            Figure(lambda moment: [queries.work_count(moment)], _tell),
        ),
    ),
    work=Work(queries.work, queries.work_count, queries.awaited, owed=queries.owed),
    words={"prepared_form.prepare": _l("Fill in a form for somebody else")},
    records=(RecordKind(KIND, _l("Prepared form"), queries.url_of),),
    deadlines=(Deadline("confirm_form", _l("Confirm what was filled in for you"), KIND, queries.waiting_for),),
    notices=NOTICES,
    estate=Estate(queries.held, queries.tell, service.hand_over),
    personal=queries.personal,
    not_in_sheets=(NotContained(_l("Forms filled in for others"), ("prepared_forms",)),),
)
