"""The annex of the yearly report: the verdict of each unit with its reasons, the units out of scope, and how to check the run."""

from collections.abc import Iterable, Sequence

from qms.evaluation.report_model import ExcludedLine, Reason, RunReport, UnitLine
from qms.kernel.language import _
from qms.reports.letterhead import written_date
from qms.reports.paper import Align, Annex, Block, Caption, Column, Group, Heading, Table, paragraph

REFERENCES_SHOWN = 12
"""Failing records named for one criterion of one unit; the others are counted, the whole list stands in the system."""

CENTER = Align.CENTER
Row = tuple[str, ...] | Group


def annex_of(report: RunReport, language: str) -> Annex:
    """What belongs to the report but not into its sentences."""
    issuer = report.issuer
    return Annex(
        label=_("ANNEX"),
        title=_("Verdict of each unit on maintaining the QMS in %(year)s", year=report.year),
        belongs_to=_(
            "(Attached to report No. %(number)s of %(day)s of %(body)s)",
            number="\N{NO-BREAK SPACE}" * 8 + "/" + issuer.number_symbol,
            day=written_date(report.sealed_on, language),
            body=issuer.name,
        ),
        blocks=tuple(_blocks(report, language)),
    )


def _blocks(report: RunReport, language: str) -> Iterable[Block]:
    yield Heading(1, _("I. Units in scope"))
    yield paragraph(
        _(
            "The score is the weight of the criteria met of the weight of the criteria that apply; "
            "mandatory criteria carry no weight."
        )
    )
    yield Caption(_("Table %(number)s", number=4), _("Verdicts and reasons"))
    yield _units(report, language)
    yield Heading(1, _("II. Units out of scope"))
    if report.excluded:
        yield Caption(_("Table %(number)s", number=5), _("Units out of scope and the reasons"))
        yield _excluded(report)
    else:
        yield paragraph(_("No unit is out of scope."))
    sealed = _("Criteria set: %(set)s.", set=report.criteria_set)
    if report.trail_head is not None:
        sealed += " " + _("Last entry of the audit trail at sealing: %(number)s.", number=report.trail_head)
    yield paragraph(sealed, small=True)
    yield paragraph(_("Hash of the run (SHA-256):"), "\n", report.run_hash, small=True, indent=False)


def _units(report: RunReport, language: str) -> Table:
    rows: list[Row] = []
    several = len({line.agency_code for line in report.units}) > 1
    for index, line in enumerate(report.units, 1):
        if several and (index == 1 or line.agency_code != report.units[index - 2].agency_code):
            rows.append(Group(_agency(line)))
        rows.append((str(index), _named(line.name, line.code), _verdict(line), line.score.text(language), _reasons(line.reasons)))
    return Table(
        columns=(
            Column(_("Item"), 7, CENTER),
            Column(_("Unit"), 28),
            Column(_("Verdict"), 17, CENTER),
            Column(_("Score"), 13, CENTER),
            Column(_("Criteria not met"), 45),
        ),
        rows=tuple(rows),
    )


def _agency(line: UnitLine) -> str:
    if line.agency_code is None:
        return str(_("Units without an agency"))
    return _named(line.agency_name or line.agency_code, line.agency_code)


def _named(name: str, code: str) -> str:
    return f"{name} ({code})"


def _verdict(line: UnitLine) -> str:
    if line.timely_verdict is line.verdict:
        return str(line.verdict.title)
    without = _("without late entries: %(verdict)s", verdict=str(line.timely_verdict.title))
    return f"{line.verdict.title}\n({without})"


def _reasons(reasons: Sequence[Reason]) -> str:
    return "\n".join(f"- {_reason(reason)}" for reason in reasons) or _("None")


def _reason(reason: Reason) -> str:
    if reason.met.n == 0:
        return str(_("%(criterion)s: nothing recorded", criterion=reason.title))
    text = f"{reason.title}: {reason.met.k}/{reason.met.n}"
    if not reason.failing:
        return text
    shown = list(reason.failing[:REFERENCES_SHOWN])
    if len(reason.failing) > REFERENCES_SHOWN:
        shown.append(_("and %(number)s more", number=len(reason.failing) - REFERENCES_SHOWN))
    return f"{text} ({', '.join(shown)})"


def _excluded(report: RunReport) -> Table:
    def cells(index: int, line: ExcludedLine) -> tuple[str, ...]:
        unit = _named(line.name, line.code)
        return (str(index), unit, str(line.reason.title), line.successor or "", line.decision or "", line.note or "")

    return Table(
        columns=(
            Column(_("Item"), 7, CENTER),
            Column(_("Unit"), 26),
            Column(_("Reason"), 20),
            Column(_("Successor"), 14),
            Column(_("Decision"), 20),
            Column(_("Note"), 23),
        ),
        rows=tuple(cells(index, line) for index, line in enumerate(report.excluded, 1)),
    )
