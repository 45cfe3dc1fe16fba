"""Filters of a list. Each reads its own word of the address, so a list can be kept, sent and exported as it is seen.

A filter only narrows: what a person may see is decided by the query of the list before any filter is asked.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

from flask_babel import LazyString
from sqlalchemy import Select

from qms.kernel.moment import Moment
from qms.kernel.text import like_pattern
from qms.kernel.web import filter_text
from qms.reports.lists import Asked as Address

Narrow = Callable[[Select[Any], Any, Moment], Select[Any]]
Options = Callable[[Moment], Sequence[tuple[str, str]]]
Member = TypeVar("Member", bound=StrEnum)


@dataclass(frozen=True)
class Filter:
    """One filter; ``narrow`` is handed the query, what was asked and the moment. A text field unless it is one of those below."""

    name: str
    title: LazyString
    narrow: Narrow
    control: ClassVar[str] = "text"

    def read(self, address: Address, _moment: Moment) -> str:
        """What an address asks, "" for nothing."""
        return filter_text(self.name, address)


class Words(Filter):
    """A search field."""

    control = "search"


@dataclass(frozen=True)
class Choice(Filter):
    """One of a few. ``default`` is what a list shows as long as nobody asked, such as everything open."""

    options: Options
    default: str = ""
    control: ClassVar[str] = "choice"

    def read(self, address: Address, moment: Moment) -> str:
        """The value that is chosen; one that is not offered narrows nothing."""
        if self.name not in address:
            return self.default
        asked = filter_text(self.name, address)
        return asked if asked in {value for value, _title in self.options(moment)} else ""


def words(name: str, title: LazyString, folded: Any) -> Words:
    """Finds a text anywhere in a column that holds folded text: without marks, in either case."""

    def narrow(query: Select[Any], asked: str, _moment: Moment) -> Select[Any]:
        return query.where(folded.like(like_pattern(asked), escape="\\"))

    return Words(name, title, narrow)


def one_of(
    name: str, title: LazyString, kind: type[Member], condition: Callable[[Member, Moment], Any], default: str = ""
) -> Choice:
    """One member of an enumeration; ``condition`` says which records it means."""

    def narrow(query: Select[Any], asked: str, moment: Moment) -> Select[Any]:
        return query.where(condition(kind(asked), moment))

    def options(_moment: Moment) -> Sequence[tuple[str, str]]:
        return [(member.value, str(getattr(member, "title", member.value))) for member in kind]

    return Choice(name, title, narrow, options, default)
