"""The yearly report: what one stored run says, composed as an official paper in the current language.

The caller forces the locale and gives the same language for dates and decimal marks. Shares are printed with both parts,
"7/9 (77,8%)", never as a bare percentage.
"""

from collections.abc import Iterable, Sequence

from qms.evaluation.legal_bases import legal_bases
from qms.evaluation.models import Verdict
from qms.evaluation.report_model import ExcludedLine, Reason, RunReport, UnitLine
from qms.kernel.language import _
from qms.kernel.share import Share
from qms.reports.letterhead import enclosed, letterhead, place_and_date, written_date
from qms.reports.paper import (
    Align,
    Block,
    Caption,
    Column,
    Group,
    Heading,
    Paper,
    Run,
    Signature,
    Table,
    Text,
    paragraph,
)

REFERENCES_SHOWN = 12
"""Failing records named for one criterion of one unit; the others are counted, the whole list stands in the system."""
UNITS_NAMED = 8
"""Units that rest on late entries named on page 1; all of them are marked in table 3."""

CENTER = Align.CENTER
Row = tuple[str, ...] | Group


def compose(report: RunReport, language: str) -> Paper:
    """The report of a run as a paper of its issuer; a forecast says so in subject and first paragraph, a draft by its mark."""
    issuer = report.issuer
    words = {"standard": report.standard, "year": report.year}
    subject = (
        _(
            "Forecast of the evaluation of maintaining the quality management system under the national standard %(standard)s in %(year)s"
        )
        if report.forecast
        else _(
            "Result of the evaluation of maintaining the quality management system under the national standard %(standard)s in %(year)s"
        )
    )
    return Paper(
        letterhead=letterhead(issuer.family, issuer.name, issuer.superior),
        language=language,
        kind=_("REPORT"),
        subject=subject % words,
        bases=legal_bases(report.as_of, language),
        addressee=_("To: %(addressee)s", addressee=issuer.addressee) if issuer.addressee else "",
        place_and_date=place_and_date(issuer.place, report.sealed_on, language),
        number_symbol=issuer.number_symbol,
        blocks=tuple(_blocks(report, language)),
        signature=Signature(issuer.signers),
        recipients=enclosed(issuer.recipients),
        draft=not report.approved,
        title_for_file=_("Evaluation of the QMS in %(year)s, %(body)s", year=report.year, body=issuer.name),
    )


def _blocks(report: RunReport, language: str) -> Iterable[Block]:
    body = report.issuer.name
    yield _opening(report, language)
    yield Heading(1, _("I. Result of maintaining the QMS"))
    yield from _result(report, language)
    yield Caption(_("Table %(number)s", number=1), _("Verdicts by kind of unit"))
    yield _by_kind(report, language)
    yield Caption(_("Table %(number)s", number=2), _("Results by criterion"))
    yield _by_criterion(report, language)
    yield Heading(1, _("II. Verdict of each unit"))
    yield paragraph(
        _(
            "The score is the weight of the criteria met of the weight of the criteria that apply; mandatory criteria carry no weight."
        )
    )
    yield Caption(_("Table %(number)s", number=3), _("Verdicts and reasons"))
    yield _units(report, language)
    yield Heading(1, _("III. Units out of scope"))
    if report.excluded:
        yield Caption(_("Table %(number)s", number=4), _("Units out of scope and the reasons"))
        yield _excluded(report)
    else:
        yield paragraph(_("No unit is out of scope."))
    sealed = _("Criteria set: %(set)s.", set=report.criteria_set)
    if report.trail_head is not None:
        sealed += " " + _("Last entry of the audit trail at sealing: %(number)s.", number=report.trail_head)
    yield paragraph(sealed, small=True)
    yield paragraph(_("Hash of the run (SHA-256):"), "\n", report.run_hash, small=True, indent=False)
    yield paragraph(_("This is the report of %(body)s on maintaining the QMS in %(year)s./.", body=body, year=report.year))


def _opening(report: RunReport, language: str) -> Text:
    day = written_date(report.as_of, language)
    opening = _(
        "%(body)s reports the result of evaluating the maintenance of the quality management system (QMS) in %(year)s, "
        "with facts up to the end of %(day)s, as follows:",
        body=report.issuer.name,
        year=report.year,
        day=day,
    )
    if not report.forecast:
        return paragraph(opening)
    warning = _("This is a forecast: %(day)s has not ended, and what happens until then may change the result.", day=day)
    return paragraph(Run(warning, bold=True), " ", opening)


# part I


def _result(report: RunReport, language: str) -> Iterable[Text]:
    yield paragraph(
        Run(_("1. Scope:"), bold=True),
        " ",
        _(
            "units in scope: %(units)s; agencies they belong to: %(agencies)s; units out of scope: %(excluded)s (Section III).",
            units=_count(len(report.units), language),
            agencies=_count(report.agencies_in_scope, language),
            excluded=_count(len(report.excluded), language),
        ),
    )
    yield paragraph(Run(_("2. Share of units maintaining the QMS:"), bold=True), " ", *_share_sentences(report, language))
    number = 3
    if report.taken_over.k and report.started_on:
        yield paragraph(Run(_("%(number)s. Facts taken over:", number=number), bold=True), " ", _taken_over(report))
        number += 1
    if report.late.k:
        yield paragraph(
            Run(_("%(number)s. Facts entered late:", number=number), bold=True), " ", *_late_sentences(report, language)
        )
        number += 1
    yield paragraph(
        Run(_("%(number)s. By agency, counted apart:", number=number), bold=True),
        " ",
        _(
            "%(announced)s have announced that their QMS conforms to the standard; %(maintaining)s maintain the QMS "
            "in all their units in scope, units still building it left aside.",
            announced=Share(report.agencies_announced, report.agencies_in_scope).text(language),
            maintaining=Share(report.agencies_maintaining, report.agencies_in_scope).text(language),
        ),
    )


def _share_sentences(report: RunReport, language: str) -> Iterable[str | Run]:
    yield Run(report.share.text(language), bold=True)
    others = [
        phrase
        for verdict, phrase in (
            (
                Verdict.TO_SUPPLEMENT,
                _("%(number)s to supplement", number=_count(report.count(Verdict.TO_SUPPLEMENT), language)),
            ),
            (
                Verdict.NOT_MAINTAINED,
                _("%(number)s not maintained", number=_count(report.count(Verdict.NOT_MAINTAINED), language)),
            ),
            (Verdict.BUILDING, _("%(number)s still building", number=_count(report.count(Verdict.BUILDING), language))),
        )
        if report.count(verdict)
    ]
    yield "; " + "; ".join(others) + "." if others else "."
    if report.count(Verdict.BUILDING):
        yield " " + _("Units still building their QMS count among the units in scope, not among those that maintain it.")
    if report.previous:
        yield " " + _comparison(report, language)


def _comparison(report: RunReport, language: str) -> str:
    if report.previous is None:
        return ""
    change = report.share.k - report.previous.share.k
    words = {
        "day": report.previous.as_of.strftime("%d/%m/%Y"),
        "share": report.previous.share.text(language),
        "number": _count(abs(change), language),
    }
    if change > 0:
        return str(_("On %(day)s it was %(share)s: units maintaining rose by %(number)s.", **words))
    if change < 0:
        return str(_("On %(day)s it was %(share)s: units maintaining fell by %(number)s.", **words))
    return str(_("On %(day)s it was %(share)s: as many units maintain the QMS as then.", **words))


def _taken_over(report: RunReport) -> str:
    words = {
        "taken": report.taken_over.k,
        "met": report.taken_over.n,
        "first": report.started_on[0].strftime("%d/%m/%Y"),
        "last": report.started_on[-1].strftime("%d/%m/%Y"),
    }
    if len(report.started_on) == 1:
        return str(_("%(taken)s of %(met)s facts that count as met were taken over from the registers on %(first)s.", **words))
    return str(
        _(
            "%(taken)s of %(met)s facts that count as met were taken over from the registers "
            "when the agencies began, from %(first)s to %(last)s.",
            **words,
        )
    )


def _late_sentences(report: RunReport, language: str) -> Iterable[str]:
    yield _(
        "%(late)s of %(met)s facts that count as met were entered more than %(days)s days after their day.",
        late=report.late.k,
        met=report.late.n,
        days=report.late_after_days,
    )
    changed = report.changed_by_late
    if not changed:
        yield " " + _("No verdict rests on them.")
        return
    named = "; ".join(f"{line.name} ({line.timely_verdict.title})" for line in changed[:UNITS_NAMED])
    if len(changed) > UNITS_NAMED:
        named += "; " + _("and %(number)s more, marked in Table 3", number=len(changed) - UNITS_NAMED)
    yield " " + _(
        "Without them the verdict is another for %(number)s: %(units)s.", number=_units_word(len(changed), language), units=named
    )


def _units_word(number: int, language: str) -> str:
    return str(_("1 unit") if number == 1 else _("%(number)s units", number=_count(number, language)))


def _by_kind(report: RunReport, language: str) -> Table:
    def cells(label: tuple[str, str], counts: Sequence[int]) -> tuple[str, ...]:
        share = Share(counts[0], sum(counts))
        return (*label, str(share.n), *map(str, counts), share.text(language))

    rows = [
        cells((str(index), str(kind.title)), [report.count(verdict, kind) for verdict in Verdict])
        for index, kind in enumerate(report.kinds, 1)
    ]
    return Table(
        columns=(
            Column(_("Item"), 7, CENTER),
            Column(_("Kind of unit"), 26),
            Column(_("In scope"), 12, CENTER),
            *(Column(str(verdict.title), 11, CENTER) for verdict in Verdict),
            Column(_("Share maintaining"), 20, CENTER),
        ),
        rows=tuple(rows),
        total=cells(("", _("Total")), [report.count(verdict) for verdict in Verdict]),
    )


def _by_criterion(report: RunReport, language: str) -> Table:
    return Table(
        columns=(
            Column(_("Item"), 7, CENTER),
            Column(_("Criterion"), 37),
            Column(_("Clause, article"), 23),
            Column(_("Weight"), 13, CENTER),
            Column(_("Units that meet it, of those it applies to"), 21, CENTER),
        ),
        rows=tuple(
            (
                str(index),
                line.title,
                line.clause,
                _("mandatory") if line.mandatory else str(line.weight),
                line.met.text(language),
            )
            for index, line in enumerate(report.criteria, 1)
        ),
    )


# part II


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


# part III


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


def _count(number: int, language: str) -> str:
    """Official Vietnamese writes counts under ten with a leading zero: "02 đơn vị"."""
    return f"{number:02}" if language == "vi" else str(number)
