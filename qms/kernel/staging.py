"""Many rows made ready beside the database and landed in one short transaction, such as a take-over of ten thousand rows.

Whoever writes keeps everybody else waiting, on SQLite the whole house. So rows go into temporary tables first, which only
their own connection sees and which vanish with it; then the lock is taken, what may have changed meanwhile is asked again,
and one INSERT … SELECT for each table puts them where they belong. A process that is killed before leaves nothing at all.

A new row knows its id before it lands, so that others can refer to it. PostgreSQL gives ids away for good; on SQLite they are
the next ones, which is checked under the lock. Rows that everybody writes all the time (the trail) get theirs while landing.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from itertools import count
from types import TracebackType
from typing import Any, cast

from sqlalchemy import (
    Column,
    Connection,
    Executable,
    Integer,
    MetaData,
    Select,
    Table,
    and_,
    delete,
    exists,
    func,
    select,
    text,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute

from qms.kernel.db import BUSY_SECONDS, Base, Unrecorded, db, writing_on

_PLACE, _LANDED = "staged_place", "staged_id"

Rows = Sequence[Mapping[str, Any]]
Tell = Callable[[Connection, Mapping[str, Collection[tuple[Any, ...]]]], None]
"""Is told at the end, in the same transaction, which rows (by their keys) of which tables have changed."""


class Staging:
    """The rows of one transaction to come; a context, at whose end whatever has not landed is gone."""

    def __init__(self) -> None:
        self._connection: Connection = db.engine.connect()
        self._sqlite = self._connection.dialect.name == "sqlite"
        self._numbers = count(1)
        self._staged: list[tuple[Table, Table]] = []
        self._steps: list[Callable[[], object]] = []
        self._touched: set[str] = set()
        self._expected: dict[Table, int] = {}
        self._reserved: dict[Table, int] = {}
        self._found: dict[tuple[Any, ...], dict[Any, int]] = {}
        self._tell: Tell | None = None
        self._changed: dict[str, set[tuple[Any, ...]]] = {}

    def __enter__(self) -> "Staging":
        self._connection.detach()  # it ends with this staging, and the temporary tables with it
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        self._connection.close()

    def reserve(self, model: type[Base], number: int) -> list[int]:
        """The ids of that many new records, for rows that refer to each other."""
        table = _table(model)
        if not self._sqlite:
            sequence = f"{table.name}_id_seq"
            with self._connection.begin():
                numbers = select(func.nextval(sequence)).select_from(func.generate_series(1, number))
                return list(self._connection.scalars(numbers))
        if table not in self._expected:
            self._expected[table] = self._reserved[table] = db.session.scalar(select(func.max(table.c.id))) or 0
        first = self._reserved[table] + 1
        self._reserved[table] += number
        return list(range(first, first + number))

    def insert(self, model: type[Base], rows: Rows) -> list[int]:
        """Adds rows that all name the same columns, and answers with their ids if they have one.

        Columns they leave out get the model's default.
        """
        if not rows:
            return []
        table = _table(model)
        ids: list[int] = []
        if "id" in rows[0]:
            ids = [row["id"] for row in rows]
        elif "id" in table.c:
            ids = self.reserve(model, len(rows))
            rows = [{"id": number, **row} for number, row in zip(ids, rows, strict=True)]
        staged = self._fill(table, rows)
        self._staged.append((table, staged))
        self._found.clear()
        names = list(rows[0])
        statement = table.insert().from_select(names, select(*(staged.c[name] for name in names)))
        keys = select(*(staged.c[column.name] for column in table.primary_key))
        self._steps.append(lambda: self._change(table, statement, keys))
        self._touched.add(table.name)
        return ids

    def update(self, model: type[Base], rows: Rows) -> None:
        """Changes records by their ``id``; the rows all name the same columns. A version is counted up."""
        if not rows:
            return
        table = _table(model)
        staged = self._fill(table, rows)
        changes: dict[str, Any] = {name: staged.c[name] for name in rows[0] if name != "id"}
        if "version" in table.c:
            changes["version"] = table.c.version + 1
        statement = update(table).where(table.c.id == staged.c.id).values(changes)
        self._steps.append(lambda: self._change(table, statement, select(staged.c.id)))
        self._touched.add(table.name)

    def delete(self, model: type[Base], rows: Rows, *, stands_still: bool = True) -> None:
        """Removes the rows that hold the given values; for rows that only say how a record stands.

        ``stands_still``: False for a table that others write only after one that stands still for this anyway.
        """
        if not rows:
            return
        table = _table(model)
        staged = self._fill(table, rows)
        same = and_(*(table.c[name] == staged.c[name] for name in rows[0]))
        statement = delete(table).where(exists().where(same))
        keys = select(*table.primary_key).where(exists(staged.select().where(same).correlate(table)))
        self._steps.append(lambda: self._change(table, statement, keys))
        if stands_still:
            self._touched.add(table.name)

    def append(self, model: type[Base], rows: Rows, beside: type[Base], column: str, beside_rows: Rows) -> None:
        """Adds rows that get their ids while landing, and others that name them in ``column`` by their place, from 1."""
        if not rows:
            return
        table, other = _table(model), _table(beside)
        placed = [{_PLACE: place, **row} for place, row in enumerate(rows, start=1)]
        staged = self._fill(table, placed, landed=True)
        staged_beside = self._fill(other, beside_rows)
        names = list(rows[0])
        own = table.insert().from_select(["id", *names], select(staged.c[_LANDED], *(staged.c[name] for name in names)))
        others = [name for name in beside_rows[0] if name != column]
        joined: Select[Any] = select(staged.c[_LANDED], *(staged_beside.c[name] for name in others)).join_from(
            staged_beside, staged, staged.c[_PLACE] == staged_beside.c[column]
        )
        hanging = other.insert().from_select([column, *others], joined)
        keys = joined.with_only_columns(
            *(staged.c[_LANDED] if one.name == column else staged_beside.c[one.name] for one in other.primary_key)
        )

        def land() -> None:
            if self._sqlite:
                last = self._connection.scalar(select(func.max(table.c.id))) or 0
                number: Any = staged.c[_PLACE] + last
            else:
                number = func.nextval(f"{table.name}_id_seq")
            self._connection.execute(update(staged).values({_LANDED: number}))
            self._change(table, own, select(staged.c[_LANDED]))
            self._change(other, hanging, keys)

        self._steps.append(land)

    def mark_recorded(self, tell: Tell) -> None:
        """Called by the trail when it has staged an entry for what lands; ``tell`` tells how the rows stand that land."""
        self._tell = tell

    def ids(self, *columns: InstrumentedAttribute[Any]) -> dict[Any, int]:
        """The ids of all records of a model, stored and staged, by a column that is unique in it, or by several as a tuple."""
        found = self._found.get(columns)
        if found is None:
            table = _table(cast("type[Base]", columns[0].class_))
            names = [column.key for column in columns]
            found = _by(db.session.execute(select(*(table.c[name] for name in names), table.c.id)), len(names))
            for target, staged in self._staged:
                if target is table:
                    with self._connection.begin():
                        rows = self._connection.execute(select(*(staged.c[name] for name in names), staged.c.id)).all()
                    found.update(_by(rows, len(names)))
            self._found[columns] = found
        return found

    def land(self, still_true: Callable[[], bool]) -> bool:
        """Takes the lock, asks whether what this rests on is still true, and writes everything; False: nothing was written.

        Raises ``Unrecorded`` when the trail was told nothing of it, ``OperationalError`` when the database stayed locked.
        """
        if self._steps and self._tell is None:
            raise Unrecorded(f"staged without an entry in the trail: {', '.join(sorted(self._touched))}")
        db.session.rollback()  # what was read before is read again under the lock
        with writing_on(self._connection) as transaction:
            self._keep_others_out()
            if self._numbers_are_taken() or not still_true():
                transaction.rollback()
                return False
            for step in self._steps:
                step()
            if self._tell is not None:
                self._tell(self._connection, self._changed)
        db.session.rollback()
        return True

    def _change(self, table: Table, statement: Executable, keys: Select[Any]) -> None:
        """Writes, and remembers which rows; what goes is asked while it still stands there."""
        changed = self._connection.execute(keys).all()
        self._connection.execute(statement)
        self._changed.setdefault(table.name, set()).update(tuple(key) for key in changed)

    def _keep_others_out(self) -> None:
        """On SQLite nobody writes beside us; PostgreSQL is told which tables stand still for a moment."""
        if not self._sqlite:
            self._connection.execute(text(f"SET LOCAL lock_timeout = '{BUSY_SECONDS}s'"))
            for name in sorted(self._touched):
                self._connection.execute(text(f'LOCK TABLE "{name}" IN SHARE ROW EXCLUSIVE MODE'))

    def _numbers_are_taken(self) -> bool:
        return any((self._connection.scalar(select(func.max(table.c.id))) or 0) != last for table, last in self._expected.items())

    def _fill(self, table: Table, rows: Rows, *, landed: bool = False) -> Table:
        """A temporary table with these rows and the columns that they name."""
        columns = [Column(name, Integer if name == _PLACE else table.c[name].type) for name in rows[0]]
        if landed:
            columns.append(Column(_LANDED, Integer))
        staged = Table(f"staged_{next(self._numbers)}", MetaData(), *columns, prefixes=["TEMPORARY"])
        with self._connection.begin():
            staged.create(self._connection)
            self._connection.execute(staged.insert(), list(rows))
        return staged


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)
    return table


def _by(rows: Iterable[Any], width: int) -> dict[Any, int]:
    return {(row[0] if width == 1 else tuple(row[:width])): row[width] for row in rows}
