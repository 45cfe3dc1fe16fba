"""A list of records: one value says what it holds, and page, sorting, paging, saved filters and files come with it.

What, whose, until when, what stands in the way: the columns answer. Filters and order live in the address.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from sqlalchemy import Select

from qms.accounts.gate import needs, now, oneself
from qms.accounts.permissions import Permission
from qms.kernel.moment import Moment
from qms.kernel.paging import Page, paginate
from qms.kernel.web import filter_text, kept_filters, page_number
from qms.pages.columns import Column
from qms.pages.filters import Filter
from qms.pages.queries import saved_filters
from qms.reports.comma_separated import Cell
from qms.reports.lists import Asked as Address
from qms.reports.lists import ListFile, Query, Rows


@dataclass(frozen=True)
class Action:
    """What can be done from a list, as a button over it."""

    title: str
    url: str
    icon: str = "plus"


@dataclass(frozen=True)
class Asked:
    """What the address says: the value of each filter, and the column it is sorted by, "-" before it for the other way round."""

    values: dict[str, str]
    sort: str

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.address)

    @property
    def address(self) -> str:
        """The same as the part of an address behind the question mark; what is asked in one way is written in one way."""
        return urlencode({name: value for name, value in {**self.values, "sort": self.sort}.items() if value})


def _as_they_are(records: Sequence[Any], _moment: Moment) -> Sequence[Any]:
    return records


def _nothing_to_do(_moment: Moment) -> Sequence[Action]:
    return ()


@dataclass(frozen=True)
class RecordList:
    """One list. ``query`` gives the records within what the person may see, ``order`` how they stand when nobody sorts them.

    ``rows`` makes the rows of the columns of some records, with as many statements however many these are. ``at_rest`` is how
    the list is shown while nothing is asked of it, where that is no plain order (a tree). ``empty`` is an icon and a sentence.
    """

    name: str
    title: LazyString
    permission: Permission
    query: Callable[[Moment], Select[Any]]
    columns: Sequence[Column]
    order: Sequence[Any]
    counted: Callable[[int], str]
    empty: tuple[str, LazyString]
    filters: Sequence[Filter] = ()
    rows: Callable[[Sequence[Any], Moment], Sequence[Any]] = _as_they_are
    actions: Callable[[Moment], Sequence[Action]] = _nothing_to_do
    at_rest: Callable[[Moment, int], Page] | None = None
    template: str = "pages/listing.html"

    def open(self, blueprint: Blueprint, rule: str) -> None:
        """Gives the list its two addresses: the page, and the same as a file."""

        @blueprint.get(rule)
        @needs(self.permission)
        def listing() -> ResponseReturnValue:
            return self._page()

        @blueprint.route(f"{rule}/export.<any(xlsx, csv):extension>", methods=["GET", "POST"])
        @needs(self.permission)
        def export(extension: str) -> ResponseReturnValue:
            return self.file.answer(extension, f"{self.name}.listing")

    def url(self, /, **values: str) -> str:
        """Address of the page with these filters."""
        return url_for(f"{self.name}.listing", _external=False, **values)

    def asked(self, moment: Moment, address: Address | None = None) -> Asked:
        """What an address asks, that of the request by default; what it cannot mean narrows and sorts nothing."""
        address = request.args if address is None else address
        sort = filter_text("sort", address)
        sortable = {column.name for column in self.columns if column.sort is not None}
        return Asked(
            {one.name: one.read(address, moment) for one in self.filters}, sort if sort.removeprefix("-") in sortable else ""
        )

    def narrowed(self, asked: Asked, moment: Moment) -> Select[Any]:
        """The records that pass the filters, in the order that was asked for."""
        query = self.query(moment)
        for one in self.filters:
            if asked.values[one.name]:
                query = one.narrow(query, asked.values[one.name], moment)
        return query.order_by(*self._order(asked.sort))

    def _order(self, sort: str) -> Sequence[Any]:
        column = next((one for one in self.columns if one.name == sort.removeprefix("-")), None)
        if column is None or column.sort is None:
            return self.order
        first = column.sort.desc() if sort.startswith("-") else column.sort.asc()
        return (first.nulls_last(), *self.order)

    def page(self, moment: Moment, asked: Asked, number: int) -> Page:
        """One page of rows."""
        if self.at_rest is not None and not asked.narrowed:
            return self.at_rest(moment, number)
        found = paginate(self.narrowed(asked, moment), number)
        return replace(found, items=self.rows(found.items, moment))

    @property
    def file(self) -> ListFile:
        """The same list as a file, with the filters and the order of an address."""
        columns = [column for column in self.columns if column.in_file]

        def select(address: Address, moment: Moment) -> Query:
            return self.narrowed(self.asked(moment, address), moment)

        def cells(found: Rows, moment: Moment) -> Iterator[Sequence[Cell]]:
            for row in self.rows([record for (record,) in found], moment):
                yield [column.cell(row) for column in columns]

        return ListFile(self.name, self.title, self.permission, [column.title for column in columns], select, cells)

    def _page(self) -> ResponseReturnValue:
        moment = now()
        asked = self.asked(moment)
        return render_template(
            self.template,
            list=self,
            page=self.page(moment, asked, page_number()),
            columns=[column for column in self.columns if column.on_page],
            asked=asked,
            moment=moment,
            actions=self.actions(moment),
            kept=kept_filters(),
            sort_url=self._sort_url,
            saved=saved_filters(oneself().id, self.name),
        )

    def _sort_url(self, column: Column, asked: Asked) -> str:
        """Address of the same list by that column; by the same once more, the other way round."""
        sort = f"-{column.name}" if asked.sort == column.name else column.name
        return self.url(**kept_filters() | {"sort": sort})
