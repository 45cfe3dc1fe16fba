"""What a report tells of the year beside the verdicts: numbers, each beside that of the year before, and causes units stated.

Gathered on the connection that computed the verdicts, for the units that were asked, before anybody has to wait.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Connection, Select, func, select

from qms.kernel.days import add_months
from qms.kernel.figures import CauseSelect, YearFigure
from qms.kernel.window import Window
from qms.units.models import Unit
from qms.units.standing import standing

MOST_CAUSES = 10
"""Causes a report quotes; all of them stand in the records."""


@dataclass(frozen=True)
class Figure:
    """A number of the twelve months up to the day, and that of the twelve before."""

    key: str
    number: int
    before: int


@dataclass(frozen=True)
class Cause:
    """Why something was not as it should be, in the words of a unit."""

    unit_code: str
    unit_name: str
    unit_name_en: str | None
    reference: str
    text: str


@dataclass(frozen=True)
class Year:
    """The year of a report."""

    figures: tuple[Figure, ...]
    causes: tuple[Cause, ...]


def year_of(connection: Connection, day: date, figures: Mapping[str, YearFigure], causes: Iterable[CauseSelect]) -> Year:
    """Counts for the units whose records count for a unit asked for, as the connection's standing table has them."""
    window, before = Window(day), Window(add_months(day, -12))
    counted = [
        (key, _count(connection, one.select(window)), _count(connection, one.select(before))) for key, one in figures.items()
    ]
    found = tuple(Figure(*each) for each in counted)
    told = [cause for ask in causes for cause in _causes(connection, ask(window))]
    return Year(found, tuple(told[:MOST_CAUSES]))


def _count(connection: Connection, counted: Select[Any]) -> int:
    each = counted.subquery("each")
    asked = standing.alias("asked")
    query = (
        select(func.count())
        .select_from(each)
        .join(standing, standing.c.unit_id == each.c.unit_id)
        .join(asked, asked.c.unit_id == standing.c.heir_id)
        .where(asked.c.asked == 1)
    )
    return connection.execute(query).scalar_one()


def _causes(connection: Connection, told: Select[Any]) -> list[Cause]:
    asked = standing.alias("asked")
    unit_id, reference, text = told.selected_columns
    query = (
        told.with_only_columns(Unit.code, Unit.name, Unit.name_en, reference, text)
        .join(Unit, Unit.id == unit_id)
        .join(standing, standing.c.unit_id == unit_id)
        .join(asked, asked.c.unit_id == standing.c.heir_id)
        .where(asked.c.asked == 1)
        .limit(MOST_CAUSES)
    )
    return [Cause(*row) for row in connection.execute(query)]
