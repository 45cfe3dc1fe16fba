"""Filters of a list. Each reads its own word of the address, so a list can be kept, sent and exported as it is seen.

A filter only narrows: what a person may see is decided by the query of the list before any filter is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from flask_babel import LazyString
from sqlalchemy import ColumnElement, Select, not_, or_

from qms.kernel.language import _, _l
from qms.kernel.moment import Moment
from qms.kernel.text import like_pattern
from qms.kernel.typed_days import day_or_none
from qms.kernel.web import day_text, filter_text
from qms.reports.lists import Asked as Address

Narrow = Callable[[Select[Any], Any, Moment], Select[Any]]
Options = Callable[[Moment], Sequence[tuple[str, str]]]
Groups = Callable[[Moment], Sequence[tuple[str, Sequence[tuple[str, str]]]]]
Condition = Callable[[Any, Moment], ColumnElement[bool]]
Member = TypeVar("Member", bound=StrEnum)

OPEN, ALL = "open", "all"
"""What a list begins with that puts closed records aside, and the same with these."""


@dataclass(frozen=True)
class Filter:
    """One filter; ``narrow`` is handed the query, what was asked and the moment. A text field unless it is one of those below.

    ``default`` is what a list shows as long as nobody asked; ``hint`` stands in an empty field.
    """

    name: str
    title: LazyString
    narrow: Narrow
    default: str = ""
    hint: LazyString | None = None
    control: ClassVar[str] = "text"

    def read(self, address: Address, _moment: Moment) -> str:
        """What an address asks, "" for nothing."""
        return filter_text(self.name, address)


class Words(Filter):
    """A search field."""

    control = "search"


class Tick(Filter):
    """Something that is asked or not."""

    control = "tick"

    def read(self, address: Address, _moment: Moment) -> str:
        """ "1" or nothing."""
        return "1" if filter_text(self.name, address) == "1" else ""


class Day(Filter):
    """A day; one that cannot be read narrows nothing."""

    control = "day"

    def read(self, address: Address, _moment: Moment) -> str:
        """The day as people write it."""
        return day_text(day_or_none(filter_text(self.name, address)))


@dataclass(frozen=True, kw_only=True)
class Choice(Filter):
    """One of a few that the program knows."""

    options: Options
    control: ClassVar[str] = "choice"

    def read(self, address: Address, moment: Moment) -> str:
        """The value that is chosen; one that is not offered narrows nothing."""
        if self.name not in address:
            return self.default
        asked = filter_text(self.name, address)
        return asked if asked in {value for value, _title in self.options(moment)} else self.default


@dataclass(frozen=True, kw_only=True)
class Offered(Filter):
    """One of those that the database holds. They are asked for once, to be shown: what was chosen is not held against them."""

    options: Options
    control: ClassVar[str] = "choice"


@dataclass(frozen=True, kw_only=True)
class Grouped(Filter):
    """One of many, offered in groups; one that is not among them finds nothing."""

    groups: Groups
    control: ClassVar[str] = "groups"


@dataclass(frozen=True, kw_only=True)
class Standing(Choice):
    """The state of a record, or whatever says that it is done with: a list begins with what is open, and tells what it hides.

    ``hidden`` says how many are put aside.
    """

    closed: Callable[[Moment], ColumnElement[bool]]
    hidden: Callable[[int], str]


def words(name: str, title: LazyString, folded: Any, hint: LazyString | None = None) -> Words:
    """Finds a text anywhere in a column that holds folded text: without marks, in either case."""

    def narrow(query: Select[Any], asked: str, _moment: Moment) -> Select[Any]:
        return query.where(folded.like(like_pattern(asked), escape="\\"))

    return Words(name, title, narrow, hint=hint)


def one_of(name: str, title: LazyString, kind: type[Member], condition: Condition) -> Choice:
    """One member of an enumeration; ``condition`` says which records it means."""

    def narrow(query: Select[Any], asked: str, moment: Moment) -> Select[Any]:
        return query.where(condition(kind(asked), moment))

    return Choice(name, title, narrow, options=lambda _moment: _members(kind))


def open_first(
    name: str,
    title: LazyString,
    kind: type[Member],
    condition: Condition,
    closed: Sequence[Member],
    hidden: Callable[[int], str],
) -> Standing:
    """The same for states of which some are the end: they are hidden until somebody asks. No condition may become NULL."""

    def done_with(moment: Moment) -> ColumnElement[bool]:
        return or_(*(condition(member, moment) for member in closed))

    def narrow(query: Select[Any], asked: str, moment: Moment) -> Select[Any]:
        if asked == ALL:
            return query
        return query.where(not_(done_with(moment)) if asked == OPEN else condition(kind(asked), moment))

    def options(_moment: Moment) -> Sequence[tuple[str, str]]:
        return [(OPEN, _("Everything open")), *_members(kind), (ALL, _("All"))]

    return Standing(name, title, narrow, OPEN, options=options, closed=done_with, hidden=hidden)


def days_between(begin: str, end: str, condition: Callable[[str, Any], ColumnElement[bool]]) -> tuple[Day, Day]:
    """From a day to a day; ``condition`` is handed which of the two is meant and the day."""

    def narrow(which: str) -> Narrow:
        return lambda query, asked, _moment: query.where(condition(which, day_or_none(asked)))

    return Day(begin, _l("From day"), narrow(begin)), Day(end, _l("To day"), narrow(end))


def _members(kind: type[Member]) -> list[tuple[str, str]]:
    return [(member.value, str(getattr(member, "title", member.value))) for member in kind]
