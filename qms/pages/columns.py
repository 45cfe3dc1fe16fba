"""Columns of a list: what a cell holds, how it looks on the page, and by what the list is sorted.

``value`` gives the plain thing (a text, a day, a state), which a file writes as it is; ``look`` draws it for the page. On a phone
a row is two or three lines: what names the record, the grey line below it, and the cells that are not for wide screens alone.
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
    """One column. ``sort`` is what the database sorts by, None where it cannot; ``main`` is the one that names the record.

    ``stored`` is what a file reads from the database as it is: where all its columns have one, no record is made for a row.
    """

    name: str
    title: LazyString
    value: Value
    look: Look
    sort: Any = None
    main: bool = False
    on_page: bool = True
    in_file: bool = True
    wide: bool = False
    stored: Any = None

    def cell(self, row: Any) -> Cell:
        """What a file holds: a state or a kind by its title."""
        value: Cell = titled(self.value(row))
        return value


def text(name: str, title: LazyString, value: Value, sort: Any = None, stored: Any = None) -> Column:
    """Plain text, a day, a number, or the title of a kind."""

    def look(row: Any, _moment: Moment) -> str:
        return plain(value(row))

    return Column(name, title, value, look, sort, stored=stored)


def heading(
    name: str, title: LazyString, value: Value, url: Value, below: Value, sort: Any = None, narrow: Value | None = None
) -> Column:
    """What names the record: it leads to its page and has a grey line below, such as code and kind.

    ``narrow`` is what that line tells besides on a phone, where the columns of it are left out.
    """

    def look(row: Any, _moment: Moment) -> str:
        beside = narrow and narrow(row)
        more = Markup('<span class="only-narrow"> · {}</span>').format(beside) if beside else ""
        return Markup('<a class="what-title" href="{}">{}</a><small>{}{}</small>').format(
            url(row), plain(value(row)), below(row), more
        )

    return Column(name, title, value, look, sort, main=True)


def state(name: str, title: LazyString, value: Value, sort: Any = None, stored: Any = None) -> Column:
    """A chip."""

    def look(row: Any, _moment: Moment) -> str:
        return components.chip(value(row))

    return Column(name, title, value, look, sort, stored=stored)


def due(name: str, title: LazyString, value: Value, sort: Any = None, stored: Any = None) -> Column:
    """A day until which something is owed, and below it how far it is; nothing where nothing is owed."""

    def look(row: Any, moment: Moment) -> str:
        day = value(row)
        return components.due(day, moment.today) if day is not None else Markup()

    return Column(name, title, value, look, sort, stored=stored)


def drawn(name: str, title: LazyString, look: Look) -> Column:
    """Something that only a page shows."""
    return Column(name, title, lambda _row: None, look, in_file=False)


def kept(name: str, title: LazyString, stored: Any) -> Column:
    """Something that only a file shows, as the database holds it."""
    return Column(name, title, lambda _row: None, lambda _row, _moment: "", on_page=False, stored=stored)


def in_file_only(column: Column) -> Column:
    """The column, left out on the page: what stands there in the grey line has a column of its own in a file."""
    return replace(column, on_page=False)


def on_page_only(column: Column) -> Column:
    """The column, left out of the file, which has each of its parts as a column of its own."""
    return replace(column, in_file=False)


def wide_only(column: Column) -> Column:
    """The column, left out on a phone: the page of the record tells it, or the grey line does."""
    return replace(column, wide=True)


def plain(value: Any) -> str:
    """A value as text for people."""
    if value is None:
        return ""
    return day_text(value) if isinstance(value, date) else str(titled(value))


def titled(value: Any) -> Any:
    """A member of our enumerations by the title that it carries, anything else as it is."""
    return str(value.title) if isinstance(value, StrEnum) else value
