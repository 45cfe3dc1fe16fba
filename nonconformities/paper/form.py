"""The record of a nonconformity and its corrective actions as a form of the QMS: what 10.2.2 asks to be kept, on one paper."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import TYPE_CHECKING

from nonconformities import rules
from nonconformities.models import EventKind, Nonconformity
from qms.kernel.language import _
from qms.kernel.later import later
from qms.kernel.web import day_text
from qms.reports.paper import Align, Block, Column, Heading, KeepTogether, Run, Table, Text, paragraph
from qms.standard.catalogue import clauses
from qms.units.models import Unit

if TYPE_CHECKING:
    from qms.reports import form
else:
    form = later("qms.reports.form")

LANGUAGE = "vi"
"""Papers of the office are Vietnamese, whoever prints them."""
CODE, ISSUE = "QMS-KPH", "01"
"""Code and edition of the form itself."""


def compose(nc: Nonconformity, agency: Unit, day: date, *, draft: bool) -> "form.Form":
    """The record as it stands: what was found, corrected, caused, done, verified, closed; what is missing stays empty."""
    title = _("Record of nonconformity and corrective action")
    return form.Form(
        agency=agency.name,
        unit=nc.unit.name if nc.unit_id != agency.id else "",
        title=_("%(title)s (draft)", title=title) if draft else title,
        code=CODE,
        issue=ISSUE,
        day=day_text(day),
        blocks=tuple(_blocks(nc)),
    )


def _blocks(nc: Nonconformity) -> Iterable[Block]:
    yield from _lines(
        (_("Code"), nc.code),
        (_("Unit"), f"{nc.unit.name} ({nc.unit.code})"),
        (_("Grade"), str(nc.grade.title)),
        (_("Found by"), f"{nc.source.title}, {nc.audit_code}" if nc.audit_code else str(nc.source.title)),
        (_("Raised on"), _day_and_name(nc.raised_on, nc.raised_by.full_name if nc.raised_by else "")),
        (_("Response due on"), day_text(nc.response_due_on)),
        (_("Due on"), day_text(rules.due(nc))),
    )
    yield Heading(2, _("1. What was found"))
    yield from _lines(
        (_("Statement"), nc.statement),
        (_("Requirement"), nc.requirement or ""),
        (_("Evidence"), nc.evidence or ""),
        (_("Clause"), _clause(nc)),
        (_("Procedure"), f"{nc.procedure.code} {nc.procedure.title}" if nc.procedure else ""),
    )
    yield Heading(2, _("2. Correction"))
    yield paragraph(nc.correction or _("Not recorded yet."), indent=False)
    yield Heading(2, _("3. Root cause"))
    yield paragraph(nc.root_cause or _("Not recorded yet."), indent=False)
    yield from _lines((_("Answered"), _answered(nc)))
    yield Heading(2, _("4. Corrective actions"))
    live = rules.live_actions(nc)
    if live:
        yield Table(
            columns=(
                Column(_("No."), 6, Align.CENTER),
                Column(_("What is done"), 30),
                Column(_("Who does it"), 18),
                Column(_("Due on"), 13, Align.CENTER),
                Column(_("Completed on"), 13, Align.CENTER),
                Column(_("Result"), 30),
            ),
            rows=tuple(
                (
                    action.number,
                    action.description,
                    action.owner_name,
                    day_text(rules.action_due(action)),
                    day_text(action.completed_on),
                    "\n".join([action.result or "", *_photos(nc, action.id)]).strip(),
                )
                for action in live
            ),
        )
    else:
        yield paragraph(_("Not recorded yet."), indent=False)
    yield Heading(2, _("5. Verification of the effect"))
    yield from _lines(
        (_("Verdict"), "\n".join([_("Effective."), nc.verdict_note or "", *_photos(nc, None)]).strip() if nc.effective else ""),
        (_("Verified"), _day_and_name(nc.verified_on, nc.verified_by.full_name if nc.verified_by else "")),
    )
    if not nc.effective:
        yield paragraph(_("Not verified yet."), indent=False)
    yield KeepTogether((Heading(2, _("6. Closing")), *_closing(nc)))


def _closing(nc: Nonconformity) -> Iterable[Text | Table]:
    """What became of it, and room for three signatures, which never stand alone on a page."""
    yield from _lines(*((str(event.event.title), _event(day_text(event.on), event.reason)) for event in nc.events))
    yield from _lines((_("Closed by"), nc.closed_by.full_name if nc.closed_by else ""))
    if not nc.events:
        yield paragraph(_("Not closed yet."), indent=False)
    yield Table(
        columns=(
            Column(_("Head of the unit"), 1, Align.CENTER),
            Column(_("Whoever verified"), 1, Align.CENTER),
            Column(_("Whoever closed"), 1, Align.CENTER),
        ),
        rows=(("\n\n\n\n", "", ""),),
    )


def closed_on(nc: Nonconformity) -> date | None:
    """The day of the closing that holds."""
    days = [event.on for event in nc.events if event.event is EventKind.CLOSED]
    return max(days, default=None)


def _lines(*rows: tuple[str, str]) -> Iterable[Text]:
    return (paragraph(Run(f"{term}: ", bold=True), text, indent=False) for term, text in rows if text)


def _clause(nc: Nonconformity) -> str:
    known = clauses().get(nc.clause or "")
    title = f" {known.title(LANGUAGE)}" if known is not None else ""
    return f"{nc.clause}{title}, {nc.edition}" if nc.clause else ""


def _answered(nc: Nonconformity) -> str:
    days = [response.responded_on for response in rules.responses_in_force(nc) if response.responded_on is not None]
    names = [nc.responded_by.full_name if nc.responded_by else ""]
    if nc.responded_for is not None:
        names = [_("%(deputy)s for %(principal)s", deputy=names[0], principal=nc.responded_for.full_name)]
    if nc.prepared_by is not None:
        names.append(_("filled in by %(name)s", name=nc.prepared_by.full_name))
    return _day_and_name(max(days, default=None), ", ".join(name for name in names if name))


def _day_and_name(day: date | None, name: str) -> str:
    return ", ".join(part for part in (day_text(day), name) if part)


def _event(day: str, reason: str | None) -> str:
    return f"{day}: {reason}" if reason else day


def _photos(nc: Nonconformity, action_id: int | None) -> Sequence[str]:
    return [
        _("Photo %(number)s", number=photo.number) + f" (SHA-256 {photo.file.sha256[:16]}…)"
        for photo in nc.photos
        if photo.action_id == action_id
    ]
