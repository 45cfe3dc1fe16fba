"""The audit trail as a list: who did what, when, on which record; newest first, paged by its growing key."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any

from flask import url_for
from markupsafe import Markup
from sqlalchemy import ColumnElement

from qms.accounts.permissions import Permission
from qms.journal import queries
from qms.journal.sentences import Told, tell
from qms.journal.words import words as known_words
from qms.kernel import components
from qms.kernel.days import end_of_day
from qms.kernel.feature import house
from qms.kernel.language import _, _l, ngettext
from qms.kernel.moment import Moment
from qms.kernel.paging import paginate_newest_first
from qms.kernel.web import moment_text
from qms.pages.columns import Column, drawn, in_file_only, text, wide_only
from qms.pages.filters import Filter, Grouped, Offered, Words, days_between
from qms.pages.lists import RecordList
from qms.trail.models import TrailEntry

_UNIT = Markup('<small class="third beside">{}</small>')
_ONE_LINE = Markup('<span class="one-line">{}</span>')
"""On a phone it is cut at the edge instead of going on below."""
_SMALL = Markup("<small>{}</small>")
_WIDE = Markup('<small class="only-wide">{}</small>')
_DEED = Markup('<div class="{}"><span class="what-title">{}</span>{}</div>')
_MORE = Markup('{}<span class="only-narrow"> …</span>')
MOST_ON_PHONE = 2
"""So many lines stand below a deed on a phone, each cut at the edge: the page is as high whatever was changed."""
_LINK = Markup('<a href="{}">{}</a>')


def _when(one: Told, _moment: Moment) -> str:
    return Markup('<time datetime="{}">{}</time>').format(one.at.isoformat(), moment_text(one.at))


def _who(one: Told, _moment: Moment) -> str:
    """Who it was, and on a wide screen from where."""
    name = _LINK.format(url_for("journal.person", person_id=one.person_id), one.who) if one.person_id else one.who
    place = Markup('<small class="d-block third only-wide">{}</small>').format(one.address) if one.address else ""
    return _ONE_LINE.format(Markup("{}{}").format(name, place))


def _what(one: Told, _moment: Moment) -> str:
    """The deed, what it changed, and why; on a phone the first changes and the reason: the page of the record has them all."""
    shown = MOST_ON_PHONE - (one.reason is not None)
    below = [(_SMALL if place < shown else _WIDE).format(line) for place, line in enumerate(one.details)]
    if len(below) > shown:
        below[shown - 1] = _SMALL.format(_MORE.format(one.details[shown - 1]))
    if one.reason:
        below.append(_SMALL.format(_("Reason: %(reason)s", reason=one.reason)))
    return _DEED.format("one-line-each", one.deed, Markup().join(below))


def _everything(one: Told, _moment: Moment) -> str:
    """The deed with all it changed, and why, on every screen."""
    below = [_SMALL.format(line) for line in one.details]
    if one.reason:
        below.append(_SMALL.format(_("Reason: %(reason)s", reason=one.reason)))
    return _DEED.format("", one.deed, Markup().join(below))


def _record(one: Told, _moment: Moment) -> str:
    kind, _space, name = one.record.rpartition(" ")
    told = Markup('{} <span class="code">{}</span>').format(kind, name)
    record = _LINK.format(url_for("journal.record", kind=one.kind, code=one.code), told)
    return _ONE_LINE.format(Markup("{}{}").format(record, _UNIT.format(one.unit) if one.unit else ""))


def _seal(one: Told, _moment: Moment) -> str:
    if one.seal is None:
        return components.word("neutral", _("not sealed yet"), "clock")
    return Markup('<span class="code">{} · {}</span>').format(*one.seal)


WHEN = drawn("when", _l("When"), _when)
WHO = Column("who", _l("Who did it"), lambda one: one.who, _who)
WHAT = Column("what", _l("What was done"), lambda one: one.deed, _what, main=True)
WHOLE = replace(WHAT, look=_everything)
"""For the page of one record."""
RECORD = Column("record", _l("Record"), lambda one: one.record, _record)
SEAL = wide_only(drawn("seal", _l("Seal"), _seal))


def _narrowed(condition: Callable[[str], ColumnElement[bool]]) -> Any:
    return lambda query, asked, _moment: query.where(condition(asked))


def _day(which: str, day: date) -> ColumnElement[bool]:
    return TrailEntry.at >= end_of_day(day - timedelta(days=1)) if which == "from" else TrailEntry.at < end_of_day(day)


def _kinds(_moment: Moment) -> Sequence[tuple[str, str]]:
    return sorted(((kind, str(title)) for kind, title in known_words(house()).kinds.items()), key=lambda one: one[1])


def _deeds(_moment: Moment) -> Sequence[tuple[str, Sequence[tuple[str, str]]]]:
    """The deeds by kind of record."""
    known, groups = known_words(house()), dict[str, list[tuple[str, str]]]()
    for name, title in known.deeds.items():
        kind, dot, deed = name.partition(".")
        groups.setdefault(known.kind(kind) if dot else _("Every kind"), []).append((deed if dot else name, str(title)))
    return sorted((title, sorted(deeds, key=lambda one: one[1])) for title, deeds in groups.items())


LIST = RecordList(
    name="journal",
    title=_l("Audit trail"),
    permission=Permission.TRAIL_READ,
    query=lambda moment: queries.seen(moment.person),
    to_file=(Permission.TRAIL_EXPORT, lambda moment: queries.seen(moment.person, Permission.TRAIL_EXPORT)),
    paged=partial(paginate_newest_first, key=TrailEntry.id),
    rows=lambda entries, _moment: tell(entries),
    columns=(
        WHEN,
        in_file_only(text("entry", _l("Entry"), lambda one: one.id)),
        in_file_only(text("instant", _l("Instant"), lambda one: moment_text(one.at))),
        WHO,
        WHAT,
        RECORD,
        in_file_only(text("code", _l("Code"), lambda one: one.code)),
        in_file_only(text("unit", _l("Unit"), lambda one: one.unit)),
        in_file_only(text("details", _l("Details"), lambda one: "\n".join(one.details))),
        in_file_only(text("reason", _l("Reason"), lambda one: one.reason)),
        in_file_only(text("address", _l("Network address"), lambda one: one.address)),
        SEAL,
        in_file_only(text("chain", _l("Chain"), lambda one: one.seal and one.seal[0])),
        in_file_only(text("number", _l("Number in the chain"), lambda one: one.seal and one.seal[1])),
    ),
    order=(TrailEntry.id.desc(),),
    filters=(
        Words("person", _l("Who did it"), _narrowed(queries.done_by), hint=_l("Name, marks not needed")),
        Offered("kind", _l("Kind of record"), _narrowed(lambda kind: TrailEntry.kind == kind), options=_kinds),
        Grouped("deed", _l("What was done"), _narrowed(lambda deed: TrailEntry.deed == deed), groups=_deeds),
        Filter("unit", _l("Unit code"), _narrowed(queries.in_unit)),
        *days_between("from", "to", _day),
        Words("q", _l("Words in code, content or reason"), _narrowed(queries.says)),
    ),
    counted=lambda number: ngettext("%(num)s entry", "%(num)s entries", number),
    empty=("history", _l("No entry matches these filters.")),
    template="journal/listing.html",
)
