"""Lists that people carry away: a few rows at once, thousands as long work, both from the same select and the same cells."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from itertools import islice
from typing import TYPE_CHECKING, Any, BinaryIO

from flask import Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import LazyString
from sqlalchemy import Row, Select
from werkzeug.datastructures import MultiDict

from qms.accounts.gate import now
from qms.accounts.permissions import Permission
from qms.kernel.db import db, writing
from qms.kernel.download import as_file
from qms.kernel.language import _l
from qms.kernel.later import later
from qms.kernel.moment import Moment
from qms.kernel.paging import complete
from qms.kernel.web import kept_filters
from qms.kernel.work import Finish, LongWork, Progress, Result
from qms.reports.comma_separated import Cell, write_csv
from qms.scheduling import queue

if TYPE_CHECKING:
    from qms.reports import list_xlsx
else:
    list_xlsx = later("qms.reports.list_xlsx")

MOST_AT_ONCE = 2_000
"""How many rows a page writes itself; more are long work, so that nobody waits for them and no worker grows by them."""
_TOGETHER = 1_000
"""How many rows are read, and turned into cells, at a time."""

Asked = MultiDict[str, str]
"""What the address of a list says, as ``request.args`` has it."""
Query = Select[*tuple[Any, ...]]
Rows = Sequence[Row[*tuple[Any, ...]]]
Lines = Iterable[Sequence[Cell]]


@dataclass(frozen=True)
class ListFile:
    """A list as a file, and as the long work that writes it (``work``, to be named in the feature).

    ``select`` answers which rows an address asks for, within what the person may see: best as columns and not as records, as
    they are only printed. ``cells`` turns some hundred of them into lines of the file, so that what it looks up besides is
    asked once for all of these.
    """

    name: str
    title: LazyString
    permission: Permission
    columns: Sequence[LazyString]
    select: Callable[[Asked, Moment], Query]
    cells: Callable[[Rows, Moment], Lines]

    @property
    def work(self) -> LongWork:
        """The writing of a long list; its owner fetches the file."""
        title = _l("File of a list: %(list)s", list=self.title)
        return LongWork(f"list_{self.name}", title, self.permission, self._run)

    def answer(self, extension: str, page: str) -> ResponseReturnValue:
        """The file at once while it is short; a long one by a click more, which queues it and shows ``page`` again.

        A GET only reads, so it offers the click. Raises ``Refused`` for more rows than a file holds.
        """
        moment = now()
        kept: dict[str, Any] = kept_filters()
        count, query = complete(self.select(request.args, moment))
        if count <= MOST_AT_ONCE:
            return short_file(self.name, self.title, self.columns, self._lines(query, moment), extension, moment)
        if request.method == "GET":
            return render_template("reports/long_list.html", title=self.title, count=count, back=url_for(page, **kept))
        with writing():
            queue.start(self.work.name, {"extension": extension, "asked": kept}, moment)
        return redirect(url_for(page, **kept), 303)

    def _run(self, arguments: Mapping[str, Any], moment: Moment, progress: Progress) -> Finish:
        extension = arguments["extension"]
        total, query = complete(self.select(MultiDict(arguments["asked"]), moment))
        with progress.file.open("wb") as target:
            _write(target, extension, self.title, self.columns, _counted(self._lines(query, moment), total, progress))
        name = _file_name(self.name, extension, moment)
        return lambda: Result(file_name=name)

    def _lines(self, query: Query, moment: Moment) -> Iterator[Sequence[Cell]]:
        rows = iter(db.session.execute(query.execution_options(yield_per=_TOGETHER)))
        while some := list(islice(rows, _TOGETHER)):
            yield from self.cells(some, moment)


def short_file(
    name: str, title: LazyString, columns: Sequence[LazyString], lines: Lines, extension: str, moment: Moment
) -> Response:
    """Some lines as a file at once; ``name`` is in plain letters and becomes that of the file, with the day."""
    content = BytesIO()
    _write(content, extension, title, columns, lines)
    return as_file(content.getvalue(), _file_name(name, extension, moment))


def _write(target: BinaryIO, extension: str, title: LazyString, columns: Sequence[LazyString], lines: Lines) -> None:
    titles = [str(column) for column in columns]
    if extension == "csv":
        write_csv(target, titles, lines)
    else:
        list_xlsx.write_xlsx(target, str(title), titles, lines)


def _file_name(name: str, extension: str, moment: Moment) -> str:
    return f"{name}-{moment.today.isoformat()}.{extension}"


def _counted(lines: Lines, total: int, progress: Progress) -> Iterator[Sequence[Cell]]:
    for done, line in enumerate(lines, 1):
        progress(done, total)
        yield line
