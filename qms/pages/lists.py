"""A list of records: one value says what it holds, and page, sorting, paging, saved filters and files come with it.

What, whose, until when, what stands in the way: the columns answer. Filters and order live in the address.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from sqlalchemy import Select, case

from qms.accounts.gate import needs, now, oneself
from qms.accounts.permissions import Permission
from qms.kernel.moment import Moment
from qms.kernel.paging import SIZE, Page, paginate
from qms.kernel.web import filter_text, kept_filters, page_number, page_size
from qms.pages.columns import Column, titled
from qms.pages.filters import ALL, OPEN, Filter, Standing
from qms.pages.queries import saved_filters
from qms.reports.comma_separated import Cell
from qms.reports.lists import Asked as Address
from qms.reports.lists import ListFile, Query, Rows


@dataclass(frozen=True)
class Action:
    """What can be done from a list, as a button over it; grey when ``why_not`` says what stands against it."""

    title: str
    url: str
    icon: str = "plus"
    why_not: str = ""


@dataclass(frozen=True)
class Asked:
    """What the address says: the value of each filter, and the column it is sorted by, "-" before it for the other way round."""

    values: dict[str, str]
    sort: str
    at_rest: dict[str, str] = field(default_factory=dict)
    """The values of the same filters while nobody asks for anything."""

    @property
    def narrowed(self) -> bool:
        """Whether anything was asked for at all."""
        return bool(self.address)

    @property
    def address(self) -> str:
        """The same as the part of an address behind the question mark; what is asked in one way is written in one way."""
        said = {**self.values, "sort": self.sort}
        return urlencode({name: value for name, value in said.items() if value != self.at_rest.get(name, "")})


def _as_they_are(records: Sequence[Any], _moment: Moment) -> Sequence[Any]:
    return records


def _nothing_to_do(_moment: Moment) -> Sequence[Action]:
    return ()


@dataclass(frozen=True)
class RecordList:
    """One list. ``query`` gives the records within what the person may see, ``order`` how they stand when nobody sorts them.

    ``rows`` makes the rows of the columns of some records, with as many statements however many these are; ``loads`` is what a
    page needs of a record besides. ``at_rest`` is how the list is shown while nothing is asked of it, where that is no plain
    order (a tree). ``empty`` is an icon and a sentence. Where a file needs more than the page, ``to_file`` says which permission
    and which records.
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
    loads: Sequence[Any] = ()
    actions: Callable[[Moment], Sequence[Action]] = _nothing_to_do
    at_rest: Callable[[Moment, int, int, bool], Page] | None = None
    paged: Callable[..., Page] = paginate
    to_file: tuple[Permission, Callable[[Moment], Select[Any]]] | None = None
    template: str = "pages/listing.html"

    def open(self, blueprint: Blueprint, rule: str) -> None:
        """Gives the list its two addresses: the page, with a slash behind it or without, and the same as a file."""

        @blueprint.get(rule, strict_slashes=False)
        @needs(self.permission)
        def listing() -> ResponseReturnValue:
            return self._page()

        @blueprint.route(f"{rule}/export.<any(xlsx, csv):extension>", methods=["GET", "POST"])
        @needs(self.file.permission)
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
            {one.name: one.read(address, moment) for one in self.filters},
            sort if sort.removeprefix("-") in sortable else "",
            {one.name: one.default for one in self.filters},
        )

    @property
    def standing(self) -> Standing | None:
        """The filter that puts closed records aside, if the list has one."""
        return next((one for one in self.filters if isinstance(one, Standing)), None)

    def narrowed(self, asked: Asked, moment: Moment) -> Select[Any]:
        """The records that pass the filters, in the order that was asked for."""
        return self._ordered(self._passed(self.query(moment), asked, moment, self.filters), asked, moment)

    def _passed(self, query: Select[Any], asked: Asked, moment: Moment, filters: Sequence[Filter]) -> Select[Any]:
        for one in filters:
            if value := asked.values.get(one.name, one.default):
                query = one.narrow(query, value, moment)
        return query

    def _ordered(self, query: Select[Any], asked: Asked, moment: Moment) -> Select[Any]:
        column = next((one for one in self.columns if one.name == asked.sort.removeprefix("-")), None)
        if column is not None and column.sort is not None:
            first = column.sort.desc() if asked.sort.startswith("-") else column.sort.asc()
            return query.order_by(first.nulls_last(), *self.order)
        if self.standing is not None and asked.values.get(self.standing.name) == ALL:
            query = query.order_by(case((self.standing.closed(moment), 1), else_=0))  # what is open comes first
        return query.order_by(*self.order)

    def page(self, moment: Moment, asked: Asked, number: int, size: int = SIZE) -> Page:
        """One page of rows, and how many closed ones are put aside."""
        standing = self.standing
        aside = standing is not None and asked.values.get(standing.name, OPEN) == OPEN
        if self.at_rest is not None and self._is_at_rest(asked):
            return self.at_rest(moment, number, size, aside)
        others = [one for one in self.filters if not (aside and one is standing)]
        query = self._ordered(self._passed(self.query(moment), asked, moment, others), asked, moment).options(*self.loads)
        hiding = {"hiding": standing.closed(moment)} if standing is not None and aside else {}
        found = self.paged(query, number, size, **hiding)
        return replace(found, items=self.rows(found.items, moment))

    def _is_at_rest(self, asked: Asked) -> bool:
        """Whether nothing is asked but perhaps to see the closed ones too."""
        said = {name for name, value in asked.values.items() if value != asked.at_rest.get(name, "")}
        also_closed = self.standing is not None and asked.values.get(self.standing.name) == ALL and {self.standing.name}
        return not asked.sort and said <= (also_closed or set())

    @property
    def file(self) -> ListFile:
        """The same list as a file, with the filters and the order of an address."""
        columns = [column for column in self.columns if column.in_file]
        stored = [column.stored for column in columns if column.stored is not None]
        as_stored = len(stored) == len(columns)
        permission, query = self.to_file or (self.permission, self.query)

        def select(address: Address, moment: Moment) -> Query:
            asked = self.asked(moment, address)
            found = self._ordered(self._passed(query(moment), asked, moment, self.filters), asked, moment)
            return found.with_only_columns(*stored) if as_stored else found.options(*self.loads)

        def cells(found: Rows, moment: Moment) -> Iterator[Sequence[Cell]]:
            if as_stored:
                yield from ([titled(value) for value in row] for row in found)
                return
            for row in self.rows([record for (record,) in found], moment):
                yield [column.cell(row) for column in columns]

        return ListFile(self.name, self.title, permission, [column.title for column in columns], select, cells)

    def _page(self) -> ResponseReturnValue:
        moment = now()
        asked = self.asked(moment)
        return render_template(
            self.template,
            list=self,
            page=self.page(moment, asked, page_number(), page_size()),
            columns=[column for column in self.columns if column.on_page],
            asked=asked,
            moment=moment,
            actions=self.actions(moment),
            kept=kept_filters(),
            may_export=moment.person.may(self.file.permission, None),
            sort_url=self._sort_url,
            saved=saved_filters(oneself().id, self.name),
        )

    def _sort_url(self, column: Column, asked: Asked) -> str:
        """Address of the same list by that column; by the same once more, the other way round."""
        sort = f"-{column.name}" if asked.sort == column.name else column.name
        return self.url(**kept_filters() | {"sort": sort})

    def with_closed(self, shown: bool) -> str:
        """Address of the same list with the closed records, or again without them."""
        name = self.standing.name if self.standing is not None else ""
        others = {key: value for key, value in kept_filters().items() if key != name}
        return self.url(**others | ({name: ALL} if shown else {}))
