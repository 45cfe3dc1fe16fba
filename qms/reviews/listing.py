"""The list of management reviews, newest first."""

from collections.abc import Sequence

from flask import url_for

from qms.accounts.permissions import Permission
from qms.kernel.language import _, _l, ngettext
from qms.kernel.moment import Moment
from qms.pages.columns import text, wide_only
from qms.pages.filters import Filter
from qms.pages.lists import Action, RecordList
from qms.reviews import queries
from qms.reviews.models import ManagementReview
from qms.units.models import Unit


def _actions(moment: Moment) -> Sequence[Action]:
    may = moment.person.may(Permission.REVIEWS_RECORD, None)
    return (Action(_("Record a review"), url_for("reviews.new")),) if may else ()


LIST = RecordList(
    name="reviews",
    title=_l("Management reviews"),
    permission=Permission.REVIEWS_READ,
    query=lambda moment: queries.listed(moment.person),
    columns=(
        text("held", _l("Held on"), lambda review: review.held_on, sort=ManagementReview.held_on),
        text("agency", _l("Agency"), lambda review: review.unit.name, sort=Unit.name),
        text("minutes", _l("Minutes"), lambda review: review.minutes),
        wide_only(
            text("entered", _l("Entered on"), lambda review: review.held_entered_on, sort=ManagementReview.held_entered_on)
        ),
        wide_only(text("late", _l("Entered late"), lambda review: _("yes") if review.held_late else "")),
    ),
    order=(ManagementReview.held_on.desc(), ManagementReview.id.desc()),
    filters=(Filter("unit", _l("Unit code"), lambda query, code, _moment: query.where(queries.concerns(code))),),
    actions=_actions,
    counted=lambda number: ngettext("%(num)s review", "%(num)s reviews", number),
    empty=("presentation", _l("No management review is recorded in the units you may see. Each agency holds one a year.")),
)
