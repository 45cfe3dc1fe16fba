"""The yearly report: what one stored run says, composed as an official paper in the current language.

The caller forces the locale and gives the same language for dates and decimal marks. Shares are printed with both parts,
"7/9 (77,8%)", never as a bare percentage.
"""

from collections.abc import Iterable, Sequence

from qms.evaluation.legal_bases import legal_bases
from qms.evaluation.models import Verdict
from qms.evaluation.paper_annex import annex_of
from qms.evaluation.paper_year import activity, count, proposals, shortcomings
from qms.evaluation.report_model import CriterionLine, RunReport
from qms.kernel.language import _
from qms.kernel.share import Share
from qms.reports.letterhead import enclosed, letterhead, place_and_date, written_date
from qms.reports.paper import Align, Block, Caption, Column, Heading, Paper, Run, Signature, Table, Text, paragraph

UNITS_NAMED = 8
"""Units that rest on late entries named on page 1; all of them are marked in the annex."""

CENTER = Align.CENTER


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
        addressee=_("To: %(addressee)s", addressee=issuer.addressee) if issuer.addressee else "",
        place_and_date=place_and_date(issuer.place, report.sealed_on, language),
        number_symbol=issuer.number_symbol,
        blocks=tuple(_blocks(report, language)),
        signature=Signature(issuer.signers, issuer.signer_name),
        recipients=enclosed(issuer.recipients),
        draft=not report.approved,
        title_for_file=_("Evaluation of the QMS in %(year)s, %(body)s", year=report.year, body=issuer.name),
        annex=annex_of(report, language),
        made_on=report.sealed_on,
    )


def _blocks(report: RunReport, language: str) -> Iterable[Block]:
    yield _opening(report, language)
    yield Heading(1, _("I. Result of maintaining the QMS"))
    yield from _result(report, language)
    yield Caption(_("Table %(number)s", number=1), _("Verdicts by kind of unit"))
    yield _by_kind(report, language)
    yield Caption(_("Table %(number)s", number=2), _("Results by criterion"))
    yield _by_criterion(report, language)
    yield Heading(1, _("II. Audits, nonconformities and management reviews"))
    yield from activity(report, language)
    yield Heading(1, _("III. Shortcomings and causes"))
    yield from shortcomings(report, language)
    yield Heading(1, _("IV. Proposals"))
    yield from proposals(report, language)
    yield paragraph(
        _("This is the report of %(body)s on maintaining the QMS in %(year)s./.", body=report.issuer.name, year=report.year)
    )


def _opening(report: RunReport, language: str) -> Text:
    day = written_date(report.as_of, language)
    opening = _(
        "Implementing %(acts)s, %(body)s reports the result of evaluating the maintenance of the quality management system (QMS) "
        "in %(year)s, with facts up to the end of %(day)s, as follows:",
        acts=_joined(legal_bases(report.as_of, language)),
        body=report.issuer.name,
        year=report.year,
        day=day,
    )
    if not report.forecast:
        return paragraph(opening)
    warning = _("This is a forecast: %(day)s has not ended, and what happens until then may change the result.", day=day)
    return paragraph(Run(warning, bold=True), " ", opening)


def _joined(texts: Sequence[str]) -> str:
    """ "A", "A and B", "A; B and C"."""
    if len(texts) < 2:
        return "".join(texts)
    return str(_("%(first)s and %(last)s", first="; ".join(texts[:-1]), last=texts[-1]))


# part I


def _result(report: RunReport, language: str) -> Iterable[Text]:
    yield paragraph(
        Run(_("1. Scope:"), bold=True),
        " ",
        _(
            "units in scope: %(units)s; agencies they belong to: %(agencies)s; units out of scope: %(excluded)s (Annex).",
            units=count(len(report.units), language),
            agencies=count(report.agencies_in_scope, language),
            excluded=count(len(report.excluded), language),
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
                _("%(number)s to supplement", number=count(report.count(Verdict.TO_SUPPLEMENT), language)),
            ),
            (
                Verdict.NOT_MAINTAINED,
                _("%(number)s not maintained", number=count(report.count(Verdict.NOT_MAINTAINED), language)),
            ),
            (Verdict.BUILDING, _("%(number)s still building", number=count(report.count(Verdict.BUILDING), language))),
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
        "number": count(abs(change), language),
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
        named += "; " + _("and %(number)s more, marked in the annex", number=len(changed) - UNITS_NAMED)
    yield " " + _(
        "Without them the verdict is another for %(number)s: %(units)s.", number=_units_word(len(changed), language), units=named
    )


def _units_word(number: int, language: str) -> str:
    return str(_("1 unit") if number == 1 else _("%(number)s units", number=count(number, language)))


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
    compared = report.previous is not None and any(line.before is not None for line in report.criteria)
    earlier = (Column(_("In %(year)s", year=report.previous.as_of.year), 17, CENTER),) if compared and report.previous else ()

    def cells(index: int, line: CriterionLine) -> tuple[str, ...]:
        weight = _("mandatory") if line.mandatory else str(line.weight)
        before = ("" if line.before is None else line.before.text(language),) if compared else ()
        return (str(index), line.title, line.clause, str(weight), line.met.text(language), *before)

    return Table(
        columns=(
            Column(_("Item"), 7, CENTER),
            Column(_("Criterion"), 33),
            Column(_("Clause, article"), 20),
            Column(_("Weight"), 13, CENTER),
            Column(_("Units that meet it, of those it applies to"), 19, CENTER),
            *earlier,
        ),
        rows=tuple(cells(index, line) for index, line in enumerate(report.criteria, 1)),
    )
