"""What the yearly report says beside the verdicts: what was done in the year, what is lacking and why, what has to be done."""

from collections.abc import Iterable, Sequence
from itertools import groupby

from qms.evaluation.report_model import CriterionLine, RunReport, UnitLine
from qms.kernel.language import _
from qms.reports.paper import Align, Block, Caption, Column, Group, Heading, Table, Text, paragraph

UNITS_NAMED = 6
"""Units named for one criterion; the annex has all of them."""
LONGEST_CAUSE = 300
"""Characters of a cause that are quoted; the whole text stands in the record."""


def count(number: int, language: str) -> str:
    """Official Vietnamese writes counts under ten with a leading zero: "02 đơn vị"."""
    return f"{number:02}" if language == "vi" else str(number)


def activity(report: RunReport, language: str) -> Iterable[Block]:
    """Numbers of the twelve months up to the day, beside those of the twelve before where there are any."""
    if not report.figures:
        yield paragraph(_("No figures were sealed with this run."))
        return
    day = report.as_of.strftime("%d/%m/%Y")
    compared = any(line.before for line in report.figures)
    yield Caption(_("Table %(number)s", number=3), _("What was done in the twelve months up to %(day)s", day=day))
    rows: list[tuple[str, ...] | Group] = []
    for heading, lines in groupby(report.figures, key=lambda line: line.heading):
        rows.append(Group(heading))
        for line in lines:
            number = str(sum(not isinstance(row, Group) for row in rows) + 1)
            earlier = (str(line.before),) if compared else ()
            rows.append((number, line.title, str(line.number), *earlier))
    before = (Column(_("Twelve months before"), 22, Align.CENTER),) if compared else ()
    yield Table(
        columns=(
            Column(_("Item"), 7, Align.CENTER),
            Column(_("Figure"), 49),
            Column(_("Twelve months up to %(day)s", day=day), 22, Align.CENTER),
            *before,
        ),
        rows=tuple(rows),
    )


def shortcomings(report: RunReport, language: str) -> Iterable[Block]:
    """What units do not meet, the mandatory criteria first, and the causes they stated."""
    lacking = _lacking(report)
    if not lacking:
        yield paragraph(_("Every unit in scope meets every criterion that applies to it."))
        return
    yield Heading(2, _("1. Shortcomings"))
    for criterion, units in lacking:
        yield paragraph(
            _(
                "- %(criterion)s (%(clause)s): not met by %(number)s of %(total)s units: %(units)s.",
                criterion=criterion.title,
                clause=criterion.clause,
                number=count(len(units), language),
                total=count(criterion.met.n, language),
                units=_names(units, language),
            )
        )
    yield Heading(2, _("2. Causes"))
    if not report.causes:
        yield paragraph(_("No cause was stated by a unit within the twelve months."))
        return
    causes = _("The units state the following causes in their answers to nonconformities of the twelve months:")
    yield paragraph(causes, leads=True)
    for cause in report.causes:
        yield paragraph(f"- {_cut(cause.text)} ({cause.unit}, {cause.reference}).")


def proposals(report: RunReport, language: str) -> Iterable[Text]:
    """What the units have to do, criterion by criterion."""
    lacking = _lacking(report)
    if not lacking:
        yield paragraph(_("The units go on maintaining and improving the QMS."))
        return
    yield paragraph(_("To maintain the QMS, the units that do not meet a criterion shall:"), leads=True)
    for criterion, units in lacking:
        yield paragraph(
            _("- %(advice)s (%(number)s units);", advice=criterion.advice, number=count(len(units), language))
            if len(units) > 1
            else _("- %(advice)s (%(unit)s);", advice=criterion.advice, unit=units[0].name)
        )
    yield paragraph(_("Their heads report the result to %(body)s before the next evaluation.", body=report.issuer.name))


def _lacking(report: RunReport) -> Sequence[tuple[CriterionLine, Sequence[UnitLine]]]:
    found = [(criterion, report.lacking(criterion)) for criterion in report.criteria]
    return sorted((one for one in found if one[1]), key=lambda one: not one[0].mandatory)


def _names(units: Sequence[UnitLine], language: str) -> str:
    named = "; ".join(unit.name for unit in units[:UNITS_NAMED])
    more = len(units) - UNITS_NAMED
    return named if more <= 0 else named + "; " + _("and %(number)s more", number=count(more, language))


def _cut(text: str) -> str:
    words = " ".join(text.split()).rstrip(".;")
    return words if len(words) <= LONGEST_CAUSE else words[:LONGEST_CAUSE].rsplit(" ", 1)[0] + "…"
