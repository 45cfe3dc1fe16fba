"""Columns of a list: what a cell holds, how it looks on the page, and by what the list is sorted.

``value`` gives the plain thing (a text, a day, a state), which a file writes as it is; ``look`` draws it for the page.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any

from flask_babel import LazyString
from markupsafe import Markup

from qms.kernel import components
from qms.kernel.moment import Moment
from qms.kernel.web import day_text
from qms.reports.comma_separated import Cell

Value = Callable[[Any], Any]
Look = Callable[[Any, Moment], str]


@dataclass(frozen=True)
class Column:
    """One column. ``sort`` is what the database sorts by, None where it cannot; ``main`` is the one that names the record."""

    name: str
    title: LazyString
    value: Value
    look: Look
    sort: Any = None
    main: bool = False
    on_page: bool = True
    in_file: bool = True

    def cell(self, row: Any) -> Cell:
        """What a file holds: a state or a kind by its title."""
        value: Cell = _titled(self.value(row))
        return value


def text(name: str, title: LazyString, value: Value, sort: Any = None) -> Column:
    """Plain text, a day, a number, or the title of a kind."""

    def look(row: Any, _moment: Moment) -> str:
        return plain(value(row))

    return Column(name, title, value, look, sort)


def heading(name: str, title: LazyString, value: Value, url: Value, below: Value, sort: Any = None) -> Column:
    """What names the record: it leads to its page and has a grey line below, such as code and kind."""

    def look(row: Any, _moment: Moment) -> str:
        return Markup('<a class="what-title" href="{}">{}</a><small>{}</small>').format(url(row), plain(value(row)), below(row))

    return Column(name, title, value, look, sort, main=True)


def state(name: str, title: LazyString, value: Value, sort: Any = None) -> Column:
    """A chip."""

    def look(row: Any, _moment: Moment) -> str:
        return components.chip(value(row))

    return Column(name, title, value, look, sort)


def due(name: str, title: LazyString, value: Value, sort: Any = None) -> Column:
    """A day until which something is owed, and below it how far it is; nothing where nothing is owed."""

    def look(row: Any, moment: Moment) -> str:
        day = value(row)
        return components.due(day, moment.today) if day is not None else Markup()

    return Column(name, title, value, look, sort)


def in_file_only(column: Column) -> Column:
    """The column, left out on the page: what stands there in the grey line has a column of its own in a file."""
    return replace(column, on_page=False)


def plain(value: Any) -> str:
    """A value as text for people."""
    if value is None:
        return ""
    return day_text(value) if isinstance(value, date) else str(_titled(value))


def _titled(value: Any) -> Any:
    # the members of our enumerations carry their title
    return str(value.title) if isinstance(value, StrEnum) else value
