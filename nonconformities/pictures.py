"""Charts of nonconformities: how old the open ones are, how many are raised, which clauses they are about."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func
from sqlalchemy.orm import InstrumentedAttribute

from nonconformities.models import Nonconformity, NonconformityState
from nonconformities.queries import visible
from qms.accounts.permissions import Permission
from qms.kernel.charts import Columns, Line, Pareto, columns, line, pareto
from qms.kernel.days import add_months
from qms.kernel.db import db
from qms.kernel.feature import Picture
from qms.kernel.language import _, _l, current_language
from qms.kernel.moment import Moment
from qms.standard.catalogue import clauses

MONTHS = 12
MOST_CLAUSES = 8
AGES = ((30, "0–30", "good"), (60, "31–60", "attention"), (90, "61–90", "attention"), (None, "> 90", "bad"))
"""Up to how many days after it was raised, how that is written, and the tone; the last has no end."""


def ageing(moment: Moment) -> Columns | None:
    """10.2: the open ones by the days since they were raised."""
    bounds = [days for days, _label, _tone in AGES if days is not None]
    places = [(Nonconformity.raised_on >= moment.today - timedelta(days=days), place) for place, days in enumerate(bounds)]
    place = case(*places, else_=len(bounds))
    still_open = visible(moment.person).where(Nonconformity.state != NonconformityState.CLOSED)
    counts = dict(_counted(still_open, place))
    rows = [(label, counts.get(number, 0), tone) for number, (_days, label, tone) in enumerate(AGES)]
    return columns(rows) if counts else None


def raised_by_month(moment: Moment) -> Line | None:
    """How many were raised in each of the last twelve months, this one included."""
    first = add_months(moment.today.replace(day=1), 1 - MONTHS)
    found = _since(first, moment, Nonconformity.raised_on)
    counts = Counter((day.year, day.month) for day, count in found for _one in range(count))
    months = [add_months(first, ahead) for ahead in range(MONTHS)]
    return line([(f"{day.month}/{day.year}", counts[day.year, day.month]) for day in months]) if found else None


def by_clause(moment: Moment) -> Pareto | None:
    """Which clauses those of the last twelve months are about; the rest beyond the first eight is one bar."""
    first = add_months(moment.today, -MONTHS)
    found = sorted(_since(first, moment, Nonconformity.clause), key=lambda row: (-row[1], row[0] or ""))
    known, language = clauses(), current_language()
    rows = [
        (_("clause %(clause)s", clause=clause), f"{clause} {known[clause].title(language)}" if clause in known else clause, count)
        for clause, count in found[:MOST_CLAUSES]
    ]
    rest = sum(count for _clause, count in found[MOST_CLAUSES:])
    if rest:
        rows.append((_("other clauses"), _("other clauses"), rest))
    return pareto(rows) if rows else None


def _since(first: date, moment: Moment, what: InstrumentedAttribute[Any]) -> Sequence[tuple[Any, int]]:
    """What those raised from a day on have, and how many have it."""
    return _counted(visible(moment.person).where(Nonconformity.raised_on >= first, what.is_not(None)), what)


def _counted(query: Select[Nonconformity], what: ColumnElement[Any] | InstrumentedAttribute[Any]) -> Sequence[tuple[Any, int]]:
    rows = db.session.execute(query.with_only_columns(what, func.count()).group_by(what))
    return [(found, count) for found, count in rows]


_READ, _COUNTED = Permission.NONCONFORMITIES_READ, _l("Nonconformities")

PICTURES = (
    Picture(_l("Open nonconformities by age in days"), _COUNTED, _READ, ageing),
    Picture(_l("Nonconformities raised by month"), _COUNTED, _READ, raised_by_month),
    Picture(_l("Nonconformities by clause"), _COUNTED, _READ, by_clause),
)
