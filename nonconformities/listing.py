"""The list of nonconformities: what, whose, until when, what stands in the way; open ones first, by the day they show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from sqlalchemy import Select

from nonconformities import queries
from nonconformities.asking import due_day, next_due_day
from nonconformities.models import Grade, Nonconformity, NonconformityState
from nonconformities.workflow import WORKFLOW
from qms.accounts.permissions import Permission
from qms.kernel import components
from qms.kernel.language import _, _l, ngettext
from qms.kernel.moment import Moment
from qms.pages.columns import drawn, due, heading, kept, on_page_only, state, text, wide_only
from qms.pages.filters import Offered, Tick, one_of, open_first, words
from qms.pages.lists import Action, RecordList
from qms.units.models import Unit

LONGEST_STATEMENT = 160


@dataclass(frozen=True)
class Row:
    """A nonconformity as the list shows it."""

    nc: Nonconformity
    due_on: date | None
    obstacle: str


def _rows(found: Sequence[Nonconformity], moment: Moment) -> Sequence[Row]:
    queries.with_parts(found)
    return [Row(nc, nc.shown_due, _in_the_way(nc, moment)) for nc in found]


def _in_the_way(nc: Nonconformity, moment: Moment) -> str:
    """What holds it, else the step that comes next."""
    reason = next(iter(WORKFLOW.holding(nc, moment)), None)
    step = WORKFLOW.next_step(nc, moment)
    return str(step.title) if step and not reason else components.obstacle(reason)


def _statement(row: Row) -> str:
    text = row.nc.statement
    return text if len(text) <= LONGEST_STATEMENT else text[:LONGEST_STATEMENT].rsplit(" ", 1)[0] + "…"


def _below(row: Row) -> str:
    clause = _("clause %(clause)s", clause=row.nc.clause) if row.nc.clause else ""
    return f"{row.nc.code}, {clause}" if clause else row.nc.code


def _of_unit(query: Select[Any], code: str, _moment: Moment) -> Select[Any]:
    return query.where(Unit.code == code)


def _units(moment: Moment) -> Sequence[tuple[str, str]]:
    return [(unit.code, f"{unit.code} {unit.name}") for unit in queries.units_listed(moment)]


def _actions(moment: Moment) -> Sequence[Action]:
    may = moment.person.may(Permission.NONCONFORMITIES_RAISE, None)
    return (Action(_("Raise a nonconformity"), url_for("nonconformities.new")),) if may else ()


LIST = RecordList(
    name="nonconformities",
    title=_l("Nonconformities"),
    permission=Permission.NONCONFORMITIES_READ,
    query=queries.listed,
    rows=_rows,
    columns=(
        on_page_only(due("due", _l("Next due day"), lambda row: row.due_on, sort=next_due_day)),
        on_page_only(
            heading(
                "what",
                _l("What"),
                _statement,
                url=lambda row: url_for("nonconformities.show", nonconformity_id=row.nc.id),
                below=_below,
                narrow=lambda row: row.nc.unit.name,
            )
        ),
        kept("code", _l("Code"), Nonconformity.code),
        wide_only(text("unit", _l("Unit"), lambda row: row.nc.unit.name, sort=Unit.name, stored=Unit.name)),
        state("grade", _l("Grade"), lambda row: row.nc.grade, stored=Nonconformity.grade),
        kept("source", _l("Found by"), Nonconformity.source),
        kept("clause", _l("Clause"), Nonconformity.clause),
        kept("statement", _l("What does not conform?"), Nonconformity.statement),
        kept("raised", _l("Raised on"), Nonconformity.raised_on),
        kept("response", _l("Response due on"), Nonconformity.response_due_on),
        kept("effect", _l("Due on"), due_day),
        state("state", _l("State"), lambda row: row.nc.state, stored=Nonconformity.state),
        kept("next", _l("Next due day"), next_due_day),
        wide_only(drawn("obstacle", _l("In the way"), lambda row, _moment: row.obstacle)),
    ),
    order=(next_due_day, Nonconformity.raised_on.desc(), Nonconformity.id),
    filters=(
        words("q", _l("Search"), Nonconformity.folded),
        Offered("unit", _l("Unit"), _of_unit, options=_units),
        open_first(
            "state",
            _l("State"),
            NonconformityState,
            lambda asked, _moment: Nonconformity.state == asked,
            closed=(NonconformityState.CLOSED,),
            hidden=lambda number: ngettext(
                "%(num)s closed nonconformity is hidden.", "%(num)s closed nonconformities are hidden.", number
            ),
        ),
        one_of("grade", _l("Grade"), Grade, lambda grade, _moment: Nonconformity.grade == grade),
        Tick("overdue", _l("Overdue only"), lambda query, _asked, moment: query.where(queries.overdue(moment.today))),
    ),
    actions=_actions,
    counted=lambda number: ngettext("%(num)s nonconformity in this list", "%(num)s nonconformities in this list", number),
    empty=("alert-triangle", _l("No nonconformity matches these filters.")),
)
