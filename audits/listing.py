"""The list of audits: what, whose, until when, what stands in the way; those that are not over first, by their planned day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import Select

from audits import queries
from audits.models import Audit, AuditState
from audits.work import LIVING
from audits.workflow import WORKFLOW
from qms.accounts.models import Person
from qms.accounts.permissions import Permission
from qms.kernel import components
from qms.kernel.language import _, _l, ngettext
from qms.kernel.moment import Moment
from qms.kernel.refusal import Refusal
from qms.kernel.share import Share
from qms.kernel.web import day_text
from qms.pages.columns import Column, drawn, heading, kept, on_page_only, state, text, wide_only
from qms.pages.filters import Offered, open_first, words
from qms.pages.lists import Action, RecordList
from qms.units.models import Unit


@dataclass(frozen=True)
class Row:
    """An audit as the list shows it; ``share`` is how far its checklist is, None for one that is not under way."""

    audit: Audit
    share: Share | None
    obstacle: Refusal | None


def _rows(audits: Sequence[Audit], moment: Moment) -> Sequence[Row]:
    running = [audit for audit in audits if audit.state is AuditState.UNDER_WAY]
    queries.take_outlines(running)
    shares = {audit.id: queries.progress(audit.questions) for audit in running if audit.questions}
    return [Row(audit, shares.get(audit.id), next(iter(WORKFLOW.holding(audit, moment)), None)) for audit in audits]


def _planned(row: Row, moment: Moment) -> str:
    """The planned day: of an audit that is not over with how far it is, of another one the day alone."""
    audit = row.audit
    if audit.state in LIVING:
        return components.due(audit.planned_on, moment.today)
    return Markup('<time datetime="{}">{}</time>').format(audit.planned_on.isoformat(), day_text(audit.planned_on))


def _lead(row: Row) -> str:
    return row.audit.lead_auditor.full_name if row.audit.lead_auditor else _("Not named yet")


def _progress(row: Row, _moment: Moment) -> str:
    return components.share(row.share, _("questions")) if row.share is not None else ""


def _obstacle(row: Row, _moment: Moment) -> str:
    return components.obstacle(row.obstacle) if row.audit.state in LIVING else ""


def _of_unit(query: Select[Any], code: str, _moment: Moment) -> Select[Any]:
    return query.where(Unit.code == code)


def _of_year(query: Select[Any], year: str, _moment: Moment) -> Select[Any]:
    if not (year.isdecimal() and len(year) <= len(str(date.max.year)) and int(year) >= date.min.year):
        return query
    return query.where(Audit.planned_on.between(date(int(year), 1, 1), date(int(year), 12, 31)))


def _units(moment: Moment) -> Sequence[tuple[str, str]]:
    return [(unit.code, unit.name) for unit in queries.audited_units(moment.person)]


def _years(moment: Moment) -> Sequence[tuple[str, str]]:
    return [(str(year), str(year)) for year in queries.years(moment.person)]


def _actions(moment: Moment) -> Sequence[Action]:
    may = moment.person.may(Permission.AUDITS_PLAN, None)
    why_not = "" if may else _("Your role does not plan audits.")
    return (Action(str(WORKFLOW.step("plan").title), url_for("audits.new"), why_not=why_not),)


LIST = RecordList(
    name="audits",
    title=_l("Audits"),
    permission=Permission.AUDITS_READ,
    query=queries.listed,
    rows=_rows,
    columns=(
        Column("planned", _l("Planned day"), lambda row: row.audit.planned_on, _planned, sort=Audit.planned_on, in_file=False),
        on_page_only(
            heading(
                "audit",
                _l("Audit"),
                lambda row: row.audit.unit.name,
                url=lambda row: url_for("audits.show", audit_id=row.audit.id),
                below=lambda row: f"{row.audit.code} · {row.audit.kind.title}",
                sort=Unit.name,
                narrow=_lead,
            )
        ),
        kept("code", _l("Code"), Audit.code),
        kept("unit", _l("Unit"), Unit.name),
        kept("kind", _l("Kind of audit"), Audit.kind),
        kept("planned_on", _l("Planned day"), Audit.planned_on),
        kept("started_on", _l("Started on"), Audit.started_on),
        kept("reported_on", _l("Reported on"), Audit.reported_on),
        kept("cancelled_on", _l("Cancelled on"), Audit.cancelled_on),
        wide_only(text("lead", _l("Lead auditor"), _lead, sort=Person.full_name, stored=Person.full_name)),
        kept("clauses", _l("Clauses of the standard"), Audit.clauses),
        drawn("progress", _l("Progress"), _progress),
        state("state", _l("State"), lambda row: row.audit.state, stored=Audit.state),
        wide_only(drawn("obstacle", _l("In the way"), _obstacle)),
    ),
    order=(queries.HELD_BY.nulls_last(), Audit.planned_on.desc(), Audit.id.desc()),
    filters=(
        words("q", _l("Find"), Audit.folded, hint=_l("Code or unit, marks not needed")),
        Offered("unit", _l("Unit"), _of_unit, options=_units),
        open_first(
            "state",
            _l("State"),
            AuditState,
            lambda asked, _moment: Audit.state == asked,
            closed=(AuditState.REPORTED, AuditState.CANCELLED),
            hidden=lambda number: ngettext(
                "%(num)s reported or cancelled audit is hidden.", "%(num)s reported or cancelled audits are hidden.", number
            ),
        ),
        Offered("year", _l("Year"), _of_year, options=_years),
    ),
    actions=_actions,
    counted=lambda number: ngettext("%(num)s audit", "%(num)s audits", number),
    empty=("clipboard-check", _l("No audit matches these filters.")),
)
